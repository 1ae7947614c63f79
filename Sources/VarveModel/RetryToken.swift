/// Names a write independently of how often it is sent, so that a repetition is recognised and stored once.
///
/// The sender chooses the bytes: the same for every attempt of one write, others for every other write. A door that
/// cuts one request into several batches numbers them, and must cut every attempt at the same places.
package struct RetryToken: Hashable, Sendable {
    /// Longest name: the 255 bytes of every other name; a UUID in text has 36.
    package static let byteCountMax = 255

    package let bytes: [UInt8]
    /// Number of the batch inside the request.
    package let part: UInt32

    /// - Precondition: 1 to 255 bytes; doors refuse others where the sender can be told.
    package init(bytes: [UInt8], part: UInt32 = 0) {
        precondition(1...Self.byteCountMax ~= bytes.count, "a retry token has 1 to 255 bytes")
        self.bytes = bytes
        self.part = part
    }
}

/// When rows are acknowledged.
package enum Durability: Sendable {
    /// After `fdatasync`: an acknowledged row survives a power cut.
    case durable
    /// After the rows were handed to the kernel; they are synced within a second. A row that was acknowledged survives
    /// the death of the process, but not a power cut within that second. Only for senders that ask for it.
    case buffered
}
