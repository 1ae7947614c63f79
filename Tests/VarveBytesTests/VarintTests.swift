import Testing
import VarveBytes

/// LEB128 integers of every length, read where eight bytes are left and where fewer are.
@Suite struct VarintTests {
    @Test("integers of every bit count come back, whatever follows")
    func lengths() throws {
        for bits in 0...64 as ClosedRange<UInt64> {
            let largest = bits == 64 ? UInt64.max : 1 << bits - 1
            for value in [largest, largest / 2 + 1, largest & 0x5555_5555_5555_5555] {
                var writer = ByteWriter()
                writer.writeVarint(value)
                let byteCount = writer.count
                for filler: UInt8 in [0, 0x7f, 0x80, 0xff] {
                    for padding in 0...9 {
                        let bytes = writer.bytes + [UInt8](repeating: filler, count: padding)
                        var cursor = ByteCursor(bytes.span.bytes)
                        let found = try cursor.readVarint()
                        #expect(found == value && cursor.offset == byteCount, "\(value), \(padding) of \(filler)")
                    }
                }
            }
        }
    }

    @Test("groups of zeros are no fault; what ends too early or has more than 64 bits is one")
    func odd() throws {
        let zero: [UInt8] = [0x80, 0x80, 0x00, 1, 2, 3, 4, 5, 6]
        var cursor = ByteCursor(zero.span.bytes)
        let value = try cursor.readVarint()
        #expect(value == 0 && cursor.offset == 3)
        for count in 0...9 {
            let bytes = [UInt8](repeating: 0x80, count: count)
            #expect(throws: BytesError.self, "\(count) bytes") { try Self.first(bytes) }
        }
        let long = [UInt8](repeating: 0x80, count: 9) + [2, 0, 0]
        #expect(throws: BytesError.self) { try Self.first(long) }
    }

    private static func first(_ bytes: [UInt8]) throws -> UInt64 {
        var cursor = ByteCursor(bytes.span.bytes)
        return try cursor.readVarint()
    }
}
