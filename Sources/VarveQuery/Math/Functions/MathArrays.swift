/// Functions that choose and order the members of an array.
enum MathArrays {
    /// The members from `start` up to `end`, as far as there are any. One that remains alone is a series.
    static func slice(_ members: [MathSeries], from start: Int, to end: Int?) -> MathValue {
        let end = min(end ?? members.count, members.count)
        guard start < end else { return .array([]) }
        return end - start == 1 ? .series(members[start]) : .array(Array(members[start..<end]))
    }

    /// By the aggregate of the points that there are; equal ones stay in order, those without points come last.
    static func sort(_ members: [MathSeries], by rank: MathWord, _ order: MathWord, limit: Int?) -> [MathSeries] {
        let ranks = members.map { self.rank($0, by: rank) }
        let sorted = members.indices.sorted { left, right in
            let (first, second) = (ranks[left], ranks[right])
            if first.isNaN || second.isNaN { return first.isNaN == second.isNaN ? left < right : second.isNaN }
            if first == second { return left < right }
            return (first < second) == (order == .ascending)
        }
        return sorted.prefix(limit ?? members.count).map { members[$0] }
    }

    /// NaN without points.
    private static func rank(_ series: MathSeries, by word: MathWord) -> Double {
        let points = series.points
        return switch word {
        case .minimum: points.min() ?? .nan
        case .maximum: points.max() ?? .nan
        case .average: MathAggregate.sum(of: series) / Double(points.count)
        default: MathAggregate.sum(of: series)
        }
    }
}
