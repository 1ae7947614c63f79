import VarveModel

/// The rules of requests that need no evaluation: ids, counts, periods, lengths.
enum MathRequestCheck {
    /// Positions of the ids.
    static func indices(of definitions: [MathDefinition], rules: MathRules) throws(MathError) -> [String: Int] {
        guard !definitions.isEmpty else { throw MathError(.request, "the request has no queries") }
        guard definitions.count <= rules.queriesMax else {
            throw MathError(.limit, "the request has \(definitions.count) queries; the limit is \(rules.queriesMax)")
        }
        var indices: [String: Int] = [:]
        for (index, definition) in definitions.enumerated() {
            try checkID(definition.id, number: index + 1)
            guard indices.updateValue(index, forKey: definition.id) == nil else {
                throw MathError(
                    .request, "The values for parameter id in MetricDataQueries are not unique.",
                    hint: "'\(definition.id)' stands twice")
            }
            try checkPeriod(definition, rules: rules)
        }
        return indices
    }

    /// Math, or a statement when the text begins with SELECT.
    static func content(
        of text: String, _ definition: MathDefinition, rules: MathRules
    ) throws(MathError) -> MathPlan.Content {
        if isStatement(text) { return .statement(try statement(text, definition)) }
        let expression = try MathParser.parse(text)
        if let span = expression.span(of: .search) { try checkSearch(expression, definition, rules: rules, at: span) }
        return .expression(expression)
    }

    static func checkStatements(_ contents: [MathPlan.Content], rules: MathRules) throws(MathError) {
        let count = contents.count { content in
            if case .statement = content { true } else { false }
        }
        guard count <= rules.statementsMax else {
            throw MathError(.limit, "Maximum number of queries (\(rules.statementsMax)) exceeded")
        }
    }

    private static func checkID(_ id: String, number: Int) throws(MathError) {
        var bytes = id.utf8.makeIterator()
        let first = bytes.next() ?? 0
        let isWord = id.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isWord, first >= UInt8(ascii: "a"), first <= UInt8(ascii: "z") else {
            throw MathError(
                .request,
                "The value for parameter MetricDataQueries.member.\(number).Id is not matching the expected pattern "
                    + "^[a-z][a-zA-Z0-9_]*$.")
        }
        guard id.utf8.count <= MathLimits.idBytesMax else {
            throw MathError(
                .limit, "the id of query \(number) has \(id.utf8.count) bytes; the limit is \(MathLimits.idBytesMax)")
        }
    }

    private static func checkPeriod(_ definition: MathDefinition, rules: MathRules) throws(MathError) {
        var periodNs = definition.periodNs ?? 1
        if case .metric(let metric) = definition.content { periodNs = metric.periodNs }
        guard periodNs >= 1 else {
            throw MathError(.request, "the period of query '\(definition.id)' is not positive")
        }
        guard rules.hasServicePeriods, case .expression = definition.content, let periodNs = definition.periodNs,
            let problem = servicePeriodProblem(periodNs)
        else { return }
        throw MathError(.request, problem, in: definition.id)
    }

    /// The service's words for a period that it does not have.
    private static func servicePeriodProblem(_ periodNs: Int64) -> String? {
        if periodNs < Nanoseconds.perMinute {
            let isKnown = [1, 5, 10, 20, 30].contains { $0 * Nanoseconds.perSecond == periodNs }
            return isKnown ? nil : "The parameter Period must be a value in the set [ 1, 5, 10, 20, 30 ]."
        }
        return periodNs.isMultiple(of: Nanoseconds.perMinute) ? nil : "The parameter Period must be a multiple of 60."
    }

