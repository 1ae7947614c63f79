import Glibc

/// Buffered output to a file or to standard output. Leaves the program with 3 when writing fails.
struct Output {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    private static let bufferByteCount = 1 << 20

    init(path: String?) {
        descriptor = path.map { open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644) } ?? STDOUT_FILENO
        guard descriptor >= 0 else {
            writeError("varve-workload: cannot write \(path ?? ""): \(String(cString: strerror(errno)))")
            exit(3)
        }
        buffer.reserveCapacity(2 * Self.bufferByteCount)
    }

    mutating func append(_ bytes: [UInt8]) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.bufferByteCount { flush() }
    }

    mutating func append(_ byte: UInt8) { buffer.append(byte) }

    /// Appends a number from 0 to 100, cut off after as many decimals, at most two. Zeros at the end are written.
    mutating func append(_ number: Double, decimals: Int) {
        append(wholeNumber: Int(number))
        guard decimals > 0 else { return }
        append(UInt8(ascii: "."))
        let hundredths = Int(number * 100) % 100
        append(UInt8(ascii: "0") + UInt8(hundredths / 10))
        if decimals == 2 { append(UInt8(ascii: "0") + UInt8(hundredths % 10)) }
    }

    /// Appends a number from 0 to 100.
    private mutating func append(wholeNumber number: Int) {
        precondition((0...100).contains(number), "usages are percentages")
        if number == 100 { append(UInt8(ascii: "1")) }
        if number >= 10 { append(UInt8(ascii: "0") + UInt8(number / 10 % 10)) }
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    mutating func flush() {
        buffer.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = UnsafeRawBufferPointer(rebasing: rest).withMemoryRebound(to: UInt8.self) {
                    Glibc.write(descriptor, $0.baseAddress, $0.count)
                }
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else {
                    writeError("varve-workload: writing failed: \(String(cString: strerror(errno)))")
                    exit(3)
                }
                rest = rest.dropFirst(count)
            }
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
