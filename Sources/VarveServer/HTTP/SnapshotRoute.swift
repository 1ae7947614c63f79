import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import Synchronization
import VarveExchange
import VarveIO
import VarveJSON
import VarveStore

/// `POST /snapshot`: a consistent copy of the running store, below one directory that the operator has chosen. Page:
/// Docs/Operations/server.md, "Snapshots". Any thread.
final class SnapshotRoute: Sendable {
    private let door: Doorway
    private let backend: any ServerBackend
    /// Where copies go. Clients choose a name only.
    private let directory: String
    /// One at a time: copies compete for the disk with writers, and a client that asks in a loop must not multiply
    /// that.
    private let isBusy = Mutex(false)

    /// A name, and JSON around it.
    private static let bodyBytesMax = 4_096

    init(door: Doorway, backend: any ServerBackend, directory: String) {
        self.door = door
        self.backend = backend
        self.directory = directory
    }

    func respond(to request: Request, _ parameters: QueryParameters) async -> Response {
        guard let text = await name(in: request, parameters) else {
            return .error(.badRequest, "no name; send ?name=NAME, or a body {\"name\": \"NAME\"}")
        }
        guard let name = SnapshotName(text) else {
            return .error(.badRequest, "\"\(text.prefix(200))\" is not the name of a snapshot: \(SnapshotName.rule)")
        }
        let isFirst = isBusy.withLock { isBusy in
            defer { isBusy = true }
            return !isBusy
        }
        guard isFirst else {
            return .later("another snapshot is being made; try again when it is done")
        }
        defer { isBusy.withLock { $0 = false } }
        let startNs = door.clock.monotonicNs()
        do throws(StoreError) {
            let report = try await write(name)
            let seconds = Double(door.clock.monotonicNs() - startNs) / 1e9
            let answer = SnapshotAnswer(name: name.text, path: "\(directory)/\(name)", report: report, seconds: seconds)
            door.logger.notice("snapshot \(answer.path): \(report.fileCount) files in \(seconds) s")
            return .json(.created, answer.encoded)
        } catch {
            door.logger.warning("snapshot \(name) failed: \(error)\(error.advice)")
            return refusal(error, name)
        }
    }

    /// Parameter `name`, or member `name` of a JSON object in the body; nil without either.
    private func name(in request: Request, _ parameters: QueryParameters) async -> String? {
        if let name = parameters["name"] { return name }
        // A body that is too long, cut short or not JSON has no name in it, and is answered like that.
        guard let body = try? await request.body.collect(upTo: Self.bodyBytesMax) else { return nil }
        return (try? JSONReader.read(Array(body.readableBytesView)))?["name"]?.string
    }

    /// On a thread of its own: a copy waits for the disk, and queries should not wait for it.
    private func write(_ name: SnapshotName) async throws(StoreError) -> SnapshotReport {
        let result: Result<SnapshotReport, StoreError> = await withCheckedContinuation { continuation in
            do throws(DiskError) {
                _ = try DedicatedThread.start(name: "varve-snapshot") { [backend, directory] in
                    do throws(StoreError) {
                        continuation.resume(returning: .success(try backend.writeSnapshot(named: name, in: directory)))
                    } catch {
                        continuation.resume(returning: .failure(error))
                    }
                }
            } catch {
                continuation.resume(returning: .failure(.disk(error)))
            }
        }
        return try result.get()
    }

    private func refusal(_ error: StoreError, _ name: SnapshotName) -> Response {
        switch error {
        case .disk(.exists(let path)): .error(.conflict, "\(path) exists already; choose another name")
        case .disk(.locked(let path)): .error(.conflict, "\(path) is in use: another process makes that snapshot")
        case .disk(.full), .diskNearlyFull:
            .error(
                HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"),
                "snapshot \(name): \(error); nothing of it is left")
        case .tooManySnapshots: .error(.conflict, "\(error)")
        case .closed: .error(.serviceUnavailable, "the server is stopping")
        default: .error(.internalServerError, "snapshot \(name): \(error)\(error.advice)")
        }
    }
}
