import Testing
import VarveModel
import VarveQuery
import VarveStore
import VarveTestKit

@Suite struct SearchTests {
    @Test(
        "searches read back as they are meant",
        arguments: [
            (
                "{AWS/EC2,InstanceId} MetricName=\"CPUUtilization\"",
                "{AWS/EC2,InstanceId} MetricName=\"CPUUtilization\""
            ),
            ("{ AWS/EC2 , \"Instance Id\" },a", "{AWS/EC2,\"Instance Id\"} a"),
            ("a b OR c", "(a b) OR c"),
            ("a AND (b OR c)", "a (b OR c)"),
            ("NOT a b", "NOT a b"),
            ("NOT (a b)", "NOT (a b)"),
            ("InstanceType = (micro OR \"t2.nano\")", "InstanceType=micro OR InstanceType=\"t2.nano\""),
            ("\"x \\\"y\\\" \\(z\\)\"", "\"x \\\"y\\\" (z)\""),
            ("\"Namespace\"=x", "\"Namespace\"=x"),
            (":aws.AccountId = LOCAL", ":aws.AccountId=LOCAL"),
            ("not or and", "not or and"),
        ])
    func texts(text: String, canonical: String) throws {
        let search = try SearchSyntax(text)
        #expect(search.description == canonical)
        #expect(try SearchSyntax(canonical) == search)
    }

    /// « and » enclose the place.
    @Test(
        "mistakes are shown where they stand",
        arguments: [
            ("«»", "the search is empty; write terms, such as CPU, or {Namespace,Dimension}"),
            ("{«}»", "expected a namespace, found '}'"),
            ("{a,b,«b»}", "\"b\" stands twice in the braces"),
            (
                "{a «b»}", "expected ',' or '}', found 'b'; a name with blanks or signs needs double quotes"
            ),
            ("a «{»b}", "expected a term, AND, OR or the end of the search, found '{'"),
            ("(«{»b}", "expected a term, found '{'; {Namespace,Dimension} stands once, before the terms"),
            ("a «)»", "expected a term, AND, OR or the end of the search, found ')'"),
            ("(a «»", "expected a term, AND, OR or ')', found the end of the search"),
            ("a OR «AND»", "expected a term, found AND; a word that is searched for needs quotes or another case"),
            ("«:foo»=x", "':foo' is no property; they are MetricName, Namespace, :aws.AccountId and dimension names"),
            ("a=(b «=»c)", "a property holds for all terms in its parentheses, which have none of their own"),
            ("x=«-»", "'-' has neither letters nor digits; a text in double quotes is compared as it is"),
        ])
    func mistakes(marked: String, message: String) {
        let text = marked.filter { $0 != "«" && $0 != "»" }
        do throws(QueryError) {
            _ = try SearchSyntax(text)
            Issue.record("no error in \(text)")
        } catch {
            guard case .invalid(let found, let offset, let byteCount) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(found == message)
            var place = Array(text.utf8)
            place.insert(contentsOf: "»".utf8, at: offset + byteCount)
            place.insert(contentsOf: "«".utf8, at: offset)
            #expect(String(decoding: place, as: UTF8.self) == marked)
        }
    }

    @Test("limits: 1 024 characters, 100 levels")
    func limits() throws {
        #expect(throws: QueryError.self) { try SearchSyntax(String(repeating: "a", count: 1_025)) }
        _ = try SearchSyntax(String(repeating: "a", count: 1_024))
        func nested(_ count: Int) -> String {
            String(repeating: "(", count: count) + "a" + String(repeating: ")", count: count)
        }
        _ = try SearchSyntax(nested(100))
        #expect(throws: QueryError.self) { try SearchSyntax(nested(101)) }
        #expect(throws: QueryError.self) { try SearchSyntax(String(repeating: "NOT ", count: 101) + "a") }
    }

    private static let pieces = [
        "{", "}", "(", ")", "=", ",", "\"", "\\", "'", " ", "a", "AWS/EC2", "MetricName", "Namespace", ":aws.AccountId",
        "AND", "OR", "NOT", "\"x y\"", "é", "1", "-", "a1B",
    ]

