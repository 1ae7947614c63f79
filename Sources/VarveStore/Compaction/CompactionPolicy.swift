package import VarveBytes
import VarveModel

/// A live segment as the policy sees it.
package struct CompactionCandidate: Sendable {
    package var summary: SegmentSummary
    /// Starts of the weeks with rows; only of multi-window segments.
    package var weeks: [Int64]
    /// Whether the slower encoders have seen every block.
    package var isThorough: Bool

    package init(summary: SegmentSummary, weeks: [Int64] = [], isThorough: Bool = true) {
        self.summary = summary
        self.weeks = weeks
        self.isThorough = isThorough
    }
}

/// Decides what to merge next: summaries and the time in, at most one plan out. Pure, so that 15 months pass in a
/// second of test time (Docs/Design/0004-compaction.md has the rules and what they cost).
///
/// A *unit* is what one flush or merge wrote for one window: one segment, or several that were split by series. Units
/// of a window are merged when newer ones together are large enough in proportion to the next older one: then every row
/// is written a logarithmic number of times however many flushes there are.
package struct CompactionPolicy: Sendable {
    /// Units of a day before some of them are merged although the day goes on. Each such merge makes a unit about this
    /// many times as large: 5 000 flushes of a day are written four times more. Eight would write every byte 0.7 times
    /// more often at 50 000 values/s, twelve would keep 13 more files at 500 000.
    static let tierUnitsMin = 9
    /// After the end of a day with many units; one with few waits until it has settled.
    static let dayPauseNs = Nanoseconds.perHour / 2
    /// Patches, or units that came late to a day or week that was merged already.
    static let lateUnitsMin = 4
    /// Patches that cannot be merged with each other before they are folded whatever that costs: what the 100 segments
    /// of 455 days leave room for.
    static let patchesMax = 12
    /// Age after which late rows are merged although they are few units, if they are not too few bytes.
    static let lateAgeNs = Nanoseconds.perDay
    /// A late unit is worth rewriting what is there when that is at most this many times as large.
    static let lateProportion = 10
    /// Smaller units count as this large: what is saved by merging them is a file, not bytes.
    static let unitBytesMin = 64 << 10

    private let nowNs: Int64
    private let freeBytes: Int
    private let oldestNs: Int64
    private let excluded: Set<UUID16>

    /// - Parameters:
    ///   - freeBytes: that outputs may take; the bytes of inputs come back only afterwards.
    ///   - oldestNs: what is kept begins here. Of states before it only the newest of each series count.
    ///   - excluded: segments that were found damaged. They stay as they are, and what is on both sides of them stays
    ///     apart.
    package init(nowNs: Int64, freeBytes: Int, oldestNs: Int64 = .min, excluded: Set<UUID16> = []) {
        self.nowNs = nowNs
        self.freeBytes = freeBytes
        self.oldestNs = oldestNs
        self.excluded = excluded
    }

    private var windows: WindowPolicy { WindowPolicy(nowNs: nowNs) }

    /// The most urgent merge, or nil when none is due.
    package func decide(_ candidates: [CompactionCandidate]) -> CompactionPlan? {
        for kind in SegmentKind.allCases {
            let own = candidates.filter { $0.summary.identity.kind == kind }
            let old = kind.isState ? own.filter { $0.summary.lastTimestamp < oldestNs } : []
            let oldUUIDs = Set(old.map(\.summary.identity.uuid))
            let set = UnitSet(own, excluded: excluded.union(oldUUIDs))
            // Short and urgent ones first: while a week is merged, flushes pile up.
            let rules = [tiers, settledWeek, patches, lateWeek, day, hastyWeek]
            for rule in rules {
                if let plan = rule(set), plan.neededBytes <= freeBytes { return plan }
            }
            let others = Set(own.map(\.summary.identity.uuid)).subtracting(oldUUIDs)
            let plan = old.count > 1 ? replacedStates(UnitSet(own, excluded: excluded.union(others))) : nil
            if let plan, plan.neededBytes <= freeBytes { return plan }
        }
        return nil
    }

    // MARK: Rules

    /// States that were replaced, or not, before all that is kept: one multi-window unit has the newest of each series.
    /// It is merged with what follows it as patches are merged with each other, so that it is not written anew each
    /// week when it is large.
    private func replacedStates(_ old: UnitSet) -> CompactionPlan? {
        for stretch in old.stretches(old.units) {
            guard let grown = Self.grown(stretch, of: old, weight: Self.lateProportion, countMin: 2) else { continue }
            let ranges = grown.map(\.window).flatMap { [$0.start, $0.end - 1] }
                .map { WindowPolicy.range(of: $0, level: 2) }
            let range = TimeRange(start: ranges.map(\.start).min() ?? 0, end: ranges.map(\.end).max() ?? 0)
            return plan(grown, .newest(range))
        }
        return nil
    }

    /// A week that has settled becomes one weekly unit.
    private func settledWeek(_ set: UnitSet) -> CompactionPlan? {
        for (week, units) in set.windowed(level: 2)
        where windows.isSettled(week, level: 2) && units.contains(where: { $0.level < 2 }) {
            for stretch in set.stretches(units) where stretch.contains(where: { $0.level < 2 }) {
                return plan(stretch, .window(level: 2, range: week))
            }
        }
        return nil
    }

    /// Patches are folded into their weeks once they are as large as these, or old and not too small for them. Until
    /// then they are merged with each other: a week is not rewritten for a handful of rows.
    private func patches(_ set: UnitSet) -> CompactionPlan? {
        let patches = set.patches
        guard let oldest = patches.map(\.createdNs).min() else { return nil }
        let isOld = nowNs - oldest >= Self.lateAgeNs
        guard isOld || patches.count >= Self.lateUnitsMin else { return nil }
        let weeks = Set(patches.flatMap(\.ranges)).sorted { $0.start < $1.start }
        let touched = set.units.filter { unit in !unit.isPatch && weeks.contains { unit.overlaps($0) } }
        let patchBytes = patches.reduce(0) { $0 + $1.byteCount }
        let weekBytes = touched.reduce(0) { $0 + $1.byteCount }
        let fold = plan(
            (patches + touched).sorted { $0.order < $1.order }, .weeks(weeks))
        let isFoldable = set.isConsecutive(patches + touched) && fold.neededBytes <= freeBytes
        let isWorthIt = patchBytes >= weekBytes || isOld && patchBytes * Self.lateProportion >= weekBytes
        if isFoldable, isWorthIt { return fold }
        for stretch in set.stretches(patches) {
            guard let grown = Self.grown(stretch, of: set, weight: 1, countMin: Self.lateUnitsMin) else { continue }
            let ranges = grown.flatMap(\.ranges).sorted { $0.start < $1.start }
            return plan(grown, .patch(TimeRange(start: ranges[0].start, end: ranges[ranges.count - 1].end)))
        }
        // What stands between patches keeps them apart.
        return patches.count > Self.patchesMax && isFoldable ? fold : nil
    }

    /// Weekly units of the same week: large late flushes.
    private func lateWeek(_ set: UnitSet) -> CompactionPlan? {
        for (week, units) in set.windowed(level: 2) where units.count > 1 && windows.isSettled(week, level: 2) {
            for stretch in set.stretches(units) {
                let isOld = stretch.allSatisfy { nowNs - $0.createdNs >= Self.lateAgeNs }
                let grown =
                    isOld
                    ? Self.grown(stretch, of: set, weight: Self.lateProportion, countMin: 2)
                    : Self.grown(stretch, of: set, weight: 2, countMin: Self.lateUnitsMin)
                if let grown { return plan(grown, .window(level: 2, range: week)) }
            }
        }
        return nil
    }

    /// A day that has settled becomes one daily unit; with many units, soon after its end.
    private func day(_ set: UnitSet) -> CompactionPlan? {
        for (day, units) in set.windowed(level: 1) where units.count > 1 {
            let isOver = units.count >= Self.tierUnitsMin && nowNs >= day.end + Self.dayPauseNs
            guard isOver || windows.isSettled(day, level: 1) else { continue }
            // The tiers of a day that has just ended become one whatever their sizes.
            let isFirst = units.allSatisfy { $0.createdNs < day.end + Self.dayPauseNs }
            let weight = isFirst ? Self.lateProportion * Self.tierUnitsMin : 2
            for stretch in set.stretches(units) {
                guard let grown = Self.grown(stretch, of: set, weight: weight, countMin: 2) else { continue }
                // What comes late to a merged day waits for company.
                let isWhole = grown.count == stretch.count
                guard isWhole || grown.count >= Self.lateUnitsMin else { continue }
                return plan(grown, .window(level: 1, range: day))
            }
        }
        return nil
    }

    /// Many flushes in a day that goes on: merged in tiers, each unit about as many times as large as the next.
    private func tiers(_ set: UnitSet) -> CompactionPlan? {
        for (day, units) in set.windowed(level: 1) where units.count >= Self.tierUnitsMin {
            for stretch in set.stretches(units) {
                let grown = Self.grown(
                    stretch, of: set, fraction: Self.tierUnitsMin - 1, countMin: Self.tierUnitsMin)
                guard let grown else { continue }
                let window = grown[0].window
                let isOneWindow = grown.allSatisfy { $0.level == 0 && $0.window == window }
                return plan(grown, isOneWindow ? .window(level: 0, range: window) : .window(level: 1, range: day))
            }
        }
        return nil
    }

    /// What a flush wrote straight to a settled week, and nothing was merged with for a day: written once more, with
    /// the slower encoders.
    private func hastyWeek(_ set: UnitSet) -> CompactionPlan? {
        func isDue(_ unit: Unit) -> Bool { !unit.isThorough && nowNs - unit.createdNs >= Self.lateAgeNs }
        guard set.units.contains(where: isDue) else { return nil }
        for (week, units) in set.windowed(level: 2) where windows.isSettled(week, level: 2) {
            for unit in units where isDue(unit) {
                return plan([unit], .window(level: 2, range: week))
            }
        }
        return nil
    }

    // MARK: Proportions

    /// The longest run up to the newest unit whose oldest unit is at most `weight` times as large as the others.
    private static func grown(_ units: [Unit], of set: UnitSet, weight: Int, countMin: Int) -> [Unit]? {
        grown(units, of: set, countMin: countMin) { oldest, newer in oldest <= weight * newer }
    }

    /// The same with the others at least `fraction` times as large as the oldest.
    private static func grown(_ units: [Unit], of set: UnitSet, fraction: Int, countMin: Int) -> [Unit]? {
        grown(units, of: set, countMin: countMin) { oldest, newer in fraction * oldest <= newer }
    }

    /// A part of what may be merged is asked for by itself: its result has another first LSN, and so perhaps another
    /// place among patches.
    private static func grown(
        _ units: [Unit], of set: UnitSet, countMin: Int, isWorthIt: (Int, Int) -> Bool
    ) -> [Unit]? {
        var newer = units.reduce(0) { $0 + $1.weightBytes }
        for (index, unit) in units.enumerated() where units.count - index >= countMin {
            newer -= unit.weightBytes
            guard isWorthIt(unit.weightBytes, newer) else { continue }
            let grown = Array(units[index...])
            if index == 0 || set.isConsecutive(grown) { return grown }
        }
        return nil
    }

    private func plan(_ units: [Unit], _ target: CompactionPlan.Target) -> CompactionPlan {
        CompactionPlan(
            inputs: units.flatMap { $0.members.map(\.identity.uuid) }, target: target,
            byteCount: units.reduce(0) { $0 + $1.byteCount })
    }
}

