import VarveJSON
import VarveModel

extension WireCall {
    /// Reads a PutMetricData request into columns: ordinary requests straight from the bytes, others the general way,
    /// with the same outcome. Everything is checked, so that the rows can be stored as they are.
    /// - Parameter buffer: emptied first; its memory is used again. Empty when this throws.
    /// - Throws: what ``input(of:)`` throws, and what the rules refuse. A request is refused as a whole.
    package func metricData(
        of request: WireRequest, rules: MetricDataRules, into buffer: inout MetricDataBuffer
    ) throws(ServiceFault) {
        _ = try target.get()
        if let scanned = scan(request, into: &buffer), rules.accept(scanned) {
            buffer = scanned
            return
        }
        buffer = try metricDataWithoutScan(of: request, rules: rules)
    }

    private func scan(_ request: WireRequest, into buffer: inout MetricDataBuffer) -> MetricDataBuffer? {
        var taken = MetricDataBuffer()
        swap(&taken, &buffer)
        taken.removeAll()
        switch wireProtocol {
        case .cbor: return MetricDataCBOR.read(request.body, into: taken)
        case .json: return MetricDataJSON.read(request.body, into: taken)
        case .query:
            guard request.method == "POST", request.query.isEmpty else { return nil }
            return MetricDataForm.read(request.body, into: taken)
        case .restJSON: return nil
        }
    }

    /// The general way: by the tables, through a tree.
    package func metricDataWithoutScan(
        of request: WireRequest, rules: MetricDataRules
    ) throws(ServiceFault) -> MetricDataBuffer {
        let input = try input(of: request)
        try rules.check(input)
        var buffer = MetricDataBuffer()
        buffer.fill(from: input)
        return buffer
    }
}

extension MetricDataBuffer {
    /// Fills an empty buffer from an input that fulfils all rules.
    mutating func fill(from input: JSONValue) {
        namespace = append(input["Namespace"])
        for (_, datum, entity) in MetricDataRules.data(of: input) {
            var row = MetricDatum()
            row.name = append(datum["MetricName"])
            row.entity = entity
            let firstDimension = dimensions.count
            for dimension in datum["Dimensions"]?.array ?? [] {
                dimensions.append(
                    DimensionRange(name: append(dimension["Name"]), value: append(dimension["Value"])))
            }
            row.dimensions = firstDimension..<dimensions.count
            row.timestampNs = datum["Timestamp"]?.double.flatMap { WireTime.nanoseconds(seconds: $0) }
            row.unit = datum["Unit"]?.string.flatMap { Unit(name: $0) }
            row.storageResolution = datum["StorageResolution"]?.integer.map { Int($0) } ?? 60
            fillNumbers(of: datum, into: &row)
            data.append(row)
        }
    }

    private mutating func fillNumbers(of datum: JSONValue, into row: inout MetricDatum) {
        let (firstValue, firstCount) = (values.count, counts.count)
        if let set = datum["StatisticValues"] {
            row.form = .statisticSet
            for name in ["SampleCount", "Sum", "Minimum", "Maximum"] { append(number: set[name]) }
        } else if let value = datum["Value"] {
            append(number: value)
        } else {
            row.form = .many
            for value in datum["Values"]?.array ?? [] { append(number: value) }
            for count in datum["Counts"]?.array ?? [] { counts.append((count.wireDouble ?? 0) + 0) }
        }
        row.values = firstValue..<values.count
        row.counts = firstCount..<counts.count
    }

    private mutating func append(_ value: JSONValue?) -> Range<Int> {
        let start = text.count
        text.append(contentsOf: (value?.string ?? "").utf8)
        return start..<text.count
    }

    private mutating func append(number: JSONValue?) { values.append((number?.wireDouble ?? 0) + 0) }
}