    @Test("any text is a search that reads back, or has an error inside it", arguments: 0..<10 as Range<UInt64>)
    func fuzz(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<200 {
            let separator = Bool.random(using: &random) ? " " : ""
            let count = Int.random(in: 0...12, using: &random)
            let text = (0..<count).map { _ in Self.pieces.randomElement(using: &random) ?? "" }
                .joined(separator: separator)
            do throws(QueryError) {
                let search = try SearchSyntax(text)
                #expect((try? SearchSyntax(search.description)) == search, "seed \(seed): \(text)")
            } catch {
                guard case .invalid(_, let offset, let byteCount) = error else {
                    Issue.record("\(text): \(error)")
                    continue
                }
                #expect(offset >= 0 && byteCount >= 0 && offset + byteCount <= text.utf8.count, "\(text)")
            }
        }
    }
}

/// What searches find in a store, against a plain list of series.
@Suite struct SearchStoreTests {
    private struct Known {
        var source: SourceKey
        var metric: String
    }

    private static let words = ["Web", "web2", "DB", "NetworkErrors", "network-errors", "CPUUtilization", "i-1", "a"]

    private static func series(_ random: inout SplitMix64) -> Known {
        var dimensions: [Dimension] = []
        for name in ["Host", "InstanceId", "zone name"] where Bool.random(using: &random) {
            dimensions.append(Dimension(name: name, value: words.randomElement(using: &random) ?? ""))
        }
        let source = SourceKey(
            namespace: ["AWS/EC2", "custom", "Web"].randomElement(using: &random) ?? "", dimensions: dimensions)
        return Known(source: source, metric: words.randomElement(using: &random) ?? "")
    }

    private static func search(_ random: inout SplitMix64, _ depth: Int) -> String {
        let word =
            [
                "web", "Web", "\"Web\"", "network", "errors", "Host", "MetricName=cpu", "MetricName=\"DB\"",
                "Namespace=aws",
                "Namespace=\"Web\"", "Host=web", "Host=\"web2\"", "\"zone name\"=1", "InstanceId=(i OR db)", "2",
                "nothing",
                ":aws.AccountId=LOCAL", ":aws.AccountId=\"1\"",
            ].randomElement(using: &random) ?? ""
        if depth == 0 { return word }
        switch random.next() % 5 {
        case 0: return "NOT (\(search(&random, depth - 1)))"
        case 1: return "\(search(&random, depth - 1)) \(search(&random, depth - 1))"
        case 2: return "(\(search(&random, depth - 1)) OR \(search(&random, depth - 1)))"
        case 3:
            let schemas = ["{AWS/EC2,Host}", "{custom}", "{Web,\"zone name\",Host}", "{none,x}"]
            return "\(schemas.randomElement(using: &random) ?? "") \(search(&random, 0))"
        default: return word
        }
    }

    @Test("sets of sources find what a look at each series finds", arguments: 0..<6 as Range<UInt64>)
    func model(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let world = SimulatedWorld(seed: seed)
        var options = StoreOptions()
        options.space.ballastBytes = 0
        let store = try Store.open(at: "/data", options: options, environment: world.environment)
        var known: [Known] = []
        for _ in 0..<60 { known.append(Self.series(&random)) }
        var batch = RowBatch()
        for one in known {
            let shape = RowShape(source: one.source, fields: [FieldKey(metric: one.metric)])
            batch.append(shape: shape, timestamp: world.clock.wallNs() - 1, values: [1])
        }
        _ = try store.appendAndWait(batch)
        let snapshot = store.snapshot()
        let all = try names(snapshot, "NOT nothing")
        #expect(all == Set(known.map { Self.name($0.source, $0.metric) }))
        for _ in 0..<60 {
            // A schema stands only at the beginning.
            var text = Self.search(&random, 2)
            if text.dropFirst().contains("{") { text = Self.search(&random, 0) }
            let found = try names(snapshot, text)
            #expect(found == Self.expected(known, text), "seed \(seed): \(text)")
        }
        store.close()
    }

    /// By the engine: one statement that counts and names what is found.
    private func names(_ snapshot: StoreSnapshot, _ text: String) throws -> Set<String> {
        let source = SnapshotMathSource(snapshot, in: QueryContext(nowNs: 1_767_225_600_000_000_000))
        let range = TimeRange(start: 1_767_225_540_000_000_000, end: 1_767_225_600_000_000_000)
        let search = MathSearch(text: text, statistic: "Sum", periodNs: Nanoseconds.perMinute)
        return Set(
            try source.search(search, over: range).series.compactMap { series in
                guard case .automatic(let metric) = series.label else { return nil }
                return Self.name(
                    SourceKey(namespace: metric.namespace, dimensions: metric.dimensions), metric.metricName)
            })
    }

