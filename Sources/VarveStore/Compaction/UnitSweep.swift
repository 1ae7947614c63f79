package import VarveModel

/// Where a unit stands among those whose rows may have equal times. By the end of its range: patches that are merged
/// then stay behind weeks that settled between them.
package struct UnitOrder: Comparable, Sendable {
    package var first: UInt64
    package var last: UInt64

    package init(first: UInt64, last: UInt64) {
        self.first = first
        self.last = last
    }

    package static func < (left: UnitOrder, right: UnitOrder) -> Bool {
        (left.last, left.first) < (right.last, right.first)
    }
}

/// Finds which units may become one without tearing the order of rows (Docs/Design/0002-no-sequence-column.md): any
/// other unit with rows of the same time stands before all of them or behind all of them, and so it does with the
/// result, whose place is that of the last of them with the first LSN of all.
///
/// Units of one order are parts of one flush, or of merges of them, and have no row of the same time, though the ranges
/// of a patch and of a window may overlap. A result must not get the order of another unit with common times: which of
/// their rows came first would be open.
///
/// Goes over all units once, in their order, so that thousands of small flushes cost thousands of steps and not their
/// square. Pure; one use, one thread.
package struct UnitSweep {
    /// A unit: to be merged, or another one that may stand between those.
    package struct Entry: Sendable {
        var order: UnitOrder
        /// Where its rows are, or more.
        var ranges: [TimeRange]
        var isMember: Bool

        package init(order: UnitOrder, ranges: [TimeRange], isMember: Bool) {
            self.order = order
            self.ranges = ranges
            self.isMember = isMember
        }
    }

    private let entries: [Entry]
    /// Ranges looked up or added so far, each O(log units): what the sweep cost, whatever the machine.
    package private(set) var stepCount = 0

    /// - Parameter entries: ascending by their order.
    package init(_ entries: [Entry]) { self.entries = entries }

    // MARK: All at once

    /// Whether all members may become one. O(n log n).
    package mutating func isConsecutive() -> Bool {
        let orders = entries.lazy.filter(\.isMember).map(\.order)
        let merged = UnitOrder(first: orders.map(\.first).min() ?? 0, last: orders.map(\.last).max() ?? 0)
        return !meetsOther(entries.indices) { !(merged < $0) }
            && !meetsOther(entries.indices.reversed()) { !($0 < merged) }
    }

    /// Whether some other entry for which `isAsked` holds has a time in common with a member that comes before it on
    /// this way through the entries.
    private mutating func meetsOther(
        _ indices: some Sequence<Int>, where isAsked: (UnitOrder) -> Bool
    ) -> Bool {
        var spans = TimeSpans()
        var order: UnitOrder?
        // Members of the order at hand: they do not come before others of the same one.
        var waiting: [TimeRange] = []
        for index in indices {
            let entry = entries[index]
            if order != entry.order {
                insert(waiting, into: &spans)
                waiting = []
                order = entry.order
            }
            if entry.isMember {
                waiting += entry.ranges
            } else if isAsked(entry.order), overlap(entry.ranges, spans) {
                return true
            }
        }
        return false
    }

    // MARK: In stretches

    /// Members that may become one, as far as the next ones go.
    private struct Stretch {
        var merged = UnitOrder(first: 0, last: 0)
        var covered = TimeSpans()
        /// Others that do not come before `merged`, and their times; those of its own order included.
        var passed: [Entry] = []
        var passedSpans = TimeSpans()
    }

    /// Cuts the members wherever merging across would tear the order of rows. Whether a result has the order of a
    /// member of another stretch is left to ``isConsecutive()``, which is to be asked before any of them is merged. O(n
    /// log n), but for units of one order (the windows of one flush), of which each that begins a stretch looks at all
    /// others.
    /// - Returns: positions of entries.
    package mutating func stretches() -> [[Int]] {
        var stretches: [[Int]] = []
        var open = Stretch()
        var start = 0
        while start < entries.count {
            let order = entries[start].order
            let end = start + entries[start...].prefix { $0.order == order }.count
            // Those of one order are all known before the first of them is added: the result may get it.
            let others = entries[start..<end].filter { !$0.isMember }
            pass(others, in: &open)
            for index in start..<end where entries[index].isMember {
                if !stretches.isEmpty, add(entries[index], to: &open) {
                    stretches[stretches.count - 1].append(index)
                    continue
                }
                // What was passed comes before the entry, and so before everything that follows it; but those of
                // the same order are not before the result while its first LSN is this one's.
                open = Stretch(merged: order)
                pass(others, in: &open)
                insert(entries[index].ranges, into: &open.covered)
                stretches.append([index])
            }
            start = end
        }
        return stretches
    }

    private mutating func pass(_ others: [Entry], in stretch: inout Stretch) {
        stretch.passed += others
        for other in others { insert(other.ranges, into: &stretch.passedSpans) }
    }

    /// Whether the entry, which comes after those of the stretch, may be one with them.
    private mutating func add(_ entry: Entry, to stretch: inout Stretch) -> Bool {
        if entry.order.last != stretch.merged.last {
            let merged = UnitOrder(
                first: min(stretch.merged.first, entry.order.first), last: entry.order.last)
            // These come before the result now, or where it does. Members that they are behind must not have their
            // times.
            for other in stretch.passed where !(merged < other.order) {
                if overlap(other.ranges, stretch.covered) { return false }
            }
            stretch.passed.removeAll { $0.order < merged }
            stretch.passedSpans = TimeSpans()
            for other in stretch.passed { insert(other.ranges, into: &stretch.passedSpans) }
            stretch.merged = merged
        }
        // These come before the entry, but behind the result.
        if overlap(entry.ranges, stretch.passedSpans) { return false }
        insert(entry.ranges, into: &stretch.covered)
        return true
    }

    private mutating func insert(_ ranges: [TimeRange], into spans: inout TimeSpans) {
        stepCount += ranges.count
        for range in ranges { spans.insert(range) }
    }

    private mutating func overlap(_ ranges: [TimeRange], _ spans: TimeSpans) -> Bool {
        stepCount += ranges.count
        return ranges.contains { spans.overlaps($0) }
    }
}

/// A set of times: ranges, ascending and apart from each other.
private struct TimeSpans {
    private var spans: [TimeRange] = []

    /// O(log spans), and what moves when a range is new. Windows repeat, so most are there already.
    mutating func insert(_ range: TimeRange) {
        let low = spans.partitioningIndex { $0.end >= range.start }
        let high = spans.partitioningIndex { $0.start > range.end }
        guard low < high else { return spans.insert(range, at: low) }
        let whole = TimeRange(
            start: min(range.start, spans[low].start), end: max(range.end, spans[high - 1].end))
        if high - low > 1 || spans[low] != whole { spans.replaceSubrange(low..<high, with: [whole]) }
    }

    /// O(log spans).
    func overlaps(_ range: TimeRange) -> Bool {
        let next = spans.partitioningIndex { $0.end > range.start }
        return next < spans.count && spans[next].start < range.end
    }
}
