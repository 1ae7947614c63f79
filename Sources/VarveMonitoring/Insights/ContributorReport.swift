import VarveModel

/// What is counted, period by period. A state machine: takes contributions whose periods ascend, keeps no events.
///
/// Memory: two tables of `contributorsMax` contributors, and what ``points`` has of each period.
struct ContributorReport {
    /// By what contributors are the largest.
    enum Order: String, CaseIterable, Sendable {
        case sum = "Sum"
        /// The largest value of a period.
        case maximum = "Maximum"
    }

    /// One period in which there were contributions.
    struct Point: Equatable {
        var slot: Int
        var uniqueContributors: Double
        /// Of the largest contributor in the period.
        var maxContributorValue: Double
        /// Of single contributions.
        var sampleCount: Double
        var sum: Double
        var minimum: Double
        var maximum: Double
    }

    private let order: Order
    private let contributorsMax: Int
    /// The period that has begun.
    private var slot: Int?
    private var point = Point.empty
    private var period: ContributorCounter
    private var periodKeys = DistinctCount()
    private var all: ContributorCounter
    private var allKeys = DistinctCount()
    /// Of all periods that are over.
    private(set) var points: [Point] = []
    /// All contributions together.
    private(set) var total = 0.0
    /// Whether there were never too many contributors: then everything is exact.
    private(set) var isExact = true

    /// - Parameter contributorsMax: beyond it contributors are found by an approximation, and counted by another.
    init(order: Order, contributorsMax: Int) {
        self.order = order
        self.contributorsMax = contributorsMax
        period = ContributorCounter(countMax: contributorsMax)
        all = ContributorCounter(countMax: contributorsMax)
    }

    /// - Parameter slot: number of the period, none before that of the call before.
    mutating func add(_ contribution: Contribution, slot: Int) {
        precondition(slot >= self.slot ?? slot, "periods ascend")
        if self.slot != slot { endPeriod() }
        self.slot = slot
        let value = contribution.value
        point.slot = slot
        point.sampleCount += 1
        point.sum += value
        point.minimum = min(point.minimum, value)
        point.maximum = max(point.maximum, value)
        total += value
        period.add(contribution.key, value)
        periodKeys.add(contribution.key)
        allKeys.add(contribution.key)
    }

    /// There is no more. O(contributors of the last period).
    mutating func finish() { endPeriod() }

    private mutating func endPeriod() {
        guard slot != nil else { return }
        for entry in period.entries {
            switch order {
            case .sum: all.add(entry.key, entry.value)
            case .maximum: all.raise(entry.key, to: entry.value)
            }
        }
        point.uniqueContributors = Self.count(period, periodKeys)
        point.maxContributorValue = period.entries.map(\.value).max() ?? 0
        points.append(point)
        isExact = isExact && period.isExact && all.isExact
        period = ContributorCounter(countMax: contributorsMax)
        periodKeys = DistinctCount()
        (slot, point) = (nil, .empty)
    }

    private static func count(_ table: ContributorCounter, _ keys: DistinctCount) -> Double {
        table.isExact ? Double(table.entries.count) : max(keys.estimate.rounded(), Double(table.entries.count))
    }

    /// Different contributors of all periods. After ``finish()``.
    var uniqueCount: Double { isExact ? Self.count(all, allKeys) : max(allKeys.estimate.rounded(), 0) }

    /// Those with the largest values; when there were too many, those that may have them.
    func largest(_ count: Int) -> [ContributorKey] { all.largest(count).map(\.key) }
}

extension ContributorReport.Point {
    fileprivate static let empty = ContributorReport.Point(
        slot: 0, uniqueContributors: 0, maxContributorValue: 0, sampleCount: 0, sum: 0, minimum: .infinity,
        maximum: -.infinity)
}

/// The exact values of a few contributors, period by period; takes the same contributions a second time.
struct ContributorPoints {
    struct Line {
        var key: ContributorKey
        var sum = 0.0
        /// Periods with contributions, ascending.
        var points: [(slot: Int, value: Double)] = []

        /// What it is ranked by.
        func rank(_ order: ContributorReport.Order) -> Double {
            switch order {
            case .sum: sum
            case .maximum: points.map(\.value).max() ?? 0
            }
        }
    }

    private var lines: [Line]
    private let places: [ContributorKey: Int]

    init(_ keys: [ContributorKey]) {
        lines = keys.map { Line(key: $0) }
        places = Dictionary(uniqueKeysWithValues: zip(keys, keys.indices))
    }

    mutating func add(_ contribution: Contribution, slot: Int) {
        guard let place = places[contribution.key] else { return }
        lines[place].sum += contribution.value
        if let last = lines[place].points.last, last.slot == slot {
            lines[place].points[lines[place].points.count - 1].value += contribution.value
        } else {
            lines[place].points.append((slot, contribution.value))
        }
    }

    /// The largest, largest first; of equal ones the first key.
    func largest(_ count: Int, _ order: ContributorReport.Order) -> [Line] {
        let ranked = lines.map { (line: $0, rank: $0.rank(order)) }.sorted { left, right in
            left.rank == right.rank ? left.line.key < right.line.key : left.rank > right.rank
        }
        return ranked.prefix(count).map(\.line)
    }
}
