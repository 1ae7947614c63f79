import VarveModel
import VarveStore

/// Series with data in the minutes that metric streams are at. Streams that ask for the same series of the same minute
/// share what is found; all of them together look at so many series in a step. On the monitoring thread only.
struct StreamSelections: Sendable {
    /// What is looked for.
    private struct Key: Equatable {
        var minuteNs: Int64
        var include: [MetricStreamDefinition.Filter]
        var exclude: [MetricStreamDefinition.Filter]

        init(_ task: StreamTask) {
            minuteNs = task.progress.minuteNs
            include = task.definition.includeFilters
            exclude = task.definition.excludeFilters
        }
    }

    private struct Selection {
        let key: Key
        /// Series that may have data, ascending: four bytes each.
        let candidates: [SeriesID]
        /// So many of them were looked at.
        var scannedCount = 0
        /// Those of them with data.
        var active: [SeriesID] = []
    }

    private var selections: [Selection] = []
    /// Series that may still be looked at in this step.
    private var seriesLeft = 0
    /// The stream that last looked for series: the next step begins behind it.
    private var lastName = ""
    /// Series that were looked at since the start.
    private(set) var scannedCount = 0

    /// Begins a step. What none of the running streams asks for any more is forgotten.
    mutating func begin(_ running: [StreamTask], seriesMax: Int) {
        seriesLeft = seriesMax
        guard !selections.isEmpty else { return }
        let keys = running.map { Key($0) }
        selections.removeAll { !keys.contains($0.key) }
    }

    /// The tasks, beginning behind the stream that last looked for series: one that catches up with two hours leaves
    /// the others their turns.
    func inTurn(_ tasks: [StreamTask]) -> [StreamTask] {
        let start = tasks.firstIndex { lastName.precedesByBytes($0.name) } ?? 0
        return Array(tasks[start...] + tasks[..<start])
    }

    /// Series with data in the minute of a task, ascending. nil: not all were looked at, and the step's share is used;
    /// the next step goes on.
    mutating func series(for task: StreamTask, _ reader: StreamReader) throws(StoreError) -> [SeriesID]? {
        guard let index = place(of: task, reader) else { return nil }
        let (candidates, first) = (selections[index].candidates, selections[index].scannedCount)
        if first == candidates.count { return selections[index].active }
        let end = min(candidates.count, first + max(0, seriesLeft))
        guard first < end else { return nil }
        lastName = task.name
        seriesLeft -= end - first
        scannedCount += end - first
        let active = try reader.active(Array(candidates[first..<end]), in: task.minute)
        selections[index].active += active
        selections[index].scannedCount = end
        return end == candidates.count ? selections[index].active : nil
    }

    /// Of the selection of a task, which begins here when there is none; nil when the step's share is used.
    private mutating func place(of task: StreamTask, _ reader: StreamReader) -> Int? {
        let key = Key(task)
        if let known = selections.firstIndex(where: { $0.key == key }) { return known }
        guard seriesLeft > 0 else { return nil }
        let selection = Selection(key: key, candidates: reader.candidates(of: task.definition, in: task.minute))
        // To list them costs less than to look at their rows, but not nothing.
        seriesLeft -= selection.candidates.count / 4
        selections.append(selection)
        return selections.count - 1
    }
}
