import VarveBytes
import VarveJSON
import VarveModel

/// Which detailed metrics of a resource are asked for. Remembered only: who sends metrics here decides what they are.
package struct ResourceMetrics: Equatable, Sendable {
    /// As the caller sent it.
    var selections: JSONValue?
    /// Nanoseconds since 1970.
    var createdNs: Int64
    var updatedNs: Int64

    init(_ json: JSONValue, createdNs: Int64, updatedNs: Int64) {
        selections = json["MetricSelections"].flatMap { $0 == .null ? nil : $0 }
        self.createdNs = createdNs
        self.updatedNs = updatedNs
    }

    /// nil for bytes that are none.
    init?(_ content: [UInt8]) {
        guard let json = try? JSONReader.read(content), let createdNs = json["created"]?.integer,
            let updatedNs = json["updated"]?.integer
        else { return nil }
        self.init(json, createdNs: createdNs, updatedNs: updatedNs)
    }

    private var selectionMembers: [JSONMember] { selections.map { [JSONMember("MetricSelections", $0)] } ?? [] }

    var encoded: [UInt8] {
        JSONValue.object(
            selectionMembers + [.init("created", .integer(createdNs)), .init("updated", .integer(updatedNs))]
        ).encoded
    }

    func answer(_ arn: String) -> JSONValue {
        let own: [JSONMember] = [
            .init("ResourceArn", .string(arn)), .init("CreatedAt", .number(Double(createdNs) / 1e9)),
            .init("UpdatedAt", .number(Double(updatedNs) / 1e9)),
        ]
        return .object([.init("ResourceMetricsConfiguration", .object(own + selectionMembers))])
    }
}

// What the newer model has of datasets, resources and logs.
extension Operation {
    static let datasets: [Operation] = [
        Operation("CreateResourceMetricsConfiguration", writes: true) { (engine, input, nowNs) throws(OperationError) in
            let arn = try input.resource()
            guard engine.resourceMetrics[arn] == nil else {
                throw OperationError(
                    code: "ConflictException", message: "There is a resource metrics configuration of \(arn) already.")
            }
            return try engine.put(ResourceMetrics(input.json, createdNs: nowNs, updatedNs: nowNs), of: arn)
        },
        Operation("UpdateResourceMetricsConfiguration", writes: true) { (engine, input, nowNs) throws(OperationError) in
            let arn = try input.resource()
            let before = try engine.resourceMetrics(of: arn)
            return try engine.put(
                ResourceMetrics(input.json, createdNs: before.createdNs, updatedNs: nowNs), of: arn)
        },
        Operation("GetResourceMetricsConfiguration") { (engine, input, _) throws(OperationError) in
            let arn = try input.resource()
            return try engine.resourceMetrics(of: arn).answer(arn)
        },
        Operation("DeleteResourceMetricsConfiguration", writes: true) { (engine, input, _) throws(OperationError) in
            let arn = try input.resource()
            _ = try engine.resourceMetrics(of: arn)
            engine.stage(nil, of: arn)
            return .object([])
        },
        Operation("GetDataset") { (engine, input, _) throws(OperationError) in
            try engine.checkDataset(input)
            return .object([
                .init("DatasetId", .string("default")), .init("Arn", .string(engine.datasetARN)),
            ])
        },
        Operation("AssociateDatasetKmsKey") { (engine, input, _) throws(OperationError) in
            try engine.checkDataset(input)
            let key = try input.required("KmsKeyArn")
            throw OperationError(code: "KmsKeyNotFoundException", message: "The key \(key) does not exist here.")
        },
        Operation("DisassociateDatasetKmsKey") { (engine, input, _) throws(OperationError) in
            try engine.checkDataset(input)
            throw OperationError(
                code: "ResourceNotFoundException", message: "The dataset has no key of a customer associated with it.")
        },
        Operation("PutLogAlarm") { (_, _, _) throws(OperationError) in
            throw OperationError(
                code: "NotImplemented",
                message: "This server has no queries of logs, so it cannot evaluate an alarm on one.")
        },
    ]
}

extension OperationInput {
    fileprivate func resource() throws(OperationError) -> String {
        let arn = try required("ResourceArn")
        guard arn.utf8.count <= Limits.dimensionValueBytesMax else {
            throw .validation("ResourceArn has more than \(Limits.dimensionValueBytesMax) bytes")
        }
        return arn
    }
}

extension MonitoringEngine {
    fileprivate var datasetARN: String { "arn:aws:cloudwatch:\(scope.region):\(scope.account):dataset/default" }

    /// There is one dataset in an account and region, the default one.
    fileprivate func checkDataset(_ input: OperationInput) throws(OperationError) {
        let name = try input.required("DatasetIdentifier")
        guard name == "default" || name.hasSameBytes(as: datasetARN) else {
            throw OperationError(code: "ResourceNotFoundException", message: "The dataset \(name) does not exist here.")
        }
    }

    fileprivate func resourceMetrics(of arn: String) throws(OperationError) -> ResourceMetrics {
        guard let found = resourceMetrics[arn] else {
            throw OperationError(
                code: "ResourceNotFoundException", message: "There is no resource metrics configuration of \(arn).")
        }
        return found
    }

    fileprivate mutating func put(_ metrics: ResourceMetrics, of arn: String) throws(OperationError) -> JSONValue {
        guard resourceMetrics[arn] != nil || resourceMetrics.count < options.resourceMetricsMax else {
            throw .validation(
                "There are \(options.resourceMetricsMax) resource metrics configurations, more are not allowed")
        }
        stage(metrics, of: arn)
        return metrics.answer(arn)
    }

    fileprivate mutating func stage(_ metrics: ResourceMetrics?, of arn: String) {
        resourceMetrics[arn] = metrics
        var write = MonitoringWrite()
        write.documents = [.init(kind: .resourceMetrics, name: arn, content: metrics?.encoded)]
        stage(write)
    }
}
