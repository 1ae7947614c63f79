/// Running means of the value over growing spans, and of its absolute change.
struct Levels: Equatable {
    /// Means by span, and beside each the mean absolute change from point to point over the same span.
    private(set) var means: [Double]
    private(set) var changes: [Double]
    private(set) var previous: Double

    init(first value: Double) {
        means = [Double](repeating: value, count: AnomalyTuning.spans.count)
        changes = [Double](repeating: 0, count: AnomalyTuning.spans.count)
        previous = value
    }

    /// As stored; both lists have one entry a span.
    init(means: [Double], changes: [Double], previous: Double) {
        self.means = means
        self.changes = changes
        self.previous = previous
    }

    /// - Parameter point: how many points came before, at least 1.
    mutating func learn(_ value: Double, point: UInt32) {
        let change = abs(value - previous)
        for (index, span) in AnomalyTuning.spans.enumerated() {
            means[index] += (value - means[index]) / span
            // Plain average until the span is full, so that the first change is not forgotten slowly.
            changes[index] += (change - changes[index]) / min(span, Double(point))
        }
        previous = value
    }
}
