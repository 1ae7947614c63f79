import Synchronization
import VarveAlarms
import VarveIO
import VarveJSON
package import VarveModel
package import VarveQuery
import VarveStore

/// Statements about alarms, beside those about metrics. Language: Docs/Query.md, "Alarms".
///
/// `SHOW ALARMS [WHERE State = 'ALARM']`, `SELECT * FROM alarms [WHERE AlarmName = '…'] [SINCE …]` and
/// `EXPLAIN ALARM name [SINCE …]`.
package enum AlarmStatement: Equatable, Sendable {
    /// Alarms with their states.
    case show([ConditionSyntax], limit: Int?)
    /// What happened, newest first.
    case history([ConditionSyntax], TimeRange, limit: Int?)
    /// What an alarm, and those that it names, would have done.
    case explain(name: String, TimeRange)

    /// The name that stands for alarms after FROM.
    private static let source = "alarms"
    /// - Returns: nil for every statement that is not about alarms.
    /// - Throws: `.invalid` with the place of a mistake.
    package static func parse(_ text: String, nowNs: Int64) throws(QueryError) -> AlarmStatement? {
        let statement = String(text.drop(while: \.isWhitespace))
        let skipped = text.utf8.count - statement.utf8.count
        let words = statement.split(maxSplits: 4, whereSeparator: \.isWhitespace).prefix(4).map { $0.uppercased() }
        // The rest of each has the grammar of `SELECT * FROM …`: the same conditions, times and mistakes.
        if words.starts(with: ["SHOW", "ALARMS"]) {
            let rows = try rows(statement, skipped, words: 2, prefix: "SELECT * FROM \"\(source)\"")
            return .show(rows.conditions, limit: rows.limit)
        }
        if words.starts(with: ["EXPLAIN", "ALARM"]) {
            let rows = try rows(statement, skipped, words: 2, prefix: "SELECT * FROM")
            return .explain(name: rows.source.namespace, try QueryEngine.range(of: rows, nowNs: nowNs))
        }
        guard words.starts(with: ["SELECT", "*", "FROM"]), words.count == 4,
            words[3] == source.uppercased() || words[3] == "\(source.uppercased());"
        else { return nil }
        // In quotes the name is any other one.
        let rows = try rows(statement, skipped, words: 4, prefix: "SELECT * FROM \"\(source)\"")
        return .history(rows.conditions, try QueryEngine.range(of: rows, nowNs: nowNs), limit: rows.limit)
    }

    /// Parses the statement with its first words replaced; places of mistakes are those in the original.
    private static func rows(
        _ statement: String, _ skipped: Int, words: Int, prefix: String
    ) throws(QueryError) -> RowsSyntax {
        var rest = statement[...]
        for _ in 0..<words { rest = rest.drop { !$0.isWhitespace }.drop(while: \.isWhitespace) }
        let shift = statement.utf8.count - rest.utf8.count + skipped - prefix.utf8.count - 1
        do throws(QueryError) {
            let parsed = try QueryEngine.parse("\(prefix) \(rest)")
            guard case .rows(let rows) = parsed else {
                throw QueryError.invalid(
                    message: "expected conditions, times and a LIMIT only", offset: 0, byteCount: statement.utf8.count)
            }
            return rows
        } catch {
            guard case .invalid(let message, let offset, let byteCount) = error else { throw error }
            throw .invalid(message: message, offset: max(0, offset + shift), byteCount: byteCount)
        }
    }
}

extension Monitoring {
    /// Answers a statement about alarms; nil for every other one. Not for event loops.
    /// - Throws: `.invalid` with the place of a mistake, `.store`.
    package func answer(
        _ statement: String, cancellation: CancellationFlag? = nil
    ) throws(QueryError) -> QueryResult? {
        let nowNs = store.environment.clock.wallNs()
        guard let parsed = try AlarmStatement.parse(statement, nowNs: nowNs) else { return nil }
        do throws(OperationError) {
            switch parsed {
            case .show(let conditions, let limit): return try show(conditions, limit: limit)
            case .history(let conditions, let range, let limit):
                return try history(conditions, range, limit: limit, cancellation)
            case .explain(let name, let range): return try explain(name, range, cancellation)
            }
        } catch {
            throw .invalid(message: error.message.isEmpty ? error.code : error.message, offset: 0, byteCount: 0)
        }
    }

