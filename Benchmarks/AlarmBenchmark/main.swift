import Glibc
import VarveAlarms
import VarveIO
import VarveJSON
import VarveModel
import VarveMonitoring
import VarveStore

// Many alarms while many samples arrive: what evaluation costs.
//
//   AlarmBenchmark [--alarms 100000] [--minutes 3] [--rate 500000] [--directory DIR] [--bands 1] [--past HOURS]
//                  [--composites N]
//
// With --composites N, as many composite alarms are defined over the others before values arrive: each names ten of
// them and the composite alarm before it. The time of each tenth is printed: it must not grow.
//
// With --bands 1 the alarms are on bands, each with a detector of its own, which first learns the hours of --past (one
// value a minute); that time is printed, too.
//
// Makes a database with ALARMS / 10 hosts of 10 metrics and one alarm on each, one-minute periods. Then values arrive
// at RATE a second, spread over all series, while alarms are evaluated as a server does. Printed: processor time of
// each thread, and of evaluation as a share of one core.

struct Arguments {
    var alarms = 100_000
    var minutes = 3
    var rate = 500_000
    var directory = "/tmp/varve-alarm-benchmark"
    /// Alarms on bands.
    var bands = false
    /// Hours of data before the alarms are made.
    var past = 0
    /// Composite alarms over the others.
    var composites = 0

    init() {
        var rest = CommandLine.arguments.dropFirst()
        while let option = rest.popFirst() {
            guard let value = rest.popFirst() else { Self.end() }
            switch option {
            case "--alarms": alarms = Int(value) ?? alarms
            case "--minutes": minutes = Int(value) ?? minutes
            case "--rate": rate = Int(value) ?? rate
            case "--directory": directory = value
            case "--bands": bands = value == "1"
            case "--past": past = Int(value) ?? past
            case "--composites": composites = Int(value) ?? composites
            default: Self.end()
            }
        }
    }

    static func end() -> Never {
        print(
            "usage: AlarmBenchmark [--alarms N] [--minutes N] [--rate VALUES] [--directory DIR] [--bands 1] "
                + "[--past HOURS] [--composites N]"
        )
        exit(2)
    }
}

/// Counts and drops what alarms send.
struct DroppingEdge: DeliveryEdge {
    func attempt(_ attempt: Outbox.Attempt, done: @escaping @Sendable (DeliveryOutcome) -> Void) { done(.delivered) }
}

/// Processor seconds of this process's threads, by name.
func threadSeconds() -> [String: Double] {
    var seconds: [String: Double] = [:]
    let names = (try? SystemEnvironment.system.fileSystem.list("/proc/self/task")) ?? []
    for name in names {
        guard let file = fopen("/proc/self/task/\(name)/stat", "r") else { continue }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 1_024)
        guard fgets(&buffer, 1_024, file) != nil else { continue }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")") else { continue }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { continue }
        // Ticks of 10 ms on every Linux.
        seconds[String(text[text.index(after: open)..<close]), default: 0] += (user + system) / 100
    }
    return seconds
}

let arguments = Arguments()
let metrics = (0..<10).map { FieldKey(metric: "m\($0)") }
let hosts = arguments.alarms / metrics.count
let shapes = (0..<hosts).map { host in
    RowShape(
        source: SourceKey(namespace: "App", dimensions: [Dimension(name: "Host", value: "h\(host)")]), fields: metrics)
}
let clock = SystemEnvironment.system.clock
let store = try Store.open(at: arguments.directory)
var options = MonitoringOptions()
options.anomalyDetectorsMax = arguments.alarms
let monitoring = try Monitoring(on: store, edge: DroppingEdge(), evaluates: true, options: options)
try monitoring.start()

/// Stores one value a minute of every series, until now: a wave, and numbers that look random.
func storePast() throws {
    let now = clock.wallNs()
    for minute in 0..<(60 * arguments.past) {
        let time = now - Int64(60 * arguments.past - minute) * Nanoseconds.perMinute
        var batch = RowBatch()
        for (number, shape) in shapes.enumerated() {
            let wave = Double((minute + 7 * number) % 1_440)
            batch.append(
                shape: shape, timestamp: time,
                values: (0..<metrics.count).map { wave + Double(minute &* 7_919 &* (number + $0 + 1) % 101) })
        }
        _ = try store.appendAndWait(batch)
    }
}

