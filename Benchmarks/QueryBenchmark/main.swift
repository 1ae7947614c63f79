import Glibc
import VarveIO
import VarveModel
import VarveQuery
import VarveStore

/// The fifteen query types of the Time Series Benchmark Suite's devops case, inside the process: median times of
/// different statements of each type, warm, and what one of them costs by stage.
///
/// Usage: QueryBenchmark [--hosts 100] [--hours 72] [--repeat 25] [--type NAME] [--seconds N] [--workers 2]
///        [--buffered] DIRECTORY
///
/// Writes the data where the directory has no store yet, and flushes and merges it; with `--buffered` the newest rows
/// stay in memory. `--type` asks one type only, with `--seconds` for so long, so that a profiler sees enough of it.
struct QueryBenchmark {
    var directory: String
    var hosts: Int
    var hours: Int
    var repeats: Int
    var type: String?
    var seconds: Int?
    var isBuffered: Bool
    var workers: Int
    private let clock = LinuxClock()

    init(_ arguments: inout [String]) {
        hosts = Self.number("--hosts", &arguments) ?? 100
        hours = Self.number("--hours", &arguments) ?? 72
        repeats = Self.number("--repeat", &arguments) ?? 25
        seconds = Self.number("--seconds", &arguments)
        type = Self.option("--type", &arguments)
        workers = Self.number("--workers", &arguments) ?? min(QueryLimits.workersMax, Processors.count)
        isBuffered = arguments.contains("--buffered")
        directory = arguments.last ?? ""
    }

    func run() throws {
        let workload = CPUWorkload(hosts: hosts, hours: hours, nowNs: clock.wallNs())
        let store = try Store.open(at: directory, options: StoreOptions())
        if store.statistics().sampleCount == 0 {
            try workload.write(to: store)
            if !isBuffered { try store.flush() }
            try store.compact()
        }
        let statistics = store.statistics()
        precondition(statistics.sampleCount == workload.valueCount, "\(statistics.sampleCount) values in \(directory)")
        let buffered = "\(statistics.tailValues) in memory"
        print("\(statistics.sampleCount) values, \(buffered), \(statistics.segmentCount) segments")
        let snapshot = store.snapshot()
        var total = 0.0
        let questions = CPUQuestion.all.filter { type == nil || $0.name == type }
        for question in questions {
            let median = try measure(question, workload, snapshot)
            total += log(median)
        }
        print("geometric mean \(Self.text(exp(total / Double(questions.count)))) ms")
        store.close()
    }

    /// Prints the median and the stages; returns the median in milliseconds.
    private func measure(
        _ question: CPUQuestion, _ workload: CPUWorkload, _ snapshot: StoreSnapshot
    ) throws -> Double {
        var random = Random(state: 1_234_567)
        var context = QueryContext(nowNs: clock.wallNs(), clock: clock)
        context.workersMax = workers
        var times: [Double] = []
        let endNs = clock.monotonicNs() + Int64(seconds ?? 0) * Nanoseconds.perSecond
        // The first one warms caches.
        while times.count <= repeats || clock.monotonicNs() < endNs {
            let statement = question.statement(workload, &random)
            let startNs = clock.monotonicNs()
            let answer = try QueryEngine.run(statement, on: snapshot, in: context)
            times.append(Double(clock.monotonicNs() - startNs) / 1e6)
            precondition(!answer.rows.isEmpty || question.name.hasPrefix("high"), "no answer to \(statement)")
        }
        let median = times.dropFirst().sorted()[(times.count - 1) / 2]
        let analyzed = try QueryEngine.run(
            "EXPLAIN ANALYZE " + question.statement(workload, &random), on: snapshot, in: context)
        let name = question.name + String(repeating: " ", count: max(0, 22 - question.name.count))
        print("\(name) \(Self.text(median)) ms   \(Self.stages(analyzed))")
        return median
    }

    /// The counters and times of EXPLAIN ANALYZE in one line.
    private static func stages(_ answer: QueryResult) -> String {
        let shown = [
            "series": "series", "samples from rollups": "rolled up", "blocks from statistics": "blocks summed",
            "blocks decoded": "decoded", "samples decoded": "samples", "rows": "rows", "time planning": "plan",
            "time finding blocks": "find", "time decoding": "decode", "time aggregating": "aggregate",
            "time answering": "answer",
        ]
        let parts = answer.rows.compactMap { row -> String? in
            guard case .text(let what) = row[0], case .text(let value) = row[1], let name = shown[what] else {
                return nil
            }
            return "\(name) \(value)"
        }
        return parts.joined(separator: ", ")
    }

    /// With three decimals.
    private static func text(_ value: Double) -> String {
        let thousandths = Int((value * 1_000).rounded())
        let fraction = String(thousandths % 1_000)
        return "\(thousandths / 1_000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)"
    }

    private static func option(_ name: String, _ arguments: inout [String]) -> String? {
        guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else { return nil }
        defer { arguments.removeSubrange(index...(index + 1)) }
        return arguments[index + 1]
    }

    private static func number(_ name: String, _ arguments: inout [String]) -> Int? {
        option(name, &arguments).flatMap { Int($0) }
    }
}

var arguments = CommandLine.arguments
guard arguments.count > 1 else {
    print(
        "usage: QueryBenchmark [--hosts N] [--hours N] [--repeat N] [--type T] [--seconds N] [--workers N] [--buffered]"
            + " DIRECTORY")
    exit(2)
}
try QueryBenchmark(&arguments).run()
