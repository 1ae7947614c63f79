import VarveBytes

extension IntegerStream {
    /// Fills all of `output` with the first of the `rowCount` integers of an entropy-coded stream, from its content.
    /// Only where these are all is its end checked. Format: Docs/Format/columns.md, "ENTROPY".
    @_lifetime(cursor: copy cursor)
    static func decodeEntropy(
        _ cursor: inout ByteCursor, of rowCount: Int, into output: UnsafeMutableBufferPointer<Int64>
    ) throws(CodecError) {
        let start = cursor.offset
        let code: UInt8 = try cursor.fixed()
        let tableBits = Int(code >> 4)
        guard let transform = Transform(rawValue: code & 0x0f), SymbolCounts.tableBitsRange ~= tableBits else {
            throw .malformed(
                offset: start, detail: "transform \(code & 15) with a table of 2^\(tableBits); known are 0–3 and 5–11")
        }
        guard rowCount >= transform.rowsMin else {
            throw .malformed(offset: start, detail: "transform \(transform) for \(rowCount) rows")
        }
        var parameters = TransformParameters()
        if transform != .frameOfReference { parameters.first = try cursor.signedVarint() }
        if transform == .deltaOfDelta || transform == .line { parameters.slope = try cursor.signedVarint() }
        let center = try cursor.signedVarint()
        let table = DecodingTable(try SymbolCounts(decoding: &cursor, tableBits: tableBits))
        let count = min(transform.residualCount(rows: rowCount), output.count)
        let residuals = UnsafeMutableBufferPointer(rebasing: output[..<count])
        try decodeLanes(&cursor, table, center, isWhole: output.count == rowCount, into: residuals)
        // The transforms read as many residuals as rows; those behind the last one change nothing.
        for index in count..<output.count { output[index] = 0 }
        transform.restore(output, parameters)
    }

    @_lifetime(cursor: copy cursor)
    private static func decodeLanes(
        _ cursor: inout ByteCursor, _ table: borrowing DecodingTable, _ center: Int64, isWhole: Bool,
        into output: UnsafeMutableBufferPointer<Int64>
    ) throws(CodecError) {
        let start = cursor.offset
        var byteCounts: [Int] = []
        for _ in 0..<EntropyEncoder.laneCount { byteCounts.append(try cursor.count(limit: cursor.remaining)) }
        // Each is at most what remains, so neither sum nor memory can run away.
        let bytes = try cursor.span(count: byteCounts.reduce(0, +))
        var decoder = LaneDecoder(copying: bytes, byteCounts, tableBits: table.tableBits)
        guard decoder.decode(table, center, into: output), !isWhole || decoder.isComplete else {
            throw .malformed(offset: start, detail: "entropy-coded lanes that do not end where they should")
        }
    }
}

/// One of the four bit strings while it is read; zeros follow it in memory.
private struct Lane {
    let start: UnsafeRawPointer
    let byteCount: Int
    /// Next bit.
    var position: Int
    var state: Int

    init(_ start: UnsafeRawPointer, byteCount: Int, tableBits: Int) {
        self.start = start
        self.byteCount = byteCount
        position = tableBits
        state = Int(truncatingIfNeeded: Self.word(start, at: 0) & BitString.lowest(tableBits))
    }

    /// Whether the lane has not been left yet; 72 bits further on are its padding at most.
    @inline(__always)
    var isInside: Bool { position &>> 3 <= byteCount }

    /// Whether the lane has ended as the encoder began: in state 0, with its last byte in use.
    var isComplete: Bool { state == 0 && (position + 7) / 8 == byteCount }

    /// At least 57 bits from bit `position` on.
    @inline(__always)
    static func word(_ start: UnsafeRawPointer, at position: Int) -> UInt64 {
        start.loadUnaligned(fromByteOffset: position &>> 3, as: UInt64.self)
            &>> UInt64(truncatingIfNeeded: position & 7)
    }

    /// The next residuals, `perLoad` of them, for tables whose symbols take at most 57 / perLoad bits.
    @inline(__always)
    mutating func read(
        _ entries: UnsafeMutablePointer<DecodingEntry>, _ center: Int64, _ perLoad: Int,
        into target: UnsafeMutablePointer<Int64>
    ) {
        var word = Self.word(start, at: position)
        for index in 0..<perLoad {
            let entry = entries[state]
            state = entry.next(word)
            word &>>= entry.bits
            let low = word & ((1 &<< entry.extraBits) &- 1)
            word &>>= entry.extraBits
            position &+= Int(truncatingIfNeeded: entry.bits &+ entry.extraBits)
            target[4 &* index] = EntropySymbol.unfold(entry.number &+ low) &+ center
        }
    }

    /// The same for tables without extra bits.
    @inline(__always)
    mutating func readShort(
        _ entries: UnsafeMutablePointer<DecodingEntry>, _ center: Int64, into target: UnsafeMutablePointer<Int64>
    ) {
        var word = Self.word(start, at: position)
        for index in 0..<4 {
            let entry = entries[state]
            state = entry.next(word)
            word &>>= entry.bits
            position &+= Int(truncatingIfNeeded: entry.bits)
            target[4 &* index] = EntropySymbol.unfold(entry.number) &+ center
        }
    }

