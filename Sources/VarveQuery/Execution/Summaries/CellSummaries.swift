import VarveCodec
import VarveStore

/// What the rows that stand for several samples add to the cells of a table. Few cells have such rows, if any; extremes
/// and sums of theirs go to the table itself.
struct CellSummaries {
    /// Of one cell.
    struct Cell {
        /// Exact, so that it does not depend on the order of rows.
        fileprivate(set) var weight = ExactSum()
        /// Only where the samples themselves are asked for; so are the sets.
        fileprivate(set) var values: [(value: Double, weight: Double)] = []
        fileprivate(set) var sets: [StatisticSet] = []
    }

    private var cells: [Int: Cell] = [:]
    /// Values and sets held.
    private(set) var heldCount = 0

    subscript(cell: Int) -> Cell? { cells.isEmpty ? nil : cells[cell] }

    func has(_ cell: Int) -> Bool { self[cell] != nil }

    /// Weight of the samples of a cell that came in such rows.
    func weight(of cell: Int) -> Double { self[cell]?.weight.value ?? 0 }

    fileprivate mutating func add(_ value: Double, weight: Double, to cell: Int, holds: Bool) {
        cells[cell, default: Cell()].weight.add(weight)
        guard holds, weight > 0 else { return }
        cells[cell]?.values.append((value, weight))
        heldCount += 1
    }

    fileprivate mutating func add(_ set: StatisticSet, to cell: Int, holds: Bool) {
        cells[cell, default: Cell()].weight.add(set.sampleCount)
        guard holds else { return }
        cells[cell]?.sets.append(set)
        heldCount += 1
    }
}

extension CellTable {
    /// Adds `weight` samples of `value`. A weight of 0 widens the extremes only; a value or weight that is not finite,
    /// or a negative weight, is left out.
    mutating func add(_ value: Double, weight: Double, to cell: Int, needs: AggregateNeeds) {
        guard value.isFinite, weight.isFinite, weight >= 0 else { return }
        include(minimum: value, maximum: value, sum: value * weight, to: cell, needs: needs)
        summaries.add(value, weight: weight, to: cell, holds: needs.contains(.values))
    }

    /// Adds the samples of a set; one with figures that are not finite, or without samples, is left out.
    mutating func add(_ set: StatisticSet, to cell: Int, needs: AggregateNeeds) {
        guard set.isUsable else { return }
        include(minimum: set.minimum, maximum: set.maximum, sum: set.sum, to: cell, needs: needs)
        summaries.add(set, to: cell, holds: needs.contains(.values))
    }

    /// All samples of a cell for statistics that need the distribution; nil where `samples`, the single ones, are
    /// enough.
    func distribution(
        of cell: Int, _ samples: OrderedValues, _ path: StatisticPath
    ) -> StatisticAccumulator? {
        let more = summaries[cell]
        if path == .exact, more == nil { return nil }
        var accumulator = StatisticAccumulator(
            for: CollectionOfOne(Statistic.interquartileMean), path: path, valuesMax: .max)
        samples.all.withUnsafeBufferPointer { accumulator.add($0) }
        // In an order of their own, so that no bit depends on where the rows lie.
        let values = (more?.values ?? []).sorted { ($0.value, $0.weight) < ($1.value, $1.weight) }
        for (value, weight) in values { accumulator.add(value, weight: weight) }
        for set in (more?.sets ?? []).sorted(by: StatisticSet.precedes) { accumulator.add(set) }
        if let extremes = extremes(of: cell) { accumulator.include(extremes) }
        return accumulator
    }
}

extension StatisticSet {
    /// Whether all figures are finite, and there are samples.
    fileprivate var isUsable: Bool {
        [sampleCount, sum, minimum, maximum].allSatisfy(\.isFinite) && sampleCount > 0
    }

    fileprivate static func precedes(_ left: StatisticSet, _ right: StatisticSet) -> Bool {
        (left.sampleCount, left.sum, left.minimum, left.maximum)
            < (right.sampleCount, right.sum, right.minimum, right.maximum)
    }
}

extension ChunkAggregator {
    /// Adds those of the rows that lie in the grid; `slot` is their row in the table.
    mutating func add(_ rows: SummaryRows, slot: Int, needs: AggregateNeeds) {
        for (row, time) in rows.timestamps.enumerated() where time >= grid.start && time < grid.end {
            let cell = slot * grid.count + grid.index(of: time)
            switch rows.content {
            case .weighted(let values, let weights):
                table.add(values[row], weight: weights[row], to: cell, needs: needs)
                if weights[row] > 0 { addLast(values[row], at: time, to: cell, needs: needs) }
            case .sets(let counts, let sums, let minima, let maxima):
                let set = StatisticSet(
                    sampleCount: counts[row], sum: sums[row], minimum: minima[row], maximum: maxima[row])
                table.add(set, to: cell, needs: needs)
                // A set of different samples does not say which was the last.
                if let value = set.onlyValue { addLast(value, at: time, to: cell, needs: needs) }
            }
        }
    }

    private mutating func addLast(_ value: Double, at time: Int64, to cell: Int, needs: AggregateNeeds) {
        if needs.contains(.last), value.isFinite { table.addLast(time: time, value: value, to: cell) }
    }
}
