package import Varve
import VarveLine
package import VarveModel
import VarveQuery
import VarveStore

/// `varve export`: stored rows as line protocol, series by series, in the order of their time.
package struct ExportCommand {
    /// nil for all.
    package var namespace: String?
    package var range: TimeRange

    package init(namespace: String?, range: TimeRange) {
        self.namespace = namespace
        self.range = range
    }

    /// Reads the bounds as SINCE and UNTIL are written: a duration back from now, or a time.
    package static func range(since: String?, until: String?, nowNs: Int64) throws(Problem) -> TimeRange {
        let start = try since.map { (text) throws(Problem) in try instant(text, "--since", nowNs) } ?? .min
        let end = try until.map { (text) throws(Problem) in try instant(text, "--until", nowNs) } ?? .max
        guard start <= end else {
            throw Problem(.usage, "export", "--since lies after --until", advice: "exchange them")
        }
        return TimeRange(start: start, end: end)
    }

    private static func instant(_ text: String, _ option: String, _ nowNs: Int64) throws(Problem) -> Int64 {
        if let durationNs = DurationText.parse(text) {
            let (instant, overflow) = nowNs.subtractingReportingOverflow(durationNs)
            return overflow ? .min : instant
        }
        do {
            return try InstantText.parse(text)
        } catch {
            throw Problem(
                .usage, option, "\"\(text)\" is neither a duration nor a time",
                advice: "write for example 1h or 2026-11-22T10:00")
        }
    }

    /// Writes every row of the range. Rows that line protocol cannot carry (NaN, infinities, odd names) are counted
    /// and left out.
    /// - Returns: `wrongInput` when rows were left out, or are missing from the database.
    package func run(database: Database, console: Console) -> ExitStatus {
        var output = LineOutput(console: console)
        let snapshot = database.store.snapshot()
        // Each place once: many series lie in one file, and runs of several in one page.
        var damage = snapshot.gaps(in: range).map(\.place)
        do throws(StoreError) {
            for namespace in snapshot.namespaces(in: .default) where self.namespace?.hasSameBytes(as: namespace) ?? true
            {
                for metric in snapshot.metrics(in: .default, namespace: namespace) {
                    for id in snapshot.series(in: .default, namespace: namespace, metric: metric) {
                        for place in try write(id, of: snapshot, to: &output) where !damage.contains(place) {
                            damage.append(place)
                        }
                    }
                }
            }
        } catch {
            let problem = Problem(DatabaseError(error))
            console.report(problem)
            return problem.status
        }
        output.flush()
        for place in damage {
            console.report(
                Problem(.wrongInput, "export", "rows are missing: \(place)", advice: "all other rows are written"))
        }
        guard output.leftOutCount > 0 else { return damage.isEmpty ? .ok : .wrongInput }
        console.report(
            Problem(
                .wrongInput, "export", "\(output.leftOutCount) rows cannot be written as lines (\(output.firstReason))",
                advice: "all other rows are written"))
        return .wrongInput
    }

    /// - Returns: what of the series cannot be read, and is left out.
    private func write(
        _ id: SeriesID, of snapshot: StoreSnapshot, to output: inout LineOutput
    ) throws(StoreError) -> [Corruption] {
        let shape = RowShape(source: snapshot.source(of: id), fields: [snapshot.field(of: id)])
        // Chunks come in any order and overlap; a series is sorted in memory, equal times in order of arrival.
        var rows: [(timestamp: Int64, value: Double)] = []
        var damage: [Corruption] = []
        var unread: [DataGap] = []
        try snapshot.scan([id], in: range, leavingOut: { unread.append($0) }) { (_, chunk) throws(StoreError) in
            let samples: DecodedSamples
            do throws(StoreError) {
                samples = try chunk.decode()
            } catch {
                guard case .corrupt(let place) = error else { throw error }
                damage.append(place)
                return .next
            }
            for row in 0..<chunk.rowCount where range.contains(samples.timestamps[row]) {
                rows.append((samples.timestamps[row], samples.values[row]))
            }
            return .next
        }
        let order = rows.indices.sorted { (rows[$0].timestamp, $0) < (rows[$1].timestamp, $1) }
        for index in order { output.append(shape, rows[index].timestamp, rows[index].value) }
        return damage + unread.map(\.place)
    }
}

/// Lines on their way to standard output, in large pieces.
private struct LineOutput {
    let console: Console
    private(set) var leftOutCount = 0
    private(set) var firstReason = ""
    private var formatter = LineFormatter()

    init(console: Console) { self.console = console }

    mutating func append(_ shape: RowShape, _ timestamp: Int64, _ value: Double) {
        do throws(LineFormatError) {
            try formatter.append(shape: shape, timestamp: timestamp, values: CollectionOfOne(value))
        } catch {
            if leftOutCount == 0 { firstReason = "\(error)" }
            leftOutCount += 1
        }
        if formatter.text.count >= 256 << 10 { flush() }
    }

    mutating func flush() {
        console.print(String(decoding: formatter.text, as: UTF8.self))
        formatter.text.removeAll(keepingCapacity: true)
    }
}