    /// The next residual, for any table.
    @inline(__always)
    mutating func readWide(_ entries: UnsafeMutablePointer<DecodingEntry>, _ center: Int64) -> Int64 {
        let entry = entries[state]
        let word = Self.word(start, at: position)
        state = entry.next(word)
        position &+= Int(truncatingIfNeeded: entry.bits)
        let extra = Int(truncatingIfNeeded: entry.extraBits)
        defer { position &+= extra }
        if extra <= DecodingEntry.extraBitsMax {
            return EntropySymbol.unfold(entry.number &+ ((word &>> entry.bits) & BitString.lowest(extra))) &+ center
        }
        var low = Self.word(start, at: position) & 0xffff_ffff
        low |= Self.word(start, at: position &+ 32) &<< 32
        low &= BitString.lowest(extra)
        return EntropySymbol.unfold(entry.number &<< entry.extraBits | low) &+ center
    }
}

/// Follows four lanes side by side.
private struct LaneDecoder: ~Copyable {
    /// Rounds of four values between two looks at what is left.
    private static let rounds = 16
    /// Zeros behind each lane: what the rounds between two looks can read, 72 bits each, and two loads more.
    private static let padding = 16 * 72 / 8 + 16

    private let memory: ScratchBuffer<UInt8>
    private var one: Lane
    private var two: Lane
    private var three: Lane
    private var four: Lane

    /// `byteCounts` are four and add up to the length of `bytes`.
    init(copying bytes: RawSpan, _ byteCounts: [Int], tableBits: Int) {
        memory = ScratchBuffer(count: bytes.byteCount + 4 * Self.padding)
        let target = UnsafeMutableRawBufferPointer(memory.buffer)
        target.initializeMemory(as: UInt8.self, repeating: 0)
        var lanes: [Lane] = []
        var from = 0
        var to = 0
        bytes.withUnsafeBytes { source in
            for byteCount in byteCounts {
                let piece = UnsafeRawBufferPointer(rebasing: source[from..<(from + byteCount)])
                UnsafeMutableRawBufferPointer(rebasing: target[to...]).copyMemory(from: piece)
                lanes.append(Lane(target.baseAddress! + to, byteCount: byteCount, tableBits: tableBits))
                from += byteCount
                to += byteCount + Self.padding
            }
        }
        (one, two, three, four) = (lanes[0], lanes[1], lanes[2], lanes[3])
    }

    /// Fills `output` with residuals; false when the lanes end before. Hot: once per block.
    mutating func decode(
        _ table: borrowing DecodingTable, _ center: Int64, into output: UnsafeMutableBufferPointer<Int64>
    ) -> Bool {
        guard let target = output.baseAddress else { return true }
        let entries = table.entries
        var index = 0
        while output.count &- index >= 4 &* Self.rounds && isInside {
            let some = target + index
            // One load has at least 57 useful bits: enough for four symbols without extra bits, two of 28 or one of 57.
            if table.extraBitsMax == 0 {
                runShort(entries, center, some)
            } else if table.symbolBitsMax <= 28 {
                run(entries, center, some, perLoad: 2)
            } else if table.extraBitsMax <= DecodingEntry.extraBitsMax {
                run(entries, center, some, perLoad: 1)
            } else {
                runWide(entries, center, some)
            }
            index &+= 4 &* Self.rounds
        }
        while index < output.count && isInside {
            target[index] = one.readWide(entries, center)
            if index &+ 1 < output.count { target[index &+ 1] = two.readWide(entries, center) }
            if index &+ 2 < output.count { target[index &+ 2] = three.readWide(entries, center) }
            if index &+ 3 < output.count { target[index &+ 3] = four.readWide(entries, center) }
            index &+= 4
        }
        return index >= output.count
    }

    /// Whether all lanes have ended as the encoder began.
    var isComplete: Bool { one.isComplete && two.isComplete && three.isComplete && four.isComplete }

    /// Whether so many rounds cannot leave any lane and its padding.
    private var isInside: Bool { one.isInside && two.isInside && three.isInside && four.isInside }

    @inline(__always)
    private mutating func runShort(
        _ entries: UnsafeMutablePointer<DecodingEntry>, _ center: Int64, _ target: UnsafeMutablePointer<Int64>
    ) {
        var (a, b, c, d) = (one, two, three, four)
        for round in 0..<(Self.rounds / 4) {
            let some = target + 16 &* round
            a.readShort(entries, center, into: some)
            b.readShort(entries, center, into: some + 1)
            c.readShort(entries, center, into: some + 2)
            d.readShort(entries, center, into: some + 3)
        }
        (one, two, three, four) = (a, b, c, d)
    }

    @inline(__always)
    private mutating func run(
        _ entries: UnsafeMutablePointer<DecodingEntry>, _ center: Int64, _ target: UnsafeMutablePointer<Int64>,
        perLoad: Int
    ) {
        var (a, b, c, d) = (one, two, three, four)
        for round in 0..<(Self.rounds / perLoad) {
            let some = target + 4 &* perLoad &* round
            a.read(entries, center, perLoad, into: some)
            b.read(entries, center, perLoad, into: some + 1)
            c.read(entries, center, perLoad, into: some + 2)
            d.read(entries, center, perLoad, into: some + 3)
        }
        (one, two, three, four) = (a, b, c, d)
    }

    private mutating func runWide(
        _ entries: UnsafeMutablePointer<DecodingEntry>, _ center: Int64, _ target: UnsafeMutablePointer<Int64>
    ) {
        var (a, b, c, d) = (one, two, three, four)
        for round in 0..<Self.rounds {
            let some = target + 4 &* round
            some[0] = a.readWide(entries, center)
            some[1] = b.readWide(entries, center)
            some[2] = c.readWide(entries, center)
            some[3] = d.readWide(entries, center)
        }
        (one, two, three, four) = (a, b, c, d)
    }
}
