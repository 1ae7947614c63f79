import Glibc
import Synchronization
import VarveBytes
import VarveCloud
import VarveIO
import VarveModel
import VarveMonitoring
import VarveStore
import VarveWire

// What the CloudWatch front costs in the process: bytes of a request to bytes of its answer, without the network and
// without signatures, on a store in a directory that is removed.
//
//   CloudBenchmark [ROUNDS]
//
// PutMetricData: 1 000 values a request in several forms and protocols, waiting for each answer (which comes when the
// data are durable), and with eight requests under way. GetMetricData: one series, one hour. ListMetrics: a page of
// the 20 000 metrics that are there.

let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 400
guard let bench = CloudBenchmark(rounds: rounds) else { exit(1) }
bench.measureWriting()
bench.measureReading()
bench.close()

/// Counts and drops what alarms send.
struct DroppingEdge: DeliveryEdge {
    func attempt(_ attempt: Outbox.Attempt, done: @escaping @Sendable (DeliveryOutcome) -> Void) { done(.delivered) }
}

/// A front on a store of its own.
struct CloudBenchmark {
    let rounds: Int
    private let directory = "/tmp/varve-cloud-benchmark-\(getpid())"
    private let store: Store
    private let monitoring: Monitoring
    private let front: CloudFront<OpenGate>
    private let connection = CloudConnection(sourceAddress: "127.0.0.1", isSecure: false)

    init?(rounds: Int) {
        self.rounds = rounds
        do {
            let store = try Store.open(at: directory, options: StoreOptions())
            let monitoring = try Monitoring(on: store, edge: DroppingEdge(), evaluates: false)
            try monitoring.start()
            self.store = store
            self.monitoring = monitoring
            let services = CloudServices(store: store) { _ in monitoring }
            front = CloudFront(services: services, gate: OpenGate(), environment: .system)
        } catch {
            print("\(error)")
            return nil
        }
    }

    func close() {
        monitoring.stop()
        store.close()
        Self.removeAll(directory)
    }

    /// A directory with all that is in it; what cannot be removed stays.
    private static func removeAll(_ path: String) {
        for name in (try? SystemEnvironment.system.fileSystem.list(path)) ?? [] { removeAll("\(path)/\(name)") }
        remove(path)
    }

    /// Sends one request and waits for its answer.
    func send(_ request: WireRequest) -> WireResponse {
        let answer = Monitor<WireResponse?>(nil)
        front.respond(to: request, sentBody: nil, connection: connection, cancellation: nil) { response in
            answer.withLock { $0 = response }
            answer.broadcast()
        }
        return answer.wait(until: { $0 }) ?? WireResponse(status: 0)
    }

    // MARK: PutMetricData

    func measureWriting() {
        let now = SystemEnvironment.system.clock.wallNs() / Nanoseconds.perSecond
        for shape in PutShape.all {
            for form in WireForm.allCases {
                let requests = (0..<4).map { form.request("PutMetricData", shape.input(seconds: now - $0 * 60)) }
                let single = seconds { for round in 0..<rounds { check(send(requests[round % 4])) } }
                let many = seconds { sendTogether(requests) }
                let cpu = processorSeconds { for round in 0..<rounds { check(send(requests[round % 4])) } }
                let count = Double(rounds * shape.valueCount) / 1e6
                let (each, together) = (rounded(count / single), rounded(count / many))
                print(
                    "PutMetricData, \(shape.name), \(form), \(requests[0].body.count) bytes: \(each) M values/s "
                        + "one by one, \(together) with 8 under way, \(rounded(cpu / count)) processor s per M values")
            }
        }
    }

    private func check(_ response: WireResponse) {
        precondition(response.status == 200, String(decoding: response.body.prefix(500), as: UTF8.self))
    }

    private func sendTogether(_ requests: [WireRequest]) {
        let open = Monitor<Int>(0)
        for round in 0..<rounds {
            _ = open.wait(until: { $0 < 8 ? true : nil })
            open.withLock { $0 += 1 }
            front.respond(
                to: requests[round % 4], sentBody: nil, connection: connection, cancellation: nil
            ) { response in
                precondition(response.status == 200)
                open.withLock { $0 -= 1 }
                open.broadcast()
            }
        }
        _ = open.wait(until: { $0 == 0 ? true : nil })
    }

    // MARK: Reading

    func measureReading() {
        let now = SystemEnvironment.system.clock.wallNs() / Nanoseconds.perSecond
        let minute = now - now % 60
        for block in 0..<20 { putNames(block, minute) }
        for value in 0..<60 {
            let datum =
                #"{"MetricName": "cpu", "Dimensions": [{"Name": "Host", "Value": "one"}], "Value": \#(value).5, "#
                + #""Timestamp": \#(minute - Int64(value) * 60), "Unit": "Percent"}"#
            check(
                send(WireForm.json.request("PutMetricData", .text(#"{"Namespace": "One", "MetricData": [\#(datum)]}"#)))
            )
        }
        let question = Question(start: minute - 3_600, end: minute + 60)
        for form in WireForm.allCases {
            measure("GetMetricData, 60 points, \(form)", form.request("GetMetricData", question.metricData))
        }
        measure("GetMetricStatistics, json", WireForm.json.request("GetMetricStatistics", question.statistics))
        measure("ListMetrics, first page of 20 000, json", WireForm.json.request("ListMetrics", .text("{}")))
        let recent = #"{"Namespace": "List", "RecentlyActive": "PT3H"}"#
        measure("ListMetrics, recently active, json", WireForm.json.request("ListMetrics", .text(recent)))
    }

    private func putNames(_ block: Int, _ minute: Int64) {
        let data = (0..<1_000).map { index in
            #"{"MetricName": "m\#(index % 10)", "#
                + #""Dimensions": [{"Name": "Host", "Value": "h\#(block * 100 + index / 10)"}], "#
                + #""Value": 1.0, "Timestamp": \#(minute)}"#
        }
        let input = #"{"Namespace": "List", "MetricData": [\#(data.joined(separator: ", "))]}"#
        check(send(WireForm.json.request("PutMetricData", .text(input))))
    }

    private func measure(_ name: String, _ request: WireRequest) {
        var times: [Double] = []
        var byteCount = 0
        for _ in 0..<max(rounds, 20) {
            times.append(
                seconds {
                    let response = send(request)
                    check(response)
                    byteCount = response.body.count
                })
        }
        times.sort()
        let (median, tail) = (times[times.count / 2] * 1e3, times[times.count * 99 / 100] * 1e3)
        print("\(name), \(byteCount) bytes: p50 \(rounded(median)) ms, p99 \(rounded(tail)) ms")
    }

    // MARK: Time

    private func rounded(_ value: Double) -> Double { (value * 1_000).rounded() / 1_000 }

    private func seconds(_ body: () -> Void) -> Double {
        let start = SystemEnvironment.system.clock.monotonicNs()
        body()
        return Double(SystemEnvironment.system.clock.monotonicNs() - start) / 1e9
    }

    private func processorSeconds(_ body: () -> Void) -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let start = now()
        body()
        return now() - start
    }
}