/// The alarm on one metric, on a band or on a threshold.
func alarm(host: Int, metric: Int) -> String {
    guard arguments.bands else {
        return """
            {"AlarmName": "a-\(host)-\(metric)", "Namespace": "App", "MetricName": "m\(metric)", "Statistic": "Average",
             "Period": 60, "Dimensions": [{"Name": "Host", "Value": "h\(host)"}], "EvaluationPeriods": 3,
             "Threshold": 99, "ComparisonOperator": "GreaterThanThreshold"}
            """
    }
    return """
        {"AlarmName": "a-\(host)-\(metric)", "EvaluationPeriods": 3, "ThresholdMetricId": "b",
         "ComparisonOperator": "LessThanLowerOrGreaterThanUpperThreshold",
         "Metrics": [{"Id": "m", "MetricStat": {"Period": 60, "Stat": "Average", "Metric": {"Namespace": "App",
          "MetricName": "m\(metric)", "Dimensions": [{"Name": "Host", "Value": "h\(host)"}]}}},
          {"Id": "b", "Expression": "ANOMALY_DETECTION_BAND(m, 3)"}]}
        """
}

if arguments.past > 0 {
    let started = clock.monotonicNs()
    try storePast()
    let seconds = (clock.monotonicNs() - started) / 1_000_000_000
    print("\(arguments.past) hours of \(arguments.alarms) series stored in \(seconds) s")
}

/// Performs an operation; waits for it, and so for all before, when it is the last.
func define(_ name: String, _ text: String, isLast: Bool) throws {
    let json = try JSONReader.read(Array(text.utf8))
    guard !isLast, let operation = Monitoring.operation(name, of: .cloudWatch) else {
        _ = try monitoring.perform(name, json)
        return
    }
    monitoring.perform(operation.work(json)) { result in
        if case .failure(let error) = result { print("\(error)") }
    }
}

/// A rule over ten alarms and the composite alarm before.
func composite(_ number: Int) -> String {
    var rule = (0..<10).map { "ALARM(a-\((7 * number + $0) % hosts)-\($0))" }
    if number > 0 { rule.append("ALARM(c-\(number - 1))") }
    return #"{"AlarmName": "c-\#(number)", "AlarmRule": "\#(rule.joined(separator: " OR "))"}"#
}

func defineComposites() throws {
    let tenth = max(1, arguments.composites / 10)
    var seconds: [Double] = []
    for first in stride(from: 0, to: arguments.composites, by: tenth) {
        let started = clock.monotonicNs()
        let end = min(first + tenth, arguments.composites)
        for number in first..<end { try define("PutCompositeAlarm", composite(number), isLast: number == end - 1) }
        seconds.append(Double((clock.monotonicNs() - started) / 1_000_000) / 1_000)
    }
    print("\(arguments.composites) composite alarms defined in \(seconds.reduce(0, +)) s, by tenths: \(seconds)")
}

let started = clock.monotonicNs()
for host in 0..<hosts {
    for metric in 0..<metrics.count {
        let isLast = host == hosts - 1 && metric == metrics.count - 1
        try define("PutMetricAlarm", alarm(host: host, metric: metric), isLast: isLast)
    }
}
let defined = Double(clock.monotonicNs() - started) / 1e9
print("\(arguments.alarms) alarms defined in \(Int(defined)) s")

if arguments.composites > 0 { try defineComposites() }

if arguments.bands {
    // Until every detector has learnt the past: no thread is busy any more.
    let began = threadSeconds()["varve-alarms"] ?? 0
    var last = -1.0
    while let seconds = threadSeconds()["varve-alarms"], seconds - last > 0.3 {
        last = seconds
        sleep(5)
    }
    print("detectors learnt the past in \(last - began) s of processor")
}

let before = threadSeconds()
let begin = clock.monotonicNs()
let end = begin + Int64(arguments.minutes) * Nanoseconds.perMinute
let rowsPerBatch = 1_000
var host = 0
var sent = 0
while clock.monotonicNs() < end {
    var batch = RowBatch()
    let now = clock.wallNs()
    for _ in 0..<rowsPerBatch {
        batch.append(shape: shapes[host], timestamp: now, values: (0..<metrics.count).map { Double((sent + $0) % 100) })
        host = (host + 1) % hosts
    }
    _ = try store.appendAndWait(batch)
    sent += rowsPerBatch * metrics.count
    let ahead = Int64(sent) * Nanoseconds.perSecond / Int64(arguments.rate) - (clock.monotonicNs() - begin)
    if ahead > 0 { usleep(UInt32(clamping: ahead / 1_000)) }
}
let wall = Double(clock.monotonicNs() - begin) / 1e9
let after = threadSeconds()
print("\(sent) values in \(Int(wall)) s: \(Int(Double(sent) / wall)) a second")
for (name, seconds) in after.sorted(by: { $0.value > $1.value }).prefix(6) {
    let used = seconds - (before[name] ?? 0)
    print("  \(name): \(used) s of processor, \(Int(1_000 * used / wall)) ‰ of a core")
}
monitoring.stop()
store.close()
