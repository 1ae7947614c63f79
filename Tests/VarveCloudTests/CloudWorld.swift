import Synchronization
import Testing
import VarveBytes
import VarveIO
import VarveJSON
import VarveModel
import VarveMonitoring
import VarveStore
import VarveTestKit
import VarveWire

@testable import VarveCloud

/// A front without signatures on a simulated disk.
final class CloudWorld {
    let clock: SimulatedClock
    let store: Store
    let monitoring: Monitoring
    private let front: CloudFront<OpenGate>

    /// 2026-01-15 12:00 UTC.
    static let start: Int64 = 1_768_478_400

    struct NoEdge: DeliveryEdge {
        func attempt(_ attempt: Outbox.Attempt, done: @escaping @Sendable (DeliveryOutcome) -> Void) {
            done(.delivered)
        }
    }

    init(hasRetentionTiers: Bool = true, change: (inout CloudOptions) -> Void = { _ in }) throws {
        clock = SimulatedClock(wallNs: Self.start * Nanoseconds.perSecond)
        var options = StoreOptions()
        options.walFileBytes = 64 << 10
        options.space.ballastBytes = 0
        options.scrubBytesPerSecond = 0
        let environment = SystemEnvironment(
            fileSystem: SimulatedFileSystem(), clock: clock, random: SeededRandomSource(seed: 1))
        store = try Store.open(at: "/data", options: options, environment: environment)
        monitoring = try Monitoring(on: store, edge: NoEdge(), evaluates: false)
        try monitoring.start()
        var cloud = CloudOptions()
        cloud.hasRetentionTiers = hasRetentionTiers
        change(&cloud)
        let services = CloudServices(store: store, options: cloud) { [monitoring] _ in
            monitoring
        }
        front = CloudFront(services: services, gate: OpenGate(), environment: environment)
    }

    deinit {
        monitoring.stop()
        store.close()
    }

    func send(_ request: WireRequest) -> WireResponse {
        let answer = Monitor<WireResponse?>(nil)
        front.respond(
            to: request, sentBody: nil, connection: CloudConnection(sourceAddress: "127.0.0.1", isSecure: false),
            cancellation: nil
        ) { response in
            answer.withLock { $0 = response }
            answer.broadcast()
        }
        return answer.wait(until: { $0 }) ?? WireResponse(status: 0)
    }

    /// In JSON, as boto3 sends it.
    func call(_ operation: String, _ input: String) throws -> (status: Int, body: JSONValue) {
        let response = send(
            WireRequest(
                method: "POST", path: "/",
                headers: [
                    WireHeader("content-type", "application/x-amz-json-1.0"),
                    WireHeader("x-amz-target", "GraniteServiceVersion20100801.\(operation)"),
                    WireHeader("x-amzn-query-mode", "true"),
                ], body: Array(input.utf8)))
        return (response.status, response.body.isEmpty ? .object([]) : try JSONReader.read(response.body))
    }

    /// As a form, as older tools send it.
    func query(_ form: String) -> (status: Int, body: String) {
        let response = send(
            WireRequest(
                method: "POST", path: "/",
                headers: [WireHeader("content-type", "application/x-www-form-urlencoded")],
                body: Array("\(form)&Version=2010-08-01".utf8)))
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }

    /// Stores one datum some seconds before now.
    func put(_ value: Double, secondsAgo: Int64 = 0, name: String = "m", more: String = "") throws {
        let answer = try call(
            "PutMetricData",
            #"{"Namespace":"N","MetricData":[{"MetricName":"\#(name)","Value":\#(value),"#
                + #""Timestamp":\#(Self.start - secondsAgo)\#(more)}]}"#
        )
        try #require(answer.status == 200, "\(answer.body)")
    }
}
