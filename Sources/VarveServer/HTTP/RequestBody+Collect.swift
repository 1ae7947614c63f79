import HTTPTypes
import HummingbirdCore
import NIOCore

/// Why a body was not collected.
enum CollectFailure: Error { case tooLarge, noRoom, cutShort }

extension RequestBody {
    /// The whole body, for which `hold` is grown as it arrives.
    func collect(upTo byteCountMax: Int, _ hold: BudgetHold) async throws(CollectFailure) -> [UInt8] {
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
    static var noRoomForBodies: Response {
        .later("requests that are being received take all memory set aside for them")
    }

    /// The client may still be sending, so it is told to stop.
    static func refusing(_ failure: CollectFailure, _ byteCountMax: Int, _ channel: any Channel) -> Response {
        let response: Response =
            switch failure {
            case .tooLarge: .error(.contentTooLarge, "a request with more than \(byteCountMax) bytes; send it in parts")
            case .noRoom: .noRoomForBodies
            case .cutShort: .error(.badRequest, "the request was cut short")
            }
        return response.closing(channel)
    }
}

extension ResponseBodyWriter {
    /// Writes bytes in pieces, after each of which ``SendWatch`` sees that the client still takes them.
    @concurrent
    mutating func writePieces(_ bytes: [UInt8]) async throws {
        var rest = ByteBuffer(bytes: bytes)
        while rest.readableBytes > 0, let piece = rest.readSlice(length: min(SendWatch.pieceBytes, rest.readableBytes))
        {
            try await write(piece)
        }
    }
}
