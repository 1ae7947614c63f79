/// What has to be accumulated per bucket besides the count.
struct AggregateNeeds: OptionSet {
    let rawValue: UInt8
    static let sum = AggregateNeeds(rawValue: 1)
    static let extremes = AggregateNeeds(rawValue: 2)
}

extension AggregateFunction {
    var needs: AggregateNeeds {
        switch self {
        case .average, .sum: .sum
        case .maximum, .minimum: .extremes
        case .count: []
        }
    }
}
