import VarveBytes
import VarveCodec

/// Block statistics of an index leaf, column by column. Format: Docs/Format/segment.md, "Block index".
///
/// The row counts are not here: a block has as many rows as its time block, so `count` is filled in by the reader.
enum StatisticsColumns {
    static func encode(_ statistics: [BlockStatistics], into writer: inout ByteWriter) {
        writer.integers(statistics.map { Int64($0.nanCount) })
        writer.floats(statistics.map(\.first))
        writer.floats(statistics.map(\.last))
        // NaN stands for "no finite value": a minimum is never NaN.
        writer.floats(statistics.map { $0.minimum ?? .nan })
        writer.floats(statistics.map { $0.maximum ?? .nan })
        encodeSums(statistics.map(\.sum), into: &writer)
    }

    /// Statistics with a `count` of 0, to be set from the time blocks.
    @_lifetime(cursor: copy cursor)
    static func decode(_ cursor: inout ByteCursor, count: Int) throws(FormatFault) -> [BlockStatistics] {
        let nanCounts = try cursor.integers(count: count, in: 0...Int64(SegmentFormat.blockRowsMax), "NaN count")
        let firsts = try cursor.floats(count: count)
        let lasts = try cursor.floats(count: count)
        let minima = try cursor.floats(count: count)
        let maxima = try cursor.floats(count: count)
        let sums = try decodeSums(&cursor, count: count)
        var statistics: [BlockStatistics] = []
        statistics.reserveCapacity(count)
        for index in 0..<count {
            statistics.append(
                BlockStatistics(
                    count: 0, nanCount: Int(nanCounts[index]), minimum: minima[index].isNaN ? nil : minima[index],
                    maximum: maxima[index].isNaN ? nil : maxima[index], first: firsts[index], last: lasts[index],
                    sum: sums[index]))
        }
        return statistics
    }

    // MARK: Sums

    /// A sum's canonical bytes are {specials, byte count, low byte, significand bytes} (Docs/Format/columns.md, "Exact
    /// sum"). Each part becomes a column; significands of up to eight bytes one more, so that similar sums pack well.
    static func encodeSums(_ sums: [ExactSum], into writer: inout ByteWriter) {
        var specials: [Int64] = []
        var byteCounts: [Int64] = []
        var lowBytes: [Int64] = []
        var significands: [Int64] = []
        var wide = ByteWriter()
        var scratch = ByteWriter()
        for sum in sums {
            scratch.removeAll()
            sum.encode(into: &scratch)
            let parts = SumParts(canonical: scratch.bytes)
            specials.append(Int64(parts.specials))
            lowBytes.append(Int64(parts.lowByte))
            // 0: in `significands`. Equal short counts need not be stored: the significand tells its own length.
            byteCounts.append(parts.bytes.count > 8 ? Int64(parts.bytes.count) : 0)
            significands.append(parts.bytes.count > 8 ? significands.last ?? 0 : parts.significand)
            if parts.bytes.count > 8 { wide.write(contentsOf: parts.bytes) }
        }
        writer.integers(specials)
        writer.integers(lowBytes)
        writer.integers(byteCounts)
        writer.integers(significands)
        writer.write(contentsOf: wide.bytes)
    }

    @_lifetime(cursor: copy cursor)
    static func decodeSums(_ cursor: inout ByteCursor, count: Int) throws(FormatFault) -> [ExactSum] {
        let specials = try cursor.integers(count: count, in: 0...7, "special values of a sum")
        let lowBytes = try cursor.integers(count: count, in: 0...SumParts.byteCountMax, "scale of a sum")
        let byteCounts = try cursor.integers(count: count, in: 0...SumParts.byteCountMax, "length of a sum")
        let significands = try cursor.integers(count: count)
        var sums: [ExactSum] = []
        sums.reserveCapacity(count)
        for index in 0..<count {
            var parts = SumParts(specials: UInt8(specials[index]), lowByte: Int(lowBytes[index]))
            if let sum = SumParts.plainSum(parts, byteCount: byteCounts[index], significands[index]) {
                sums.append(sum)
                continue
            }
            if byteCounts[index] == 0 {
                parts.set(significand: significands[index])
            } else {
                for _ in 0..<byteCounts[index] { parts.bytes.append(try cursor.field()) }
            }
            sums.append(try parts.sum(at: cursor.offset))
        }
        return sums
    }
}

/// The stored parts of an exact sum.
private struct SumParts {
    var specials: UInt8
    /// The significand counts in units of 2^(8·lowByte − 1074); 0 when there is no significand.
    var lowByte: Int
    /// Little-endian two's complement without redundant bytes at either end; empty for zero.
    var bytes: [UInt8] = []

    /// Bytes of the widest sum: any number of finite doubles needs at most 2 240 bits.
    static let byteCountMax: Int64 = 280

    init(specials: UInt8, lowByte: Int) {
        self.specials = specials
        self.lowByte = lowByte
    }

    init(canonical: [UInt8]) {
        do {
            self = try Self.parse(canonical)
        } catch {
            preconditionFailure("an exact sum encodes itself into its documented form: \(error)")
        }
    }

    private static func parse(_ canonical: [UInt8]) throws(BytesError) -> SumParts {
        var cursor = ByteCursor(canonical.span.bytes)
        let specials: UInt8 = try cursor.read()
        let count = try cursor.readCount(limit: Int(byteCountMax))
        var parts = SumParts(specials: specials, lowByte: 0)
        if count > 0 { parts.lowByte = try cursor.readCount(limit: Int(byteCountMax)) }
        parts.bytes = try cursor.readBytes(count: count)
        return parts
    }

    /// Value of up to eight bytes.
    var significand: Int64 {
        var value: Int64 = bytes.last.map { $0 >= 0x80 ? -1 : 0 } ?? 0
        for byte in bytes.reversed() { value = value << 8 | Int64(byte) }
        return value
    }

    /// Sets the shortest bytes whose value this is.
    mutating func set(significand: Int64) {
        bytes = []
        if significand == 0 { return }
        var rest = significand
        var isComplete = false
        while !isComplete {
            let byte = UInt8(truncatingIfNeeded: rest)
            bytes.append(byte)
            rest >>= 8
            // The top bit of the last byte must tell the sign.
            isComplete = rest == (byte >= 0x80 ? -1 : 0)
        }
    }

    /// The sum without the detour over its bytes, for all but special and wide ones; nil for those, and for scales that
    /// ``sum(at:)`` has to judge.
    static func plainSum(_ parts: SumParts, byteCount: Int64, _ significand: Int64) -> ExactSum? {
        let exponent = 8 * parts.lowByte - 1074
        guard byteCount == 0, parts.specials == 0, ExactSum.exponents.contains(exponent) else { return nil }
        var sum = ExactSum()
        sum.add(significand: significand, exponent: exponent)
        return sum
    }

    func sum(at offset: Int) throws(FormatFault) -> ExactSum {
        var writer = ByteWriter()
        writer.write(specials)
        writer.writeCount(bytes.count)
        if !bytes.isEmpty {
            writer.writeCount(lowByte)
            writer.write(contentsOf: bytes)
        }
        var cursor = ByteCursor(writer.bytes.span.bytes)
        do {
            return try ExactSum(decoding: &cursor)
        } catch {
            throw FormatFault(offset: offset, detail: "sum of a block: \(error)")
        }
    }
}
