import Testing
import VarveBytes
import VarveTestKit

@Suite struct CRC32CTests {
    @Test("the check value of RFC 3720 comes out")
    func checkValue() {
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    }

    @Test("instruction and table agree at every length and split", arguments: 0..<70)
    func instructionMatchesTable(count: Int) {
        var random = SplitMix64(seed: UInt64(count))
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        let whole = bytes.withUnsafeBytes { CRC32C.portable($0) }
        #expect(CRC32C.checksum(bytes) == whole)
        let cut = count / 3
        #expect(CRC32C.checksum(Array(bytes[cut...]), seed: CRC32C.checksum(Array(bytes[..<cut]))) == whole)
    }
}
