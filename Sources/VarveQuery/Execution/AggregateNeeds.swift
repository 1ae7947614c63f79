/// What has to be accumulated per bucket.
struct AggregateNeeds: OptionSet {
    let rawValue: UInt8
    /// Always accumulated where rows are added at all.
    static let count = AggregateNeeds(rawValue: 1)
    static let sum = AggregateNeeds(rawValue: 2)
    static let extremes = AggregateNeeds(rawValue: 4)
    /// The latest sample.
    static let last = AggregateNeeds(rawValue: 8)
    /// The samples themselves.
    static let values = AggregateNeeds(rawValue: 16)

    /// Whether sums over rows are not enough.
    var areOfRows: Bool { !isDisjoint(with: [.last, .values]) }
}

extension AggregateFunction {
    var needs: AggregateNeeds {
        switch self {
        case .average, .sum: .sum
        case .maximum, .minimum: .extremes
        case .count: .count
        case .last: .last
        case .extended: .values
        }
    }
}
