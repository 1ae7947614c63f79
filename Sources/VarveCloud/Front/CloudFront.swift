import VarveBytes
import VarveCrypto
package import VarveIO
import VarveJSON
import VarveModel
package import VarveQuery
package import VarveWire

/// Answers the requests of cloud clients. Any thread that may compute and wait for the disk.
package protocol CloudResponder: Sendable {
    /// - Parameters:
    ///   - request: with its content coding taken off.
    ///   - sentBody: as it travelled, which is what signatures cover; nil where that is the same.
    ///   - done: gets the answer, once: before this returns, or later on another thread that must not be held up.
    func respond(
        to request: WireRequest, sentBody: [UInt8]?, connection: CloudConnection, cancellation: CancellationFlag?,
        done: @escaping @Sendable (WireResponse) -> Void)
}

/// The cloud's interfaces on top of a store: requests of unmodified clients in, answers in the same protocol out.
///
/// In this order: what is asked for, and in which protocol · who asks · what exactly · may they · do it.
package final class CloudFront<Gate: CloudGate>: CloudResponder {
    private let directory: ServiceDirectory
    private let services: CloudServices
    private let gate: Gate
    private let environment: SystemEnvironment
    private let tokens: PageToken

    package init(
        services: CloudServices, gate: Gate, environment: SystemEnvironment, directory: ServiceDirectory = .builtIn
    ) {
        self.directory = directory
        self.services = services
        self.gate = gate
        self.environment = environment
        // Of this start of the server: pages that were begun before are begun anew.
        var key: [UInt8] = []
        for _ in 0..<4 { withUnsafeBytes(of: environment.random.next()) { key.append(contentsOf: $0) } }
        tokens = PageToken { [key] message in HMACSHA256.code(of: message, key: key) }
    }

    package func respond(
        to request: WireRequest, sentBody: [UInt8]?, connection: CloudConnection, cancellation: CancellationFlag?,
        done: @escaping @Sendable (WireResponse) -> Void
    ) {
        switch directory.route(request) {
        case .answer(let response): done(response)
        case .call(let call):
            let requestID = RequestID.make(environment.random)
            let answer: CloudAnswer = { outcome in
                switch outcome {
                case .success(.document(let output)): done(call.response(output, requestID: requestID))
                case .success(.written(let write)): done(call.response(requestID: requestID, write: write))
                case .failure(let fault): done(call.response(fault: fault, requestID: requestID))
                }
            }
            var connection = connection
            connection.userAgent = request.header("user-agent")
            connection.referer = request.header("referer")
            do throws(ServiceFault) {
                try Self.checkSize(of: request, for: call)
                let visit = Visit(
                    call: call, request: request, sentBody: sentBody, connection: connection, requestID: requestID,
                    nowNs: environment.clock.wallNs(), cancellation: cancellation)
                try self.answer(visit, answer)
            } catch {
                answer(.failure(error))
            }
        }
    }

    /// Policies have at most 10 KB, and the hash of the body is made before anybody is known.
    private static var identityBytesMax: Int { 256 << 10 }

    private static func checkSize(of request: WireRequest, for call: WireCall) throws(ServiceFault) {
        guard call.service.name == "sts" || call.service.name == "iam", request.body.count > identityBytesMax else {
            return
        }
        throw ServiceFault(
            "RequestEntityTooLarge", "The request has more than \(identityBytesMax) bytes.", status: 413)
    }

    private struct Visit {
        let call: WireCall
        let request: WireRequest
        let sentBody: [UInt8]?
        let connection: CloudConnection
        let requestID: String
        let nowNs: Int64
        let cancellation: CancellationFlag?
    }

    private func answer(_ visit: Visit, _ done: @escaping CloudAnswer) throws(ServiceFault) {
        var signed = visit.request
        if let sentBody = visit.sentBody { signed.body = sentBody }
        let caller = try gate.authenticate(
            signed, call: visit.call, connection: visit.connection, nowNs: visit.nowNs)
        let identity = gate.identity(of: caller)
        let context = CloudContext(
            scope: identity.scope, caller: identity.arn, nowNs: visit.nowNs, requestID: visit.requestID)
        let operation = try visit.call.target.get()
        // Before its input is looked at: nobody mends an input for an operation that is not there.
        guard CloudServices.answers(operation.name, of: visit.call.service.name) else {
            throw CloudServices.notAnswered
        }
        if operation.name == "PutMetricData", visit.call.service.name == "cloudwatch" {
            var data = MetricDataBuffer()
            try visit.call.metricData(of: visit.request, rules: services.options.rules(nowNs: visit.nowNs), into: &data)
            let input = JSONValue.object([JSONMember("Namespace", .string(data.string(data.namespace)))])
            try authorise(caller, operation.name, input, visit)
            return services.putMetricData(data, context, done)
        }
        let input = try visit.call.input(of: visit.request)
        try authorise(caller, operation.name, input, visit)
        let own = try gate.perform(
            operation.name, of: visit.call.service.name, input, caller: caller, connection: visit.connection,
            nowNs: visit.nowNs)
        if let own { return done(.success(.document(own))) }
        let job = CloudJob(
            call: visit.call, input: input, context: context,
            tokens: PageTokens(tokens, operation: operation.name, input: input), cancellation: visit.cancellation
        ) { other, input in
            do throws(ServiceFault) {
                try self.authorise(caller, other, input, visit)
                return true
            } catch {
                return false
            }
        }
        done(.success(try services.perform(operation.name, job)))
    }

    private func authorise(
        _ caller: Gate.Caller, _ operation: String, _ input: JSONValue, _ visit: Visit
    ) throws(ServiceFault) {
        let scope = gate.identity(of: caller).scope
        try gate.authorise(
            caller, operation, of: visit.call.service, input: input, connection: visit.connection, nowNs: visit.nowNs
        ) { [services] arn in services.tags(ofResource: arn, in: scope) }
    }
}

/// Takes the output of an operation, or why there is none.
typealias CloudAnswer = @Sendable (Result<CloudOutput, ServiceFault>) -> Void

/// The output of an operation.
enum CloudOutput: Sendable {
    /// In the form of the service's JSON.
    case document(JSONValue)
    /// Puts the members of the output structure straight into the bytes of the answer: for long answers.
    case written(@Sendable (inout any OutputWriter) -> Void)
}

/// One call on its way through a handler.
struct CloudJob {
    let call: WireCall
    let input: JSONValue
    var context: CloudContext
    let tokens: PageTokens
    let cancellation: CancellationFlag?
    /// Whether the caller may do something else of the same service, which an operation would do for him.
    let isAllowed: (_ operation: String, _ input: JSONValue) -> Bool
}

/// Names of requests: random UUIDs (RFC 9562, version 4).
enum RequestID {
    static func make(_ random: any RandomSource) -> String {
        let high = random.next() & ~0xf000 | 0x4000
        let low = random.next() & ~(3 << 62) | 2 << 62
        return UUID16(high: high, low: low).grouped
    }
}
