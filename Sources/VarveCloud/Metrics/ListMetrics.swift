import VarveJSON
import VarveModel
import VarveStore
import VarveWire

/// `ListMetrics`: the metrics with data in the last two weeks, in pages of 500, in the order in which they came into
/// being.
struct ListMetrics {
    /// The service's page.
    static let pageMax = 500
    private static let recencyNs = 14 * Nanoseconds.perDay
    /// `PT3H`, with the 50 minutes that the service documents as slack.
    private static let recentNs = 3 * Nanoseconds.perHour + 50 * Nanoseconds.perMinute

    let input: JSONValue
    let context: CloudContext
    private let sinceNs: Int64
    /// Whether rows decide, and not the days that are known of sources.
    private let isExact: Bool

    init(_ input: JSONValue, in context: CloudContext) throws(ServiceFault) {
        self.input = input
        self.context = context
        switch input["RecentlyActive"]?.string {
        case nil: (sinceNs, isExact) = (context.nowNs - Self.recencyNs, false)
        case "PT3H": (sinceNs, isExact) = (context.nowNs - Self.recentNs, true)
        default: throw .invalidValue("Request parameter recentlyActive value is invalid")
        }
    }

    /// One page. O(page) and about 10 ns for each series that the filters pass over.
    func run(on snapshot: StoreSnapshot, tokens: PageTokens) throws(ServiceFault) -> JSONValue {
        var after: SeriesID?
        if let token = input["NextToken"]?.string {
            guard let cursor = tokens.text(token, context), let series = UInt32(cursor) else {
                throw .invalidValue("Request parameter NextToken is invalid")
            }
            after = SeriesID(rawValue: series)
        }
        if let owner = input["OwningAccount"]?.string, owner != context.scope.account {
            return document([], nil, tokens)
        }
        let page: MetricPage
        do throws(StoreError) {
            // One more says whether there are more.
            page = try snapshot.metrics(
                in: context.scope, where: filter, activeSince: sinceNs, isExact: isExact, after: after,
                limit: Self.pageMax + 1)
        } catch {
            throw ServiceFault(error)
        }
        let shown = page.metrics.prefix(Self.pageMax)
        let names = shown.map { series in
            MetricName(source: snapshot.source(of: series), metric: snapshot.field(of: series).metric)
        }
        return document(names, shown.count < page.metrics.count ? shown.last : page.last, tokens)
    }

    private var filter: MetricFilter {
        var filter = MetricFilter()
        filter.namespace = input["Namespace"]?.string
        filter.metric = input["MetricName"]?.string
        filter.dimensions = (input["Dimensions"]?.array ?? []).map {
            (name: $0["Name"]?.string ?? "", value: $0["Value"]?.string)
        }
        return filter
    }

    private func document(_ names: [MetricName], _ last: SeriesID?, _ tokens: PageTokens) -> JSONValue {
        let owners: JSONValue? =
            input["IncludeLinkedAccounts"]?.bool == true
            ? .array(names.map { _ in .string(context.scope.account) }) : nil
        return .object([
            "Metrics": .array(names.map(\.json)),
            "NextToken": last.map { .string(tokens.token("\($0.rawValue)", context)) },
            "OwningAccounts": owners,
        ])
    }
}

/// What the service lists: units and resolutions of a metric are one.
private struct MetricName {
    let namespace: String
    let metric: String
    /// Sorted.
    let dimensions: [Dimension]

    init(source: SourceKey, metric: String) {
        namespace = source.namespace
        dimensions = source.dimensions
        self.metric = metric
    }

    var json: JSONValue {
        .object([
            "Namespace": .string(namespace), "MetricName": .string(metric), "Dimensions": dimensions.json,
        ])
    }
}