/// What one flush or merge wrote for one window.
private struct Unit {
    var members: [SegmentSummary]
    /// Where rows are: the window, or the weeks of a patch.
    var ranges: [TimeRange]
    var isExcluded: Bool
    var isThorough: Bool

    private var identity: SegmentIdentity { members[0].identity }
    var level: UInt8 { identity.level }
    var window: TimeRange { identity.window }
    var isPatch: Bool { identity.isMultiWindow }
    var lsnFirst: UInt64 { identity.lsnFirst }
    var lsnLast: UInt64 { identity.lsnLast }
    var createdNs: Int64 { members.reduce(.min) { max($0, $1.identity.createdNs) } }
    var byteCount: Int { members.reduce(0) { $0 + $1.byteCount } }
    var weightBytes: Int { max(byteCount, CompactionPolicy.unitBytesMin) }

    var order: UnitOrder { UnitOrder(first: lsnFirst, last: lsnLast) }

    func overlaps(_ range: TimeRange) -> Bool { ranges.contains { $0.start < range.end && range.start < $0.end } }
}

/// The units of one kind, in the order of their LSN ranges.
private struct UnitSet {
    private struct Key: Hashable {
        var window: TimeRange
        var level: UInt8
        var isMultiWindow: Bool
        var lsnFirst: UInt64
        var lsnLast: UInt64
    }

