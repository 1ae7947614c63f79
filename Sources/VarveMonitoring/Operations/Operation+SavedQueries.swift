import VarveAlarms
import VarveBytes
import VarveJSON
import VarveModel

/// A query that people keep under a path. Kept word for word; running it is the business of who reads it.
package struct SavedQuery: Equatable, Sendable {
    enum Language: String, CaseIterable, Sendable {
        case promQL = "PROMQL"
        case sql = "SQL"
        case metricMath = "METRIC_MATH"
    }

    var path: String
    var expression: String
    var language: Language
    /// Nanoseconds since 1970.
    var createdNs: Int64
    var updatedNs: Int64
    var tags: [AlarmTag]

    // The service's limits, bytes.
    private static let pathMax = 1_015
    private static let expressionMax = 65_536

    init(_ input: OperationInput, createdNs: Int64, updatedNs: Int64) throws(OperationError) {
        path = try input.filled("Path")
        expression = try input.filled("Expression")
        let word = try input.filled("Type")
        guard path.utf8.count <= Self.pathMax else {
            throw .validation("The value for field Path has more than \(Self.pathMax) bytes.")
        }
        guard expression.utf8.count <= Self.expressionMax else {
            throw .validation("The value for field Expression has more than \(Self.expressionMax) bytes.")
        }
        guard let language = Language(rawValue: word) else {
            throw .validation("The value for field Type must be one of PROMQL, SQL, METRIC_MATH")
        }
        self.language = language
        self.createdNs = createdNs
        self.updatedNs = updatedNs
        tags = try input.tags()
    }

    /// nil for bytes that are none.
    init?(_ content: [UInt8]) {
        guard let json = try? JSONReader.read(content),
            let input = try? OperationInput(json, operation: "PutMetricDataQueryDefinition"),
            let createdNs = json["created"]?.integer, let updatedNs = json["updated"]?.integer,
            let query = try? SavedQuery(input, createdNs: createdNs, updatedNs: updatedNs)
        else { return nil }
        self = query
    }

    fileprivate var encoded: [UInt8] {
        JSONValue.object([
            .init("Path", .string(path)), .init("Expression", .string(expression)),
            .init("Type", .string(language.rawValue)), .init("Tags", .array(tags.map(\.json))),
            .init("created", .integer(createdNs)), .init("updated", .integer(updatedNs)),
        ]).encoded
    }
}

extension Operation {
    static let savedQueries: [Operation] = [
        Operation("PutMetricDataQueryDefinition", writes: true) { (engine, input, nowNs) throws(OperationError) in
            try engine.putSavedQuery(input, nowNs: nowNs)
        },
        Operation("GetMetricDataQueryDefinition") { (engine, input, _) throws(OperationError) in
            let id = try input.filled("Id")
            guard let query = engine.savedQueries[id] else { throw .noSavedQuery(id) }
            return engine.json(of: query, id)
        },
        Operation("ListMetricDataQueryDefinitions") { (engine, input, _) throws(OperationError) in
            try engine.listSavedQueries(input)
        },
        Operation("DeleteMetricDataQueryDefinition", writes: true) { (engine, input, _) throws(OperationError) in
            let id = try input.filled("Id")
            if engine.savedQueries[id] != nil { engine.stage(nil, id: id) }
            return .object([])
        },
    ]
}

extension OperationError {
    fileprivate static func noSavedQuery(_ id: String) -> OperationError {
        OperationError(
            code: "ResourceNotFoundException", message: "Metric data query definition \(id) does not exist")
    }
}

extension MonitoringEngine {
    private static let savedQueriesPerPage: Int64 = 100

    fileprivate mutating func stage(_ query: SavedQuery?, id: String) {
        savedQueries[id] = query
        var write = MonitoringWrite()
        write.documents = [.init(kind: .savedQuery, name: id, content: query?.encoded)]
        stage(write)
    }

    fileprivate func json(of query: SavedQuery, _ id: String) -> JSONValue {
        .object([
            .init("Id", .string(id)),
            .init(
                "Arn",
                .string("arn:aws:cloudwatch:\(scope.region):\(scope.account):metric-data-query-definition/\(id)")),
            .init("Path", .string(query.path)), .init("Expression", .string(query.expression)),
            .init("Type", .string(query.language.rawValue)),
            .init("CreatedAt", .number(Double(query.createdNs) / 1e9)),
            .init("UpdatedAt", .number(Double(query.updatedNs) / 1e9)),
        ])
    }

    /// With an id it changes what there is; without one it makes a new one. A path belongs to one query.
    fileprivate mutating func putSavedQuery(
        _ input: OperationInput, nowNs: Int64
    ) throws(OperationError) -> JSONValue {
        let given = try input.string("Id")
        let before = given.flatMap { savedQueries[$0] }
        if let given, before == nil { throw .noSavedQuery(given) }
        var query = try SavedQuery(input, createdNs: before?.createdNs ?? nowNs, updatedNs: nowNs)
        if let before {
            query.tags = before.tags
        } else {
            guard savedQueries.count < options.savedQueriesMax else {
                throw OperationError(
                    code: "LimitExceededException",
                    message: "there are \(options.savedQueriesMax) saved queries, more are not allowed")
            }
            do throws(AlarmRefusal) {
                query.tags = try AlarmTag.merged([], with: query.tags)
            } catch {
                throw OperationError(error)
            }
        }
        let id = given ?? makeID().description
        let holder = savedQueries.current.first { $0.key != NameKey(id) && $0.value.path.hasSameBytes(as: query.path) }
        if let holder {
            throw OperationError(
                code: "ConflictException", message: "The path \(query.path) belongs to the definition \(holder.key)")
        }
        stage(query, id: id)
        return json(of: query, id)
    }

    /// By id.
    fileprivate func listSavedQueries(_ input: OperationInput) throws(OperationError) -> JSONValue {
        let limit = try input.integer("MaxResults", in: 1...Self.savedQueriesPerPage) ?? Self.savedQueriesPerPage
        var after = ""
        if let token = try input.string("NextToken") { after = try PageToken.content(of: token) }
        let ids = savedQueries.current.keys.map(\.text).filter { after.isEmpty || after.precedesByBytes($0) }
            .sorted { $0.precedesByBytes($1) }
        let shown = ids.prefix(Int(limit))
        let items = shown.compactMap { id in savedQueries[id].map { summary(of: $0, id) } }
        var members = [JSONMember("Items", .array(items))]
        if ids.count > shown.count, let last = shown.last {
            members.append(.init("NextToken", .string(PageToken.text(of: last))))
        }
        return .object(members)
    }

    private func summary(of query: SavedQuery, _ id: String) -> JSONValue {
        .object([
            .init("Id", .string(id)), .init("Path", .string(query.path)),
            .init("Type", .string(query.language.rawValue)),
            .init("UpdatedAt", .number(Double(query.updatedNs) / 1e9)),
        ])
    }
}