    private static func isStatement(_ text: String) -> Bool {
        let isBlank: (UInt8) -> Bool = { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        let trimmed = text.utf8.drop(while: isBlank)
        let word = trimmed.prefix(6).map { $0 | 0x20 }
        return word.elementsEqual("select".utf8) && trimmed.dropFirst(6).first.map(isBlank) == true
    }

    private static func statement(_ text: String, _ definition: MathDefinition) throws(MathError) -> SelectSyntax {
        let select = try select(text)
        if let moment = select.times.since ?? select.times.until {
            throw MathError(
                .syntax, "the range is that of the request", hint: "leave out SINCE and UNTIL", at: moment.span)
        }
        if select.times.periodNs != nil || definition.periodNs != nil { return select }
        throw MathError(
            .request, "Period is a required field when using query within an expression",
            at: SourceSpan(start: 0, end: text.utf8.count))
    }

    private static func select(_ text: String) throws(MathError) -> SelectSyntax {
        do throws(QueryError) {
            if case .select(let select) = try Parser.parse(text) { return select }
        } catch {
            guard case .invalid(let message, let offset, let byteCount) = error else {
                throw MathError(.limit, error.description)
            }
            throw MathError(.syntax, message, at: SourceSpan(start: offset, end: offset + byteCount))
        }
        // SELECT *: samples are no series of periods.
        throw MathError(
            .syntax, "Invalid syntax", hint: "aggregate the samples, such as SELECT AVG(metric)",
            at: SourceSpan(start: 0, end: text.utf8.count))
    }

    private static func checkSearch(
        _ expression: MathExpression, _ definition: MathDefinition, rules: MathRules, at span: SourceSpan
    ) throws(MathError) {
        if let refusal = rules.searchRefusal { throw MathError(.unsupported, refusal, at: span) }
        for (index, node) in expression.nodes.enumerated() {
            guard case .call(.search, let arguments) = node else { continue }
            if arguments.count == 2, definition.periodNs == nil {
                throw MathError(
                    .request, "Period is a required field when using SEARCH function within an expression",
                    hint: "write it as the third argument, in seconds", at: expression.spans[index])
            }
            guard let first = arguments.first, case .string(let text) = expression.nodes[first] else { continue }
            let length = text.unicodeScalars.count
            guard length <= MathLimits.searchCharactersMax else {
                throw MathError(
                    .limit, "the search has \(length) characters; the limit is \(MathLimits.searchCharactersMax)",
                    at: expression.spans[first])
            }
            do throws(QueryError) {
                _ = try SearchParser.parse(text)
            } catch {
                throw MathError(.syntax, error, inString: first, of: expression)
            }
            try checkStatistic(arguments, expression)
        }
    }

    /// The second argument of SEARCH.
    private static func checkStatistic(_ arguments: [Int], _ expression: MathExpression) throws(MathError) {
        guard arguments.count > 1, case .string(let text) = expression.nodes[arguments[1]] else { return }
        do throws(StatisticError) {
            _ = try Statistic(parsing: text)
        } catch {
            throw MathError(.value, error.description, at: expression.spans[arguments[1]])
        }
    }
}

extension MathError {
    /// A mistake in the text that a string holds, at its place in the expression.
    fileprivate init(_ kind: Kind, _ error: QueryError, inString node: Int, of expression: MathExpression) {
        guard case .invalid(let message, let offset, let byteCount) = error else {
            self.init(.limit, error.description, at: expression.spans[node])
            return
        }
        let start = expression.place(of: offset, inString: node)
        let end = expression.place(of: offset + byteCount, inString: node)
        self.init(kind, message, at: SourceSpan(start: start, end: max(start, end)))
    }
}

extension MathExpression {
    /// Where byte `offset` of a string's content stands in the text: quotes and backslashes lie between.
    fileprivate func place(of offset: Int, inString node: Int) -> Int {
        let bytes = Array(text.utf8)
        // Brackets and blanks may stand around the string.
        let isQuote: (UInt8) -> Bool = { $0 == UInt8(ascii: "'") || $0 == UInt8(ascii: "\"") }
        guard let open = bytes[spans[node].start...].firstIndex(where: isQuote) else { return spans[node].start }
        var place = open + 1
        for _ in 0..<offset where place < bytes.count {
            let isEscape =
                bytes[place] == UInt8(ascii: "\\") && place + 1 < bytes.count && bytes[place + 1] == bytes[open]
            place += isEscape ? 2 : 1
        }
        return min(place, spans[node].end)
    }

    /// The argument of each call of METRICS, nil without one.
    var metricsCalls: [String?] {
        nodes.compactMap { node -> String?? in
            guard case .call(.metrics, let arguments) = node else { return nil }
            guard let first = arguments.first, case .string(let part) = nodes[first] else { return .some(nil) }
            return .some(part)
        }
    }

    /// The periods that calls of SEARCH have as a plain number.
    var searchPeriodsNs: [Int64] {
        nodes.compactMap { node in
            guard case .call(.search, let arguments) = node, arguments.count == 3,
                case .number(let seconds) = nodes[arguments[2]]
            else { return nil }
            return Self.periodNs(seconds: seconds)
        }
    }

    /// nil unless positive, and at least a nanosecond.
    static func periodNs(seconds: Double) -> Int64? {
        guard let periodNs = Int64(exactly: (seconds * Double(Nanoseconds.perSecond)).rounded()), periodNs >= 1 else {
            return nil
        }
        return periodNs
    }
}