    private let all: [Unit]
    /// Those that may be merged.
    var units: [Unit] { all.filter { !$0.isExcluded } }
    var patches: [Unit] { all.filter { $0.isPatch && !$0.isExcluded } }

    init(_ candidates: [CompactionCandidate], excluded: Set<UUID16>) {
        let groups = Dictionary(grouping: candidates) { candidate in
            let identity = candidate.summary.identity
            return Key(
                window: identity.window, level: identity.level, isMultiWindow: identity.isMultiWindow,
                lsnFirst: identity.lsnFirst, lsnLast: identity.lsnLast)
        }
        all = groups.map { key, candidates in
            let weeks = Set(candidates.flatMap(\.weeks)).sorted()
            return Unit(
                members: candidates.map(\.summary),
                ranges: key.isMultiWindow ? weeks.map { WindowPolicy.range(of: $0, level: 2) } : [key.window],
                isExcluded: candidates.contains { excluded.contains($0.summary.identity.uuid) },
                isThorough: candidates.allSatisfy(\.isThorough))
        }.sorted { ($0.order, $0.window.start) < ($1.order, $1.window.start) }
    }

    /// The windows of a level that have units which lie inside them, earliest first. Patches are left out.
    func windowed(level: UInt8) -> [(window: TimeRange, units: [Unit])] {
        let inside = all.filter { !$0.isPatch && !$0.isExcluded && $0.level <= level }
        return Dictionary(grouping: inside) { WindowPolicy.range(of: $0.window.start, level: level) }
            .map { (window: $0.key, units: $0.value) }
            .sorted { $0.window.start < $1.window.start }
    }

    /// Cuts units wherever merging across would tear the order of rows.
    /// - Parameter units: some of these, in their order.
    func stretches(_ units: [Unit]) -> [[Unit]] {
        let (all, entries) = entries(members: units)
        var sweep = UnitSweep(entries)
        return sweep.stretches().map { $0.map { all[$0] } }
    }

    /// Whether the order of rows survives a merge of `units`.
    func isConsecutive(_ units: [Unit]) -> Bool {
        var sweep = UnitSweep(entries(members: units).entries)
        return sweep.isConsecutive()
    }

    /// These units and those with times near theirs.
    private func entries(members: [Unit]) -> (units: [Unit], entries: [UnitSweep.Entry]) {
        let own = Set(members.map { $0.members[0].identity.uuid })
        let start = members.flatMap(\.ranges).map(\.start).min() ?? 0
        let end = members.flatMap(\.ranges).map(\.end).max() ?? 0
        let range = TimeRange(start: start, end: end)
        let near = all.filter { own.contains($0.members[0].identity.uuid) || $0.overlaps(range) }
        let entries = near.map { unit in
            UnitSweep.Entry(
                order: unit.order, ranges: unit.ranges, isMember: own.contains(unit.members[0].identity.uuid))
        }
        return (near, entries)
    }
}
