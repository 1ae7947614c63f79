import VarveAlarms
import VarveBytes
import VarveDashboards
import VarveJSON
import VarveModel

/// A dashboard as it is kept: its document word for word, since people write it with their own order and spaces.
package struct Dashboard: Equatable, Sendable {
    package var body: String
    /// Nanoseconds since 1970.
    package var modifiedNs: Int64
    var tags: [AlarmTag]

    init(body: String, modifiedNs: Int64, tags: [AlarmTag] = []) {
        self.body = body
        self.modifiedNs = modifiedNs
        self.tags = tags
    }

    /// nil for bytes that are no dashboard.
    init?(_ content: [UInt8]) {
        guard let json = try? JSONReader.read(content), let body = json["body"]?.string,
            let modified = json["modified"]?.integer
        else { return nil }
        self.init(body: body, modifiedNs: modified, tags: (try? AlarmTag.read(json["tags"])) ?? [])
    }

    var encoded: [UInt8] {
        var members: [JSONMember] = [.init("body", .string(body)), .init("modified", .integer(modifiedNs))]
        if !tags.isEmpty { members.append(.init("tags", AlarmTag.json(tags))) }
        return JSONValue.object(members).encoded
    }
}

// Dashboards. Page: Docs/Dashboards.md.
extension Operation {
    static let dashboards: [Operation] = [
        Operation("PutDashboard", writes: true) { (engine, input, nowNs) throws(OperationError) in
            try engine.putDashboard(input, nowNs: nowNs)
        },
        Operation("GetDashboard") { (engine, input, _) throws(OperationError) in
            let name = try input.required("DashboardName")
            guard let dashboard = engine.dashboards[name] else { throw OperationError(DashboardName.missing(name)) }
            return .object([
                .init("DashboardArn", .string(engine.dashboardARN(name))),
                .init("DashboardBody", .string(dashboard.body)), .init("DashboardName", .string(name)),
            ])
        },
        Operation("ListDashboards") { (engine, input, _) throws(OperationError) in
            try engine.listDashboards(input)
        },
        Operation("DeleteDashboards", writes: true) { (engine, input, _) throws(OperationError) in
            try engine.deleteDashboards(input)
        },
    ]
}

extension OperationError {
    init(_ problem: DashboardProblem) { self.init(code: problem.code, message: problem.message) }
}

extension MonitoringEngine {
    /// The service's page.
    private static let dashboardsPerPage = 1_000
    /// The service's limit for one deletion.
    private static let dashboardNamesMax = 100

    fileprivate func dashboardARN(_ name: String) -> String { DashboardName.arn(account: scope.account, name: name) }

    private mutating func stage(_ dashboard: Dashboard?, named name: String) {
        dashboards[name] = dashboard
        var write = MonitoringWrite()
        write.documents = [.init(kind: .dashboard, name: name, content: dashboard?.encoded)]
        stage(write)
    }

    fileprivate mutating func putDashboard(
        _ input: OperationInput, nowNs: Int64
    ) throws(OperationError) -> JSONValue {
        let name = try input.string("DashboardName")
        if let problem = DashboardName.problem(with: name) { throw OperationError(problem) }
        let text = try input.string("DashboardBody")
        let checked: DashboardBody
        do throws(DashboardProblem) { checked = try DashboardBody.check(text) } catch { throw OperationError(error) }
        guard let name, let text else { return .object([]) }
        guard dashboards[name] != nil || dashboards.count < options.dashboardsMax else {
            throw OperationError(
                code: "LimitExceeded", message: "there are \(options.dashboardsMax) dashboards, more are not allowed")
        }
        // As of alarms: tags of one that is there change by TagResource only.
        var dashboard = Dashboard(body: text, modifiedNs: nowNs)
        if let before = dashboards[name] {
            dashboard.tags = before.tags
        } else {
            dashboard.tags = try Self.merged([], with: input)
        }
        stage(dashboard, named: name)
        return .object([.init("DashboardValidationMessages", .array(checked.warnings.map(\.json)))])
    }

    fileprivate func listDashboards(_ input: OperationInput) throws(OperationError) -> JSONValue {
        let prefix = try input.string("DashboardNamePrefix") ?? ""
        var after = ""
        if let token = try input.string("NextToken") {
            do throws(OperationError) { after = try PageToken.content(of: token) } catch {
                // This operation knows no `InvalidNextToken`.
                throw OperationError(
                    code: "InvalidParameterValue", message: "Request parameter NextToken is invalid")
            }
        }
        let names = dashboards.current.keys.map(\.text).filter { name in
            name.hasBytePrefix(prefix) && (after.isEmpty || after.precedesByBytes(name))
        }.sorted { $0.precedesByBytes($1) }
        let shown = names.prefix(Self.dashboardsPerPage)
        let entries = shown.compactMap { name in dashboards[name].map { entry(name, $0) } }
        var members = [JSONMember("DashboardEntries", .array(entries))]
        if names.count > shown.count, let last = shown.last {
            members.append(.init("NextToken", .string(PageToken.text(of: last))))
        }
        return .object(members)
    }

    private func entry(_ name: String, _ dashboard: Dashboard) -> JSONValue {
        .object([
            .init("DashboardName", .string(name)), .init("DashboardArn", .string(dashboardARN(name))),
            .init("LastModified", .number(Double(dashboard.modifiedNs) / 1e9)),
            .init("Size", .integer(Int64(dashboard.body.utf8.count))),
        ])
    }

    /// Names that nobody has are deleted already.
    fileprivate mutating func deleteDashboards(_ input: OperationInput) throws(OperationError) -> JSONValue {
        let names = try input.strings("DashboardNames") ?? []
        guard names.count <= Self.dashboardNamesMax else {
            throw OperationError(
                code: "InvalidParameterValue",
                message: "The collection DashboardNames must not have a size greater than \(Self.dashboardNamesMax).")
        }
        for name in names where dashboards[name] != nil { stage(nil, named: name) }
        return .object([])
    }
}

// MARK: - Tags

extension MonitoringEngine {
    /// The name in the ARN of a dashboard of this account; nil for other ARNs.
    func dashboardName(ofARN arn: String) -> String? {
        let prefix = dashboardARN("")
        guard arn.hasBytePrefix(prefix) else { return nil }
        return String(decoding: arn.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }

    fileprivate static func merged(
        _ tags: [AlarmTag], with input: OperationInput
    ) throws(OperationError) -> [AlarmTag] {
        let added = try AlarmTag.read(input.json["Tags"])
        do throws(AlarmRefusal) { return try AlarmTag.merged(tags, with: added) } catch { throw OperationError(error) }
    }

    private func tagged(dashboard name: String) throws(OperationError) -> Dashboard {
        guard let dashboard = dashboards[name] else {
            throw OperationError(code: "ResourceNotFoundException", message: DashboardName.missing(name).message)
        }
        return dashboard
    }

    mutating func tagDashboard(_ name: String, _ input: OperationInput) throws(OperationError) {
        var dashboard = try tagged(dashboard: name)
        dashboard.tags = try Self.merged(dashboard.tags, with: input)
        stage(dashboard, named: name)
    }

    mutating func untagDashboard(_ name: String, _ keys: [String]) throws(OperationError) {
        var dashboard = try tagged(dashboard: name)
        dashboard.tags.removeAll { tag in keys.contains { $0.hasSameBytes(as: tag.key) } }
        stage(dashboard, named: name)
    }

    func tagsOfDashboard(_ name: String) throws(OperationError) -> JSONValue {
        AlarmTag.json(try tagged(dashboard: name).tags)
    }
}
