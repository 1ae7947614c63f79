import HTTPTypes
import HummingbirdCore
import NIOCore
import VarveJSON
import VarveMonitoring

/// `POST /operation/NAME`: alarms, events and topics, JSON in and JSON out. Page: Docs/Operations/server.md, "Alarms
/// over HTTP". Any thread.
struct OperationRoute: Sendable {
    static let prefix = "/operation/"

    private let door: Doorway
    private let backend: any ServerBackend
    private let pool: QueryPool

    /// The service's largest request, a dashboard or metric data, has 1 MB; a hundred alarms with 120 KB each do not
    /// fit and need not.
    private static let bodyBytesMax = 4 << 20

    init(door: Doorway, backend: any ServerBackend, pool: QueryPool) {
        self.door = door
        self.backend = backend
        self.pool = pool
    }

    func respond(to request: Request, _ channel: any Channel) async -> Response {
        let name = String(request.uri.path.dropFirst(Self.prefix.count))
        let hold = BudgetHold(door.cloudBodies)
        let bytes: [UInt8]
        do throws(CollectFailure) {
            bytes = try await request.body.collect(upTo: Self.bodyBytesMax, hold)
        } catch {
            return .refusing(error, Self.bodyBytesMax, channel)
        }
        // On a query thread: definitions wait for the disk, history is read from it.
        let answer: Response? = await withCheckedContinuation { continuation in
            let isTaken = pool.submit { [backend] in
                continuation.resume(returning: Self.answer(name, bytes, backend))
            }
            if !isTaken { continuation.resume(returning: nil) }
        }
        withExtendedLifetime(hold) {}
        return answer ?? .later("too many statements are waiting; try again later")
    }

    private static func answer(_ name: String, _ bytes: [UInt8], _ backend: any ServerBackend) -> Response {
        let input: JSONValue
        do throws(JSONError) {
            input = bytes.isEmpty ? .object([]) : try JSONReader.read(bytes)
        } catch {
            return .error(.badRequest, "\(error)")
        }
        do throws(OperationError) {
            return .json(.ok, try backend.perform(name, input).encoded)
        } catch {
            return refusal(error)
        }
    }

    private static func refusal(_ error: OperationError) -> Response {
        let document = JSONValue.object([
            JSONMember("code", .string(error.code)), JSONMember("error", .string(error.message)),
        ])
        let status: HTTPResponse.Status =
            if error.isOurs { .internalServerError } else if error.code.contains("NotFound") { .notFound } else {
                .badRequest
            }
        return .json(status, document.encoded)
    }
}
