import VarveJSON
import VarveModel
import VarveStore
import VarveWire

/// `ListMetrics`: the metrics with data in the last two weeks, in pages of 500 by namespace, name and dimensions.
struct ListMetrics {
    /// The service's page.
    static let pageMax = 500
    private static let recencyNs = 14 * Nanoseconds.perDay
    /// `PT3H`, with the 50 minutes that the service documents as slack.
    private static let recentNs = 3 * Nanoseconds.perHour + 50 * Nanoseconds.perMinute

    let input: JSONValue
    let context: CloudContext
    private let sinceNs: Int64

    init(_ input: JSONValue, in context: CloudContext) throws(ServiceFault) {
        self.input = input
        self.context = context
        switch input["RecentlyActive"]?.string {
        case nil: sinceNs = context.nowNs - Self.recencyNs
        case "PT3H": sinceNs = context.nowNs - Self.recentNs
        default: throw .invalidValue("Request parameter recentlyActive value is invalid")
        }
    }

    /// One page. O(series that the filters find).
    func run(on snapshot: StoreSnapshot, tokens: PageTokens) throws(ServiceFault) -> JSONValue {
        var after: MetricName?
        if let token = input["NextToken"]?.string {
            guard let cursor = tokens.text(token, context), let name = MetricName(cursor: cursor) else {
                throw .invalidValue("Request parameter NextToken is invalid")
            }
            after = name
        }
        if let owner = input["OwningAccount"]?.string, owner != context.scope.account {
            return document([], nil, tokens)
        }
        var page = FirstOnes(limit: Self.pageMax + 1)
        let found = snapshot.series(in: context.scope, where: condition)
        for series in snapshot.recentlyActive(found, sinceNs: sinceNs) {
            let source = snapshot.source(of: series)
            guard source.kind == .metric else { continue }
            let name = MetricName(source: source, metric: snapshot.field(of: series).metric)
            if after.map({ $0 < name }) ?? true { page.insert(name) }
        }
        let names = page.sorted
        let hasMore = names.count > Self.pageMax
        let shown = Array(names.prefix(Self.pageMax))
        return document(shown, hasMore ? shown.last : nil, tokens)
    }

    private var condition: SeriesCondition {
        var conditions: [SeriesCondition] = []
        if let namespace = input["Namespace"]?.string { conditions.append(.namespace(.equals(namespace))) }
        if let metric = input["MetricName"]?.string { conditions.append(.metric(.equals(metric))) }
        for filter in input["Dimensions"]?.array ?? [] {
            let name = filter["Name"]?.string ?? ""
            if let value = filter["Value"]?.string {
                conditions.append(.value(of: name, .equals(value)))
            } else {
                conditions.append(.dimensionName(.equals(name)))
            }
        }
        return conditions.isEmpty ? .constant(true) : .all(conditions)
    }

    private func document(_ names: [MetricName], _ last: MetricName?, _ tokens: PageTokens) -> JSONValue {
        let owners: JSONValue? =
            input["IncludeLinkedAccounts"]?.bool == true
            ? .array(names.map { _ in .string(context.scope.account) }) : nil
        return .object([
            "Metrics": .array(names.map(\.json)), "NextToken": last.map { .string(tokens.token($0.cursor, context)) },
            "OwningAccounts": owners,
        ])
    }
}

/// What the service lists: units and resolutions of a metric are one.
struct MetricName: Hashable, Comparable {
    let namespace: String
    let metric: String
    /// Sorted.
    let dimensions: [Dimension]

    init(source: SourceKey, metric: String) {
        namespace = source.namespace
        dimensions = source.dimensions
        self.metric = metric
    }

    /// A page's end as a token holds it: texts with their lengths.
    init?(cursor: String) {
        var rest = Array(cursor.utf8)[...]
        var texts: [String] = []
        while !rest.isEmpty {
            guard let colon = rest.firstIndex(of: UInt8(ascii: ":")),
                let length = Int(String(decoding: rest[..<colon], as: UTF8.self)), length >= 0,
                length <= rest.endIndex - colon - 1
            else { return nil }
            let end = colon + 1 + length
            texts.append(String(decoding: rest[(colon + 1)..<end], as: UTF8.self))
            rest = rest[end...]
        }
        guard texts.count >= 2, texts.count.isMultiple(of: 2) else { return nil }
        namespace = texts[0]
        metric = texts[1]
        dimensions = stride(from: 2, to: texts.count, by: 2).map { Dimension(name: texts[$0], value: texts[$0 + 1]) }
    }

    var cursor: String {
        let texts = [namespace, metric] + dimensions.flatMap { [$0.name, $0.value] }
        return texts.map { "\($0.utf8.count):\($0)" }.joined()
    }

    var json: JSONValue {
        .object([
            "Namespace": .string(namespace), "MetricName": .string(metric), "Dimensions": dimensions.json,
        ])
    }

    static func == (left: MetricName, right: MetricName) -> Bool {
        left.namespace.hasSameBytes(as: right.namespace) && left.metric.hasSameBytes(as: right.metric)
            && left.dimensions == right.dimensions
    }

    static func < (left: MetricName, right: MetricName) -> Bool {
        if !left.namespace.hasSameBytes(as: right.namespace) { return left.namespace.precedesByBytes(right.namespace) }
        if !left.metric.hasSameBytes(as: right.metric) { return left.metric.precedesByBytes(right.metric) }
        return left.dimensions.lexicographicallyPrecedes(right.dimensions)
    }
}

/// The least distinct ones of many, without keeping or sorting all of them. Amortised O(log limit) each.
struct FirstOnes {
    let limit: Int
    private var names: Set<MetricName> = []
    /// No name beyond it is wanted any more.
    private var bound: MetricName?

    init(limit: Int) { self.limit = limit }

    mutating func insert(_ name: MetricName) {
        if let bound, !(name < bound) { return }
        guard names.insert(name).inserted, names.count >= 2 * limit else { return }
        let kept = names.sorted().prefix(limit)
        bound = kept.last
        names = Set(kept)
    }

    var sorted: [MetricName] { Array(names.sorted().prefix(limit)) }
}
