import VarveAlarms
import VarveJSON
import VarveModel

// Anomaly detectors, in the shapes of CloudWatch.
extension Operation {
    static let anomalyDetectors: [Operation] = [
        Operation("PutAnomalyDetector", writes: true) { (engine, input, _) throws(OperationError) in
            try engine.stage(AnomalyDetector(input, zones: engine.zones))
            return .object([])
        },
        Operation("DeleteAnomalyDetector", writes: true) { (engine, input, _) throws(OperationError) in
            try engine.removeDetector(of: DetectorSubject(input))
            return .object([])
        },
        Operation("DescribeAnomalyDetectors") { (engine, input, _) throws(OperationError) in
            try engine.describeDetectors(input)
        },
    ]
}

extension MonitoringEngine {
    /// Pages of detectors, in the order of their documents' names. O(detectors).
    fileprivate func describeDetectors(_ input: OperationInput) throws(OperationError) -> JSONValue {
        let filter = try DetectorFilter(input)
        let limit = Int(try input.integer("MaxResults", in: 1...Int64(Int32.max)) ?? 100)
        var after = ""
        if let token = try input.string("NextToken") { after = try PageToken.content(of: token) }
        let found = detectors.current.filter { $0.key > NameKey(after) && filter.accepts($0.value.subject) }
            .sorted { $0.key < $1.key }
        let page = found.prefix(limit)
        let list = page.map { $0.value.described(trainingState($0.value)) }
        var members: [JSONMember] = [.init("AnomalyDetectors", .array(list))]
        if found.count > limit, let last = page.last {
            members.append(.init("NextToken", .string(PageToken.text(of: last.key.text))))
        }
        return .object(members)
    }
}

/// Which detectors a call wants.
private struct DetectorFilter {
    private let namespace, metric: String?
    /// nil when any will do.
    private let dimensions: Set<Dimension>?
    private let types: Set<String>

    private static let single = "SINGLE_METRIC"
    private static let math = "METRIC_MATH"

    init(_ input: OperationInput) throws(OperationError) {
        namespace = try input.string("Namespace")
        metric = try input.string("MetricName")
        dimensions = input.json["Dimensions"] == nil ? nil : Set(try input.dimensions())
        let types = try input.strings("AnomalyDetectorTypes") ?? []
        for type in types where type != Self.single && type != Self.math {
            throw .badValue("AnomalyDetectorTypes must be \(Self.single) or \(Self.math), not \(type)")
        }
        self.types = types.isEmpty ? [Self.single] : Set(types)
    }

    func accepts(_ subject: DetectorSubject) -> Bool {
        switch subject {
        case .math: types.contains(Self.math) && namespace == nil && metric == nil && dimensions == nil
        case .metric(let one):
            types.contains(Self.single) && (namespace.map { $0.hasSameBytes(as: one.namespace) } ?? true)
                && (metric.map { $0.hasSameBytes(as: one.name) } ?? true)
                && dimensions ?? Set(one.dimensions) == Set(one.dimensions)
        }
    }
}
