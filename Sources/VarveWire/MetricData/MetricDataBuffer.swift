package import VarveModel

/// The rows of one PutMetricData request in columns: what every protocol decodes to on the fast path. Reusable:
/// `removeAll` keeps the memory.
///
/// Texts are byte ranges of ``text``, so that no string is made for a name that the catalogue already knows.
package struct MetricDataBuffer: Sendable {
    /// Bytes of all names and values: the body of the request, or a copy of what is needed.
    package internal(set) var text: [UInt8] = []
    package internal(set) var namespace: Range<Int> = 0..<0
    package internal(set) var data: [MetricDatum] = []
    /// Names and values of dimensions, two ranges each, in the order of the request.
    package internal(set) var dimensions: [DimensionRange] = []
    /// All numbers: the value, the values, or the statistic set of each datum.
    package internal(set) var values: [Double] = []
    /// Counts, where the request has them.
    package internal(set) var counts: [Double] = []

    package init() {}

    /// Forgets the content, keeps the memory.
    package mutating func removeAll() {
        // Often the body itself, whose memory is not ours.
        text = []
        namespace = 0..<0
        data.removeAll(keepingCapacity: true)
        dimensions.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
        counts.removeAll(keepingCapacity: true)
    }

    /// The text of a range. Allocates; for messages and first sightings.
    package func string(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }

    /// Values in all rows: what is counted against limits of a batch.
    package var valueCount: Int { values.count }
}

/// One dimension of a datum, as ranges of ``MetricDataBuffer/text``.
package struct DimensionRange: Sendable, Equatable {
    package var name: Range<Int>
    package var value: Range<Int>
}

/// One datum. Ranges are of the columns of the ``MetricDataBuffer``.
package struct MetricDatum: Sendable, Equatable {
    /// Which of the forms of a value it has.
    package enum Form: UInt8, Sendable {
        /// One number in `values`.
        case single
        /// Numbers in `values`, as many in `counts` or none there (each counts once).
        case many
        /// Sample count, sum, minimum, maximum in `values`, in this order.
        case statisticSet
    }

    package internal(set) var name: Range<Int> = 0..<0
    package internal(set) var dimensions: Range<Int> = 0..<0
    /// Nanoseconds since 1970; nil stands for the time of receipt.
    package internal(set) var timestampNs: Int64?
    package internal(set) var form: Form = .single
    package internal(set) var values: Range<Int> = 0..<0
    package internal(set) var counts: Range<Int> = 0..<0
    /// In the order of `VarveModel.Unit`; nil when the request gives none, which stands for `None`.
    package internal(set) var unit: Unit?
    /// 1 or 60.
    package internal(set) var storageResolution: Int = 60
    /// Which element of EntityMetricData it stood in, 0-based; nil for MetricData.
    package internal(set) var entity: Int?
}
