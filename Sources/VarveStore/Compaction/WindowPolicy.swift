import VarveModel

/// Which window a row belongs to. Windows are aligned to the epoch: 2 hours, a day, a week.
///
/// The last day is cut into 2-hour windows, so that flushes of live data touch one or two files' worth of time. Older
/// rows go to the day while their week may still grow, and to the week once it is settled, so that a backfill of 15
/// months makes 65 windows and not 5 460.
struct WindowPolicy {
    static let recentNs = Nanoseconds.perDay
    /// By level.
    static let levelWidths: [Int64] = [2 * Nanoseconds.perHour, Nanoseconds.perDay, Nanoseconds.perWeek]
    /// How long after its end a day is merged into one file: late rows of a busy source have arrived by then.
    static let daySettlesNs = 2 * Nanoseconds.perHour
    /// The same for a week: as long as rows go to 2-hour windows, so that none of a settled week does.
    static let weekSettlesNs = recentNs

    let nowNs: Int64

    struct Window: Hashable {
        var level: UInt8
        var range: TimeRange
    }

    func window(of timestamp: Int64) -> Window {
        let level = level(of: timestamp)
        return Window(level: level, range: Self.range(of: timestamp, level: level))
    }

    /// Whether a day or week ended long enough ago to be merged into one file.
    func isSettled(_ range: TimeRange, level: UInt8) -> Bool {
        let (settled, isLate) = range.end.addingReportingOverflow(level == 1 ? Self.daySettlesNs : Self.weekSettlesNs)
        return !isLate && settled <= nowNs
    }

    private func level(of timestamp: Int64) -> UInt8 {
        let (recent, isEarly) = nowNs.subtractingReportingOverflow(Self.recentNs)
        if isEarly || timestamp >= recent { return 0 }
        return isSettled(Self.range(of: timestamp, level: 2), level: 2) ? 2 : 1
    }

    /// The window of a level that holds an instant.
    static func range(of timestamp: Int64, level: UInt8) -> TimeRange {
        let width = levelWidths[Int(level)]
        // Commits are checked, but a log may hold any time: windows end where numbers do.
        let (start, isBelow) = timestamp.subtractingReportingOverflow(((timestamp % width) + width) % width)
        let first = isBelow ? Int64.min : start
        let (end, isAbove) = first.addingReportingOverflow(width)
        return TimeRange(start: first, end: isAbove ? .max : end)
    }
}

extension WindowPolicy {
    /// What a slice of fewer bytes costs as a file of its own – superblock, footer, an entry in every manifest, a look
    /// for every query – is out of proportion.
    static let smallByteCount = 64 << 10
    /// Rows of more settled weeks than this come from a backfill that jumps about in time …
    static let scatteredWeeks = 8
    /// … and are collected until a week's share is this large.
    static let scatteredByteCount = 4 << 20

    /// Puts small slices together: those of settled weeks into one multi-window patch, those of one day into one slice
    /// for the day. So a flush makes few files however late its rows are.
    /// - Parameter slices: one per window, ascending.
    func coarsened(_ slices: [FlushSlice]) -> [FlushSlice] {
        let weeks = slices.count { $0.window.level == 2 }
        let patchBytes = weeks > Self.scatteredWeeks ? Self.scatteredByteCount : Self.smallByteCount
        let late = slices.filter { $0.window.level == 2 && $0.estimatedBytes < patchBytes }
        let small = slices.filter { $0.window.level == 0 && $0.estimatedBytes < Self.smallByteCount }
        let days = Dictionary(grouping: small) { Self.range(of: $0.window.range.start, level: 1) }
            .filter { $0.value.count > 1 }
        var result = slices.filter { slice in
            switch slice.window.level {
            case 2: slice.estimatedBytes >= patchBytes
            case 0:
                slice.estimatedBytes >= Self.smallByteCount
                    || days[Self.range(of: slice.window.range.start, level: 1)] == nil
            default: true
            }
        }
        for (day, parts) in days { result.append(.joined(parts, window: Window(level: 1, range: day))) }
        result = Self.joiningEqualWindows(result)
        if let first = late.first, let last = late.last {
            let range = TimeRange(start: first.window.range.start, end: last.window.range.end)
            result.append(.joined(late, window: Window(level: 2, range: range), isMultiWindow: true))
        }
        return result.sorted { ($0.window.range.start, $0.window.level) < ($1.window.range.start, $1.window.level) }
    }

    /// A day may have come from late rows and from small slices.
    private static func joiningEqualWindows(_ slices: [FlushSlice]) -> [FlushSlice] {
        Dictionary(grouping: slices, by: \.window).map { window, slices in
            slices.count == 1
                ? slices[0] : .joined(slices.sorted { $0.firstTimestamp < $1.firstTimestamp }, window: window)
        }
    }
}

extension FlushSlice {
    /// One slice with the rows of several, which are ascending in time and do not overlap.
    fileprivate static func joined(
        _ slices: [FlushSlice], window: WindowPolicy.Window, isMultiWindow: Bool = false
    ) -> FlushSlice {
        let runs = slices.flatMap(\.runs)
        return FlushSlice(
            window: window, runs: isMultiWindow ? runs : joined(runs),
            estimatedBytes: slices.reduce(0) { $0 + $1.estimatedBytes }, firstTimestamp: slices[0].firstTimestamp,
            isMultiWindow: isMultiWindow)
    }

    /// Runs of one owner that follow each other become one, so that they share blocks. In a patch they must not:
    /// its blocks lie inside one week each.
    private static func joined(_ runs: [FlushSlice.Run]) -> [FlushSlice.Run] {
        var result: [FlushSlice.Run] = []
        // Rows stand by owner, then by time.
        for run in runs.sorted(by: { $0.positions.lowerBound < $1.positions.lowerBound }) {
            if let last = result.last, last.owner == run.owner, last.positions.upperBound == run.positions.lowerBound {
                result[result.count - 1].positions = last.positions.lowerBound..<run.positions.upperBound
            } else {
                result.append(run)
            }
        }
        return result
    }
}
