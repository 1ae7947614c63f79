import HTTPTypes
import HummingbirdCore
import NIOCore
import Synchronization

/// What one request of a cloud client holds of the memory for all such requests. Gives it back when nobody holds the
/// request any more. Any thread.
final class BodyHold: Sendable {
    private let budget: IntakeBudget
    private let byteCount = Atomic<Int>(0)

    init(_ budget: IntakeBudget) { self.budget = budget }

    /// - Returns: false when the memory is taken; nothing changes then.
    func grow(by bytes: Int) -> Bool {
        if budget.isFull { return false }
        budget.adjust(by: bytes)
        byteCount.add(bytes, ordering: .relaxed)
        return true
    }

    deinit { budget.adjust(by: -byteCount.load(ordering: .relaxed)) }
}

/// Why a body was not collected.
enum CollectFailure: Error { case tooLarge, noRoom, cutShort }

extension RequestBody {
    /// The whole body, for which `hold` is grown as it arrives.
    func collect(upTo byteCountMax: Int, _ hold: BodyHold) async throws(CollectFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            for try await piece in self {
                guard bytes.count + piece.readableBytes <= byteCountMax else { throw CollectFailure.tooLarge }
                guard hold.grow(by: piece.readableBytes) else { throw CollectFailure.noRoom }
                bytes.append(contentsOf: piece.readableBytesView)
            }
        } catch let error as CollectFailure {
            throw error
        } catch {
            throw .cutShort
        }
        return bytes
    }
}

extension Response {
    /// The client may still be sending, so it is told to stop.
    static func refusing(_ failure: CollectFailure, _ byteCountMax: Int, _ channel: any Channel) -> Response {
        let response: Response =
            switch failure {
            case .tooLarge: .error(.contentTooLarge, "a request with more than \(byteCountMax) bytes; send it in parts")
            case .noRoom: .later("requests that are being received take all memory set aside for them")
            case .cutShort: .error(.badRequest, "the request was cut short")
            }
        return response.closing(channel)
    }
}
