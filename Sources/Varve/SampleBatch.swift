package import VarveModel

/// Samples on their way into a database, gathered so that one sync makes all of them durable.
///
/// A batch is atomic: all of its rows are stored, or none. At most ``rowsMax`` rows and ``valuesMax`` values.
/// Metrics of one source at one time are cheapest when appended together, as one row.
public struct SampleBatch: Sendable {
    /// Rows of one batch.
    public static let rowsMax = Limits.rowsPerBatchMax
    /// Values of one batch.
    public static let valuesMax = Limits.valuesPerBatchMax

    /// The rows so far, in the engine's form.
    package private(set) var rows = RowBatch()
    /// Index into `rows.shapes` of each kind of row seen so far, so that repeated ones cost one look-up.
    private var shapeIndices: [RowIdentity: UInt32] = [:]
    /// Rows whose time was left open, by index.
    private var openTimes: [Int] = []

    /// An empty batch.
    public init() {}

    /// Names this write across attempts: appending a batch with the same token again, within 15 minutes and also after
    /// a restart, stores nothing and succeeds. For writes whose outcome was unknown. 1 to 255 bytes, unique per write;
    /// nil: every append stores.
    /// - Precondition: the length is within bounds.
    public var retryToken: String? {
        get { rows.token.map { String(decoding: $0.bytes, as: UTF8.self) } }
        set { rows.token = newValue.map { RetryToken(bytes: Array($0.utf8)) } }
    }

    /// Rows so far.
    public var count: Int { rows.rowCount }
    /// Whether there is no row yet.
    public var isEmpty: Bool { rows.isEmpty }

    /// Adds one sample. Amortised O(1) look-ups.
    /// - Throws: ``DatabaseError/Code/invalidSample`` for a name that is empty or too long, or too many dimensions;
    ///   ``DatabaseError/Code/limitExceeded`` for a full batch.
    public mutating func append(_ sample: Sample) throws(DatabaseError) {
        try append(
            namespace: sample.namespace, dimensions: sample.dimensions, metrics: [(sample.metric, sample.unit)],
            values: [sample.value], timestampNs: sample.timestampNs
        )
    }

    /// Adds one row: several metrics of one source at one time, such as
    /// `append(namespace: "Shop", dimensions: ["till": "3"], values: ["items": 4, "total": 19.5])`.
    /// - Throws: as ``append(_:)``.
    public mutating func append(
        namespace: String,
        dimensions: [String: String] = [:],
        values: [String: Double],
        timestampNs: Int64? = nil
    ) throws(DatabaseError) {
        let sorted = values.sorted { $0.key < $1.key }
        try append(
            namespace: namespace, dimensions: dimensions, metrics: sorted.map { ($0.key, MetricUnit.none) },
            values: sorted.map(\.value), timestampNs: timestampNs
        )
    }

    private mutating func append(
        namespace: String,
        dimensions: [String: String],
        metrics: [(name: String, unit: MetricUnit)],
        values: [Double],
        timestampNs: Int64?
    ) throws(DatabaseError) {
        guard rows.rowCount < Self.rowsMax, rows.values.count + values.count <= Self.valuesMax else {
            throw DatabaseError(
                .limitExceeded, "a batch holds at most \(Self.rowsMax) rows and \(Self.valuesMax) values",
                advice: "append this batch and start the next one"
            )
        }
        let index = try shapeIndex(namespace: namespace, dimensions: dimensions, metrics: metrics)
        if timestampNs == nil { openTimes.append(rows.rowCount) }
        rows.rowShapes.append(index)
        rows.timestamps.append(timestampNs ?? 0)
        rows.values.append(contentsOf: values)
    }

    /// The rows, with `nowNs` where the time was left open.
    package func rows(nowNs: Int64) -> RowBatch {
        var rows = rows
        // Another attempt is made at another time, and is the same write all the same.
        if rows.token != nil, !openTimes.isEmpty { rows.contentHash = rows.hashOfContent() }
        for index in openTimes { rows.timestamps[index] = nowNs }
        return rows
    }

    private mutating func shapeIndex(
        namespace: String, dimensions: [String: String], metrics: [(name: String, unit: MetricUnit)]
    ) throws(DatabaseError) -> UInt32 {
        let fields = metrics.map { FieldKey(metric: $0.name, unit: $0.unit.model) }
        let identity = RowIdentity(namespace: namespace, dimensions: dimensions, fields: fields)
        if let index = shapeIndices[identity] { return index }
        try identity.validate()
        let source = SourceKey(
            namespace: namespace, dimensions: dimensions.map { Dimension(name: $0.key, value: $0.value) })
        let index = UInt32(rows.shapes.count)
        rows.shapes.append(RowShape(source: source, fields: fields))
        shapeIndices[identity] = index
        return index
    }
}

/// What makes two rows of a batch rows of the same shape.
private struct RowIdentity: Hashable {
    var namespace: String
    var dimensions: [String: String]
    var fields: [FieldKey]

    /// By bytes, as everywhere in the engine: canonically equivalent spellings are different names. Equal bytes have
    /// equal synthesized hashes.
    static func == (left: RowIdentity, right: RowIdentity) -> Bool {
        left.namespace.hasSameBytes(as: right.namespace) && left.fields == right.fields
            && left.dimensions.count == right.dimensions.count
            && left.dimensions.allSatisfy { name, value in
                guard let index = right.dimensions.index(forKey: name) else { return false }
                let (otherName, otherValue) = right.dimensions[index]
                return name.hasSameBytes(as: otherName) && value.hasSameBytes(as: otherValue)
            }
    }

    /// - Throws: `invalidSample`, naming the part that the engine does not accept.
    func validate() throws(DatabaseError) {
        try require(namespace, "namespace", in: 1...Limits.nameBytesMax)
        guard dimensions.count <= Limits.dimensionsMax else {
            throw DatabaseError(
                .invalidSample, "\(dimensions.count) dimensions, at most \(Limits.dimensionsMax) are accepted",
                place: namespace, advice: "leave some out"
            )
        }
        for (name, value) in dimensions {
            try require(name, "dimension name", in: 1...Limits.nameBytesMax)
            try require(value, "value of dimension \"\(name)\"", in: 1...Limits.dimensionValueBytesMax)
        }
        guard (1...Limits.fieldsPerRowMax).contains(fields.count) else {
            throw DatabaseError(
                .invalidSample, "a row has 1 to \(Limits.fieldsPerRowMax) values, this one has \(fields.count)",
                place: namespace, advice: "split it"
            )
        }
        for field in fields { try require(field.metric, "metric name", in: 1...Limits.nameBytesMax) }
    }

    private func require(_ text: String, _ what: String, in lengths: ClosedRange<Int>) throws(DatabaseError) {
        guard !lengths.contains(text.utf8.count) else { return }
        throw DatabaseError(
            .invalidSample, "the \(what) has \(text.utf8.count) bytes", place: namespace,
            advice: "use \(lengths.lowerBound) to \(lengths.upperBound) bytes of UTF-8"
        )
    }
}
