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

    func respond(to request: Request) async -> Response {
        let name = String(request.uri.path.dropFirst(Self.prefix.count))
        guard let body = try? await request.body.collect(upTo: Self.bodyBytesMax) else {
            return .error(.contentTooLarge, "a request with more than \(Self.bodyBytesMax) bytes, or cut short")
        }
        let input: JSONValue
        do throws(JSONError) {
            let bytes = Array(body.readableBytesView)
            input = bytes.isEmpty ? .object([]) : try JSONReader.read(bytes)
        } catch {
            return .error(.badRequest, "\(error)")
        }
        // On a query thread: definitions wait for the disk, history is read from it.
        let answer: Result<JSONValue, OperationError>? = await withCheckedContinuation { continuation in
            let isTaken = pool.submit { [backend] in
                do throws(OperationError) {
                    continuation.resume(returning: .success(try backend.perform(name, input)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
            if !isTaken { continuation.resume(returning: nil) }
        }
        switch answer {
        case .success(let document): return .json(.ok, document.encoded)
        case .failure(let error): return refusal(error)
        case nil: return .later("too many statements are waiting; try again later")
        }
    }

    private func refusal(_ error: OperationError) -> Response {
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