    private static func name(_ source: SourceKey, _ metric: String) -> String {
        "\(source.namespace)|\(source.dimensions.map { "\($0.name)=\($0.value)" })|\(metric)"
    }

    /// By an evaluator of the parsed search that shares nothing but the syntax with the engine.
    private static func expected(_ known: [Known], _ text: String) -> Set<String> {
        guard let search = try? SearchSyntax(text) else { return [] }
        return Set(
            known.filter { one in
                if let schema = search.schema {
                    guard one.source.namespace == schema.namespace,
                        Set(one.source.dimensions.map(\.name)) == Set(schema.dimensions)
                    else { return false }
                }
                return search.terms.map { holds($0, one) } ?? true
            }.map { name($0.source, $0.metric) })
    }

    private static func holds(_ expression: SearchExpression, _ one: Known) -> Bool {
        let dimensions = one.source.dimensions
        switch expression {
        case .all(let parts): return parts.allSatisfy { holds($0, one) }
        case .any(let parts): return parts.contains { holds($0, one) }
        case .not(let part): return !holds(part, one)
        case .term(let property, let text):
            switch property {
            case nil:
                return ([one.source.namespace, one.metric] + dimensions.flatMap { [$0.name, $0.value] })
                    .contains { matches($0, text) }
            case .metricName: return matches(one.metric, text)
            case .namespace: return matches(one.source.namespace, text)
            case .account: return text == .partial("LOCAL")
            case .dimension(let name): return dimensions.contains { $0.name == name && matches($0.value, text) }
            }
        }
    }

    private static func matches(_ candidate: String, _ text: SearchText) -> Bool {
        switch text {
        case .exact(let wanted): return candidate == wanted
        case .partial(let wanted):
            let (words, all) = (tokens(wanted), tokens(candidate))
            return all.indices.contains { start in follows(words[...], all[start...]) }
        }
    }

    /// Whether `all` begins with the words, each made of one or more tokens.
    private static func follows(_ words: ArraySlice<String>, _ all: ArraySlice<String>) -> Bool {
        guard let word = words.first else { return true }
        return all.indices.contains { end in
            all[all.startIndex...end].joined() == word && follows(words.dropFirst(), all[(end + 1)...])
        }
    }

    /// `SDBFailure` → sdb, failure.
    static func tokens(_ text: String) -> [String] {
        let characters = Array(text)
        var tokens: [String] = []
        for (index, character) in characters.enumerated() where character.isLetter || character.isNumber {
            let before = index > 0 ? characters[index - 1] : " "
            let next = index + 1 < characters.count ? characters[index + 1] : " "
            let isStart =
                !(before.isLetter || before.isNumber) || before.isNumber != character.isNumber
                || (character.isUppercase && (before.isLowercase || next.isLowercase))
            if isStart { tokens.append("") }
            tokens[tokens.count - 1] += character.lowercased()
        }
        return tokens
    }

    @Test(
        "texts are cut as the specification shows",
        arguments: [
            ("CustomCount1", ["custom", "count", "1"]), ("SDBFailure", ["sdb", "failure"]),
            ("Project2-trial333", ["project", "2", "trial", "333"]),
        ])
    func cuts(text: String, tokens: [String]) { #expect(Self.tokens(text) == tokens) }

    @Test("no more than 500 series are read, with a message")
    func tooMany() throws {
        var snapshot = FakeSnapshot()
        for number in 0..<503 { snapshot.add("n", "m", ["host": "h\(number)"], rows: [(0, Double(number))]) }
        let source = SnapshotMathSource(snapshot, in: QueryContext(nowNs: Nanoseconds.perMinute))
        let search = MathSearch(text: "m", statistic: "Sum", periodNs: Nanoseconds.perMinute)
        let find = try source.search(search, over: TimeRange(start: 0, end: Nanoseconds.perMinute))
        #expect(find.series.count == 500)
        #expect(find.requestMessages == [.tooManyMetrics])
        #expect(
            find.series[0].label
                == .automatic(
                    MathMetricStat(
                        namespace: "n", metricName: "m", dimensions: [Dimension(name: "host", value: "h0")],
                        statistic: "Sum",
                        periodNs: Nanoseconds.perMinute)))
        #expect(find.series[1].points == [1] && find.series[2].points == [10], "in order of labels")
    }
}
