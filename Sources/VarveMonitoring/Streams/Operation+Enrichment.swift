import VarveJSON
import VarveModel

/// Whether metrics of resources are to be enriched for OpenTelemetry. Remembered only: a server has no such resources.
package struct OTelEnrichment: Equatable, Sendable {
    /// As the caller sent them.
    var includeFilters: JSONValue?
    var excludeFilters: JSONValue?
    /// Nanoseconds since 1970.
    var createdNs: Int64
    var updatedNs: Int64

    init(_ input: OperationInput, createdNs: Int64, updatedNs: Int64) throws(OperationError) {
        includeFilters = Self.filters("IncludeFilters", in: input.json)
        excludeFilters = Self.filters("ExcludeFilters", in: input.json)
        guard includeFilters == nil || excludeFilters == nil else {
            throw .validation("IncludeFilters and ExcludeFilters cannot be specified in the same request.")
        }
        self.createdNs = createdNs
        self.updatedNs = updatedNs
    }

    /// nil for bytes that are none.
    init?(_ content: [UInt8]) {
        guard let json = try? JSONReader.read(content), let createdNs = json["created"]?.integer,
            let updatedNs = json["updated"]?.integer
        else { return nil }
        includeFilters = Self.filters("IncludeFilters", in: json)
        excludeFilters = Self.filters("ExcludeFilters", in: json)
        self.createdNs = createdNs
        self.updatedNs = updatedNs
    }

    private static func filters(_ name: String, in json: JSONValue) -> JSONValue? {
        guard let list = json[name]?.array, !list.isEmpty else { return nil }
        return .array(list)
    }

    private var filterMembers: [JSONMember] {
        [("IncludeFilters", includeFilters), ("ExcludeFilters", excludeFilters)].compactMap { name, filters in
            filters.map { JSONMember(name, $0) }
        }
    }

    var encoded: [UInt8] {
        JSONValue.object(
            filterMembers + [.init("created", .integer(createdNs)), .init("updated", .integer(updatedNs))]
        ).encoded
    }

    var members: [JSONMember] {
        filterMembers + [
            .init("CreatedAt", .number(Double(createdNs) / 1e9)), .init("UpdatedAt", .number(Double(updatedNs) / 1e9)),
        ]
    }
}

extension Operation {
    static let enrichments: [Operation] = [
        Operation("StartOTelEnrichment", writes: true) { (engine, input, nowNs) throws(OperationError) in
            let createdNs = engine.enrichment?.createdNs ?? nowNs
            return engine.stage(try OTelEnrichment(input, createdNs: createdNs, updatedNs: nowNs))
        },
        Operation("UpdateOTelEnrichment", writes: true) { (engine, input, nowNs) throws(OperationError) in
            guard let before = engine.enrichment else {
                throw OperationError(
                    code: "ResourceNotFoundException", message: "OTel enrichment is not running.")
            }
            return engine.stage(try OTelEnrichment(input, createdNs: before.createdNs, updatedNs: nowNs))
        },
        Operation("StopOTelEnrichment", writes: true) { (engine, _, _) throws(OperationError) in
            engine.enrichment == nil ? .object([]) : engine.stage(nil)
        },
        Operation("GetOTelEnrichment") { (engine, _, _) throws(OperationError) in
            let status = engine.enrichment == nil ? "Stopped" : "Running"
            return .object([.init("Status", .string(status))] + (engine.enrichment?.members ?? []))
        },
    ]
}

extension MonitoringEngine {
    /// The name of the only one.
    private static let enrichmentName = "default"

    fileprivate var enrichment: OTelEnrichment? { enrichments[Self.enrichmentName] }

    fileprivate mutating func stage(_ enrichment: OTelEnrichment?) -> JSONValue {
        enrichments[Self.enrichmentName] = enrichment
        var write = MonitoringWrite()
        write.documents = [
            .init(kind: .otelEnrichment, name: Self.enrichmentName, content: enrichment?.encoded)
        ]
        stage(write)
        return .object(enrichment?.members ?? [])
    }

    // MARK: Loading of what this folder keeps

    /// - Returns: whether the document could be read.
    mutating func loadExport(_ document: StoredDocument) -> Bool {
        switch document.kind {
        case .metricStream:
            guard let stream = MetricStream(document.content) else { return false }
            metricStreams.load(document.name, stream)
        case .metricStreamProgress:
            guard let progress = StreamProgress(document.content) else { return false }
            streamProgress.load(document.name, progress)
        case .otelEnrichment:
            guard let enrichment = OTelEnrichment(document.content) else { return false }
            enrichments.load(document.name, enrichment)
        case .savedQuery:
            guard let query = SavedQuery(document.content) else { return false }
            savedQueries.load(document.name, query)
        case .resourceMetrics:
            guard let metrics = ResourceMetrics(document.content) else { return false }
            resourceMetrics.load(document.name, metrics)
        default: return false
        }
        return true
    }

    mutating func commitExports() {
        metricStreams.commit()
        streamProgress.commit()
        enrichments.commit()
        savedQueries.commit()
        resourceMetrics.commit()
    }

    mutating func discardExports() {
        metricStreams.discard()
        streamProgress.discard()
        enrichments.discard()
        savedQueries.discard()
        resourceMetrics.discard()
    }
}
