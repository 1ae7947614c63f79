import VarveAlarms
import VarveJSON
import VarveModel

// Metric streams, in the shapes of the service. Page: Docs/MetricStreams.md.
extension Operation {
    static let metricStreams: [Operation] = [
        Operation("PutMetricStream", writes: true) { (engine, input, nowNs) throws(OperationError) in
            try engine.putMetricStream(input, nowNs: nowNs)
        },
        Operation("GetMetricStream") { (engine, input, _) throws(OperationError) in
            try engine.getMetricStream(input)
        },
        Operation("ListMetricStreams") { (engine, input, _) throws(OperationError) in
            try engine.listMetricStreams(input)
        },
        Operation("DeleteMetricStream", writes: true) { (engine, input, _) throws(OperationError) in
            try engine.deleteMetricStream(input)
        },
        Operation("StartMetricStreams", writes: true) { (engine, input, nowNs) throws(OperationError) in
            try engine.setMetricStreams(input, isRunning: true, nowNs: nowNs)
        },
        Operation("StopMetricStreams", writes: true) { (engine, input, nowNs) throws(OperationError) in
            try engine.setMetricStreams(input, isRunning: false, nowNs: nowNs)
        },
    ]
}

extension MonitoringEngine {
    /// The service's most of a page, and its page without a wish.
    private static let streamsPerPage: Int64 = 500

    private mutating func stage(_ stream: MetricStream?, named name: String, in write: inout MonitoringWrite) {
        metricStreams[name] = stream
        write.documents.append(.init(kind: .metricStream, name: name, content: stream?.encoded))
    }

    /// A new stream runs at once and sends from this minute on; an update leaves state, place and tags as they are.
    fileprivate mutating func putMetricStream(
        _ input: OperationInput, nowNs: Int64
    ) throws(OperationError) -> JSONValue {
        let definition = try MetricStreamDefinition(input)
        let name = definition.name
        var write = MonitoringWrite()
        if var stream = metricStreams[name] {
            stream.definition = definition
            stream.updatedNs = nowNs
            stage(stream, named: name, in: &write)
        } else {
            guard metricStreams.count < options.metricStreamsMax else {
                throw OperationError(
                    code: "LimitExceeded",
                    message: "there are \(options.metricStreamsMax) metric streams, more are not allowed")
            }
            var stream = MetricStream(definition, createdNs: nowNs, updatedNs: nowNs)
            stream.tags = try Self.merged([], with: input.tags())
            stage(stream, named: name, in: &write)
            stage(StreamProgress(minuteNs: nowNs.flooredToMinute), of: name, in: &write)
        }
        stage(write)
        return .object([.init("Arn", .string(metricStreamARN(name)))])
    }

    fileprivate func getMetricStream(_ input: OperationInput) throws(OperationError) -> JSONValue {
        let name = try input.filled("Name")
        guard let stream = metricStreams[name] else {
            throw OperationError(
                code: "ResourceNotFoundException", message: "Metric stream \(name) does not exist")
        }
        return .object(
            [.init("Arn", .string(metricStreamARN(name)))] + stream.definition.members + stream.standing)
    }

    fileprivate func listMetricStreams(_ input: OperationInput) throws(OperationError) -> JSONValue {
        let limit = try input.integer("MaxResults", in: 1...Self.streamsPerPage) ?? Self.streamsPerPage
        var after = ""
        if let token = try input.string("NextToken") { after = try PageToken.content(of: token) }
        let names = metricStreams.current.keys.map(\.text).filter { after.isEmpty || after.precedesByBytes($0) }
            .sorted { $0.precedesByBytes($1) }
        let shown = names.prefix(Int(limit))
        let entries = shown.compactMap { name in metricStreams[name].map { entry(name, $0) } }
        var members = [JSONMember("Entries", .array(entries))]
        if names.count > shown.count, let last = shown.last {
            members.append(.init("NextToken", .string(PageToken.text(of: last))))
        }
        return .object(members)
    }

