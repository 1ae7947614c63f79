import Glibc
import VarveBytes

/// How often the coder expects each symbol: shares of 2^tableBits. Format: Docs/Format/columns.md, "ENTROPY".
struct SymbolCounts {
    /// Sizes of coding tables: more bits follow the true shares closer, fewer take less room.
    static let tableBitsRange = 5...11

    let tableBits: Int
    /// One per symbol; the sum is 2^tableBits.
    private(set) var shares: [UInt16]
}

extension SymbolCounts {
    /// Shares in proportion to `histogram` (of 256 symbols, some of them used); nil when the table is too small.
    init?(_ histogram: [Int], total: Int, tableBits: Int) {
        let size = 1 << tableBits
        self.tableBits = tableBits
        shares = [UInt16](repeating: 0, count: EntropySymbol.count)
        let used = histogram.indices.filter { histogram[$0] > 0 }
        guard !used.isEmpty, used.count <= size else { return nil }
        var rest = size
        for symbol in used {
            let share = max(1, (histogram[symbol] * size + total / 2) / total)
            shares[symbol] = UInt16(share)
            rest -= share
        }
        // Rounding leaves a few shares too many or too few; each goes where it matters most or least.
        while rest != 0 {
            adjust(used, histogram, by: rest.signum())
            rest -= rest.signum()
        }
    }

    /// Adds `step` (1 or −1) to the share where the coded size gains most or suffers least: the derivative of
    /// count · log2(share) is proportional to count / share.
    private mutating func adjust(_ used: [Int], _ histogram: [Int], by step: Int) {
        var best = -1
        var bestWeight = 0.0
        for symbol in used where step > 0 || shares[symbol] > 1 {
            let share = Double(shares[symbol])
            let weight = Double(histogram[symbol]) / (step > 0 ? share + 0.5 : share - 0.5)
            if best < 0 || (step > 0 ? weight > bestWeight : weight < bestWeight) {
                (best, bestWeight) = (symbol, weight)
            }
        }
        shares[best] = UInt16(Int(shares[best]) + step)
    }

    /// Bits that the symbols of `histogram` take, extra bits and this table's description included.
    func codedBits(_ histogram: [Int]) -> Double {
        var bits = Double(describedBits)
        for symbol in histogram.indices where histogram[symbol] > 0 {
            let perSymbol =
                Double(tableBits) - log2(Double(shares[symbol])) + Double(EntropySymbol.extraBits(of: symbol))
            bits += Double(histogram[symbol]) * perSymbol
        }
        return bits
    }

    private var describedBits: Int {
        var bits = 0
        forEachShare { change, length, _ in bits += change + 1 + max(0, length - 1) }
        return bits
    }

    /// Appends the shares: for each symbol, up to the one that completes the sum, the change of the share's length in
    /// bits against the symbol before (zigzag, in unary), then the share without its leading one.
    func encode(into writer: inout ByteWriter) {
        var bits = BitWriter()
        forEachShare { change, length, share in
            // Unary: `change` ones and a zero; at most 24 + 1 bits.
            bits.write(BitString.lowest(change), count: change + 1)
            if length > 1 { bits.write(share & BitString.lowest(length - 1), count: length - 1) }
        }
        writer.write(contentsOf: bits.finished())
    }

    private func forEachShare(_ body: (_ change: Int, _ length: Int, _ share: UInt64) -> Void) {
        var rest = 1 << tableBits
        var previous: Int64 = 0
        for share in shares {
            if rest == 0 { return }
            let length = UInt16.bitWidth - share.leadingZeroBitCount
            body(Int(ZigZag.encode(Int64(length) - previous)), length, UInt64(share))
            previous = Int64(length)
            rest -= Int(share)
        }
    }

    /// Reads what ``encode(into:)`` wrote.
    @_lifetime(cursor: copy cursor)
    init(decoding cursor: inout ByteCursor, tableBits: Int) throws(CodecError) {
        let start = cursor.offset
        self.tableBits = tableBits
        // 256 symbols of at most 25 + 11 bits; a look ahead, nothing is used up yet.
        var reader = copy cursor
        let bytes = try reader.span(count: min(cursor.remaining, EntropySymbol.count * 36 / 8))
        let found = bytes.withUnsafeBytes { Self.parse($0, size: 1 << tableBits) }
        guard let found else { throw .malformed(offset: start, detail: "symbol shares that do not add up") }
        shares = found.shares
        _ = try cursor.span(count: (found.bitCount + 7) / 8)
    }

    private static func parse(
        _ bytes: UnsafeRawBufferPointer, size: Int
    ) -> (shares: [UInt16], bitCount: Int)? {
        var shares = [UInt16](repeating: 0, count: EntropySymbol.count)
        var rest = size
        var position = 0
        var length: Int64 = 0
        for symbol in shares.indices {
            let change = (~BitString.word(bytes, at: position)).trailingZeroBitCount
            position += change + 1
            // 24: from 0 to 12 bits, as a zigzag number.
            guard change <= 24 else { return nil }
            length += ZigZag.decode(UInt64(change))
            guard 0...12 ~= length else { return nil }
            if length == 0 { continue }
            let low = BitString.bits(bytes, at: position, count: Int(length) - 1)
            position += Int(length) - 1
            let share = 1 << (Int(length) - 1) | Int(low)
            guard share <= rest else { return nil }
            shares[symbol] = UInt16(share)
            rest -= share
            if rest == 0 { return (shares, position) }
        }
        return nil
    }
}
