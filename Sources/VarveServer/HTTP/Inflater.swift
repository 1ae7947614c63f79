import CZlib

/// Undoes gzip piece by piece, never producing more than it is allowed to. Owned by one request.
///
/// zlib of the system, and not the decompression handler of swift-nio-extras: that one sits in the pipeline and expands
/// whatever arrives before the request has a say, so its back-pressure and its limits are not those of the intake.
struct Inflater: ~Copyable {
    enum Failure: Error, Equatable {
        case notGzip
        /// It began as gzip; then came bytes that cannot be, or a checksum that is wrong.
        case damaged
        /// More than `limit` bytes came out.
        case tooLarge(limit: Int)
        case truncated
        case outOfMemory
    }

    private let stream: UnsafeMutablePointer<z_stream>
    private let byteCountMax: Int
    private var producedBytes = 0
    private var isEnded = false
    /// Where output appears; kept, because filling a new one with zeros costs more than most chunks of input.
    private var step = [UInt8](repeating: 0, count: Inflater.stepBytes)

    /// Bytes produced per step, so that memory stays bounded however strongly the input is compressed.
    static let stepBytes = 256 << 10

    init(byteCountMax: Int) throws(Failure) {
        self.byteCountMax = byteCountMax
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 window bits, the maximum; +16: gzip framing.
        guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .outOfMemory
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Expands `input` and gives what comes out in steps. `output` may suspend: that is the back-pressure.
    mutating func inflate(
        _ input: [UInt8], output: (ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        var consumed = 0
        // A local while it is used: `output` may suspend.
        var step = takeStep()
        defer { self.step = step }
        while consumed < input.count {
            if isEnded { try restart() }
            let (used, produced, isFull) = try run(input, from: consumed, into: &step)
            consumed += used
            producedBytes += produced
            guard producedBytes <= byteCountMax else { throw Failure.tooLarge(limit: byteCountMax) }
            if produced > 0 { try await output(step[..<produced]) }
            if used == 0, !isFull, !isEnded { throw Failure.notGzip }
        }
        try await drain(&step, output: output)
    }

    private mutating func takeStep() -> [UInt8] {
        // A call that failed midway may have left none.
        defer { step = [] }
        return step.count == Self.stepBytes ? step : [UInt8](repeating: 0, count: Self.stepBytes)
    }

    /// Output that zlib still holds after the input was used up.
    private mutating func drain(
        _ step: inout [UInt8], output: (ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        while !isEnded {
            let (_, produced, isFull) = try run([], from: 0, into: &step)
            producedBytes += produced
            guard producedBytes <= byteCountMax else { throw Failure.tooLarge(limit: byteCountMax) }
            if produced > 0 { try await output(step[..<produced]) }
            guard isFull else { return }
        }
    }

    /// A gzip file may be several gzip members one after the other.
    private mutating func restart() throws(Failure) {
        guard inflateReset(stream) == Z_OK else { throw .notGzip }
        isEnded = false
    }

    private mutating func run(
        _ input: [UInt8], from start: Int, into step: inout [UInt8]
    ) throws(Failure) -> (used: Int, produced: Int, isFull: Bool) {
        let available = input.count - start
        let code = input.withUnsafeBufferPointer { source in
            step.withUnsafeMutableBufferPointer { target in
                // zlib does not write to its input; the C type only lacks the const.
                stream.pointee.next_in = source.baseAddress.map { UnsafeMutablePointer(mutating: $0 + start) }
                stream.pointee.avail_in = UInt32(available)
                stream.pointee.next_out = target.baseAddress
                stream.pointee.avail_out = UInt32(target.count)
                return CZlib.inflate(stream, Z_NO_FLUSH)
            }
        }
        // Z_BUF_ERROR says that nothing could be done now, which is no error.
        guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else {
            throw producedBytes > 0 || stream.pointee.total_out > 0 ? .damaged : .notGzip
        }
        isEnded = code == Z_STREAM_END
        return (
            available - Int(stream.pointee.avail_in), step.count - Int(stream.pointee.avail_out),
            stream.pointee.avail_out == 0
        )
    }

    /// To be called after the last byte of input.
    func finish() throws(Failure) {
        guard isEnded else { throw .truncated }
    }
}