    private func show(_ conditions: [ConditionSyntax], limit: Int?) throws(OperationError) -> QueryResult {
        let filter = try AlarmCondition(conditions, columns: ["AlarmName", "State", "Type"])
        let rows = Mutex<[[QueryResult.Value]]>([])
        _ = try performAndWait { (engine, _) throws(OperationError) in
            let found = engine.alarms.current.values.sorted { $0.name.precedesByBytes($1.name) }
                .filter {
                    filter.holds(["AlarmName": $0.name, "State": $0.state.rawValue, "Type": $0.type.rawValue])
                }
            rows.withLock { rows in
                rows = found.prefix(limit ?? .max).map { alarm in
                    [
                        .text(alarm.name), .text(alarm.state.rawValue), .time(alarm.value.transitionedNs),
                        .text(alarm.type.rawValue), .text(alarm.value.reason ?? ""),
                    ]
                }
            }
            return .null
        }
        return QueryResult(
            columns: [
                .init(name: "AlarmName", kind: .text), .init(name: "State", kind: .text),
                .init(name: "Since", kind: .time), .init(name: "Type", kind: .text), .init(name: "Reason", kind: .text),
            ], rows: rows.withLock { $0 })
    }

    private func history(
        _ conditions: [ConditionSyntax], _ range: TimeRange, limit: Int?, _ cancellation: CancellationFlag?
    ) throws(OperationError) -> QueryResult {
        let filter = try AlarmCondition(conditions, columns: ["AlarmName", "Type"])
        let limit = limit ?? AlarmHistoryReading.rowsMax
        let items = try AlarmHistoryReading.items(
            on: self, in: range, limit: limit, cancellation: cancellation
        ) { row in
            filter.holds(["AlarmName": row.alarm, "Type": row.type])
        }
        return QueryResult(
            columns: [
                .init(name: "time", kind: .time), .init(name: "AlarmName", kind: .text),
                .init(name: "Type", kind: .text), .init(name: "Summary", kind: .text),
            ],
            rows: items.map { [.time($0.timestamp), .text($0.alarm), .text($0.type), .text($0.summary)] })
    }

    /// The alarm and all that it depends on, replayed.
    private func explain(
        _ name: String, _ range: TimeRange, _ cancellation: CancellationFlag?
    ) throws(OperationError) -> QueryResult {
        let definitions = try performAndWait { (engine, _) throws(OperationError) in
            guard engine.alarms[name] != nil else { throw .validation("there is no alarm \(name)") }
            return .array(engine.dependencies(of: name).compactMap { engine.alarms[$0]?.definition.json })
        }
        var backtest = try backtest(definitions.array ?? [], over: range)
        let reports = try backtest.run(on: store.snapshot()) { _ in cancellation?.isRaised != true }
        let rows = reports.filter { $0.alarm.hasSameBytes(as: name) }.flatMap { report in
            report.episodes.map { episode -> [QueryResult.Value] in
                [.time(episode.startNs), episode.endNs.map { .time($0) } ?? .null, .text(episode.reason)]
            }
        }
        return QueryResult(
            columns: [
                .init(name: "from", kind: .time), .init(name: "to", kind: .time), .init(name: "reason", kind: .text),
            ], rows: rows)
    }
}

/// Conditions of a statement about alarms.
private struct AlarmCondition: Sendable {
    private var tests: [(column: String, values: [String], isEquality: Bool)] = []

    init(_ conditions: [ConditionSyntax], columns: [String]) throws(OperationError) {
        for condition in conditions {
            guard case .dimension(let name) = condition.key,
                let column = columns.first(where: { $0.lowercased() == name.lowercased() })
            else {
                throw .validation("alarms have no such column; known: \(columns.joined(separator: ", "))")
            }
            switch condition.operand {
            case .value(let value): tests.append((column, [value], condition.isEquality))
            case .values(let values): tests.append((column, values, condition.isEquality))
            case .currentAccount: throw .validation("alarms are those of this account")
            }
        }
    }

    func holds(_ row: [String: String]) -> Bool {
        tests.allSatisfy { test in
            let text = row[test.column] ?? ""
            return test.values.contains { $0.hasSameBytes(as: text) } == test.isEquality
        }
    }
}

extension MonitoringEngine {
    /// An alarm and those that it names, directly or not; those that are named first.
    func dependencies(of name: String) -> [String] {
        var order: [String] = []
        var seen: Set<NameKey> = []
        func visit(_ name: String) {
            guard seen.insert(NameKey(name)).inserted, let alarm = alarms[name] else { return }
            for child in graph.children(of: name) { visit(child) }
            if case .composite(let definition) = alarm.definition, let suppressor = definition.suppressorName {
                visit(suppressor)
            }
            order.append(name)
        }
        visit(name)
        return order
    }
}