    private func entry(_ name: String, _ stream: MetricStream) -> JSONValue {
        .object(
            [
                .init("Arn", .string(metricStreamARN(name))), .init("Name", .string(name)),
                .init("FirehoseArn", .string(stream.definition.firehoseARN)),
                .init("OutputFormat", .string(stream.definition.format.rawValue)),
            ] + stream.standing)
    }

    /// A name that nobody has is deleted already. What waits to be delivered still is.
    fileprivate mutating func deleteMetricStream(_ input: OperationInput) throws(OperationError) -> JSONValue {
        let name = try input.filled("Name")
        guard metricStreams[name] != nil else { return .object([]) }
        var write = MonitoringWrite()
        stage(nil, named: name, in: &write)
        stage(nil, of: name, in: &write)
        stage(write)
        return .object([])
    }

    /// All of the names or none of them. A stream that starts sends from this minute on.
    fileprivate mutating func setMetricStreams(
        _ input: OperationInput, isRunning: Bool, nowNs: Int64
    ) throws(OperationError) -> JSONValue {
        guard let names = try input.strings("Names"), !names.isEmpty else { throw .missing("Names") }
        let unknown = names.filter { metricStreams[$0] == nil }
        guard unknown.isEmpty else {
            throw .badValue("There are no metric streams named \(unknown.joined(separator: ", "))")
        }
        var write = MonitoringWrite()
        for name in names {
            guard var stream = metricStreams[name], stream.isRunning != isRunning else { continue }
            stream.isRunning = isRunning
            stream.updatedNs = nowNs
            stage(stream, named: name, in: &write)
            if isRunning { stage(StreamProgress(minuteNs: nowNs.flooredToMinute), of: name, in: &write) }
        }
        stage(write)
        return .object([])
    }

    // MARK: Tags

    private static func merged(_ tags: [AlarmTag], with added: [AlarmTag]) throws(OperationError) -> [AlarmTag] {
        do throws(AlarmRefusal) { return try AlarmTag.merged(tags, with: added) } catch { throw OperationError(error) }
    }

    /// The name in the ARN of a stream; nil for ARNs of other things.
    private func taggedStream(_ input: OperationInput) throws(OperationError) -> String? {
        let arn = try input.required("ResourceARN")
        guard arn.split(separator: ":", maxSplits: 5).last?.hasPrefix("metric-stream/") == true else { return nil }
        let prefix = metricStreamARN("")
        let name = String(arn.dropFirst(prefix.count))
        guard arn.hasPrefix(prefix), metricStreams[name] != nil else {
            throw OperationError(code: "ResourceNotFoundException", message: "")
        }
        return name
    }

    /// The answer when it is about a stream.
    mutating func tagStream(_ input: OperationInput) throws(OperationError) -> JSONValue? {
        guard let name = try taggedStream(input) else { return nil }
        return try change(name) { (tags) throws(OperationError) in try Self.merged(tags, with: input.tags()) }
    }

    mutating func untagStream(_ input: OperationInput) throws(OperationError) -> JSONValue? {
        guard let name = try taggedStream(input) else { return nil }
        let keys = try input.strings("TagKeys") ?? []
        return try change(name) { tags in tags.filter { !keys.contains($0.key) } }
    }

    private mutating func change(
        _ name: String, _ tags: ([AlarmTag]) throws(OperationError) -> [AlarmTag]
    ) throws(OperationError) -> JSONValue {
        guard var stream = metricStreams[name] else { return .object([]) }
        stream.tags = try tags(stream.tags)
        var write = MonitoringWrite()
        stage(stream, named: name, in: &write)
        stage(write)
        return .object([])
    }

    func streamTags(_ input: OperationInput) throws(OperationError) -> JSONValue? {
        guard let name = try taggedStream(input), let stream = metricStreams[name] else { return nil }
        return .object([.init("Tags", .array(stream.tags.map(\.json)))])
    }
}

extension MetricStream {
    /// What is known of it beside its definition.
    fileprivate var standing: [JSONMember] {
        [
            .init("State", .string(state)), .init("CreationDate", .number(Double(createdNs) / 1e9)),
            .init("LastUpdateDate", .number(Double(updatedNs) / 1e9)),
        ]
    }
}
