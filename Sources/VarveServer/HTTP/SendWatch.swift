import HummingbirdCore
import NIOCore
import Synchronization

/// Closes the connection of a client that asks and then does not read: the answer would stay in memory for ever. Any
/// thread; one per answer.
final class SendWatch: Sendable {
    /// Bytes written before the client has to take some: a client at 64 kB/s gets through one in 4 s.
    static let pieceBytes = 256 << 10
    /// How long one piece may take. A client that has not taken 256 KiB in a minute is gone or hostile.
    private static let stallSecondsMax = 60

    private let channel: any Channel
    private let door: Doorway
    private let deadline = Mutex<Scheduled<Void>?>(nil)
    /// Bytes passed on since the client was last seen to take some.
    private let passedBytes = Mutex(0)

    /// Starts watching.
    init(channel: any Channel, door: Doorway) {
        self.channel = channel
        self.door = door
        moved()
    }

    /// The client took a piece.
    private func moved() {
        let delay = TimeAmount.seconds(Int64(min(Self.stallSecondsMax, door.limits.idleTimeoutSeconds)))
        let next = channel.eventLoop.scheduleTask(in: delay) { [channel, door] in
            door.counters.connectionsTimedOut.add()
            channel.close(promise: nil)
        }
        replace(by: next)
    }

    /// The answer is sent, or cannot be.
    func stop() { replace(by: nil) }

    private func replace(by next: Scheduled<Void>?) {
        let previous = deadline.withLock { deadline in
            defer { deadline = next }
            return deadline
        }
        previous?.cancel()
    }

    /// The same body; whenever a piece is written after ``pieceBytes`` of others, the watch restarts, because those
    /// were taken.
    func paced(_ body: ResponseBody) -> ResponseBody {
        if let byteCount = body.contentLength, byteCount <= Self.pieceBytes { return body }
        return body.map { [self] piece in
            let isTaken = passedBytes.withLock { passed in
                let isTaken = passed >= Self.pieceBytes
                passed = (isTaken ? 0 : passed) + piece.readableBytes
                return isTaken
            }
            if isTaken { moved() }
            return piece
        }
    }
}
