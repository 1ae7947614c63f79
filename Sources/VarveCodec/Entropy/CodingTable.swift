/// The order of symbols in the tables of the coder, a table of asymmetric numeral systems (Duda 2013).
///
/// Format: Docs/Format/columns.md, "ENTROPY".
enum CodingTable {
    /// Calls `body` with every table position in the order in which symbols are dealt out, and its symbol. The odd step
    /// visits each position of a power of two once and spreads the places of a symbol evenly.
    @inline(__always)
    static func spread(_ counts: SymbolCounts, _ body: (_ position: Int, _ symbol: Int) -> Void) {
        let size = 1 << counts.tableBits
        let step = size / 2 + size / 8 + 3
        var position = 0
        for symbol in 0..<EntropySymbol.count {
            for _ in 0..<Int(counts.shares[symbol]) {
                body(position, symbol)
                position = (position &+ step) & (size &- 1)
            }
        }
    }
}

/// One state of a decoder: what symbol it stands for, and the way to the next state.
struct DecodingEntry {
    /// Bits 0–10 smallest next state, 11–21 mask of the bits to add to it, 22–25 their number, 26–31 extra bits of the
    /// symbol, 32–63 smallest zigzag number of the symbol, or its head where that has more than 32 bits.
    var word: UInt64

    /// More extra bits than that, and the smallest number does not fit.
    static let extraBitsMax = 29

    init(symbol: Int) {
        let extra = EntropySymbol.extraBits(of: symbol)
        let head = EntropySymbol.head(of: symbol)
        let number = extra <= Self.extraBitsMax ? head &<< UInt64(truncatingIfNeeded: extra) : head
        word = number &<< 32 | UInt64(truncatingIfNeeded: extra) &<< 26
    }

    @inline(__always)
    var bits: UInt64 { (word &>> 22) & 0xf }
    @inline(__always)
    var extraBits: UInt64 { (word &>> 26) & 0x3f }
    /// Without extra bits; only up to ``extraBitsMax`` of them.
    @inline(__always)
    var number: UInt64 { word &>> 32 }

    /// The state after this one, given the bits that follow.
    @inline(__always)
    func next(_ following: UInt64) -> Int {
        Int(truncatingIfNeeded: (word & 0x7ff) &+ (following & (word &>> 11) & 0x7ff))
    }
}

/// The table that decoders follow: state → symbol, next state.
struct DecodingTable: ~Copyable {
    let entries: UnsafeMutablePointer<DecodingEntry>
    let tableBits: Int
    /// Most bits that one symbol takes, and most extra bits among them.
    private(set) var symbolBitsMax = 0
    private(set) var extraBitsMax = 0

    init(_ counts: SymbolCounts) {
        tableBits = counts.tableBits
        entries = .allocate(capacity: 1 << counts.tableBits)
        deal(counts)
        link(counts)
    }

    deinit { entries.deallocate() }

    /// Writes what does not depend on the state, and the symbol in the place of the next state.
    private mutating func deal(_ counts: SymbolCounts) {
        var last = -1
        var entry = DecodingEntry(symbol: 0)
        CodingTable.spread(counts) { position, symbol in
            if symbol != last {
                last = symbol
                entry = DecodingEntry(symbol: symbol)
                let extra = Int(entry.extraBits)
                // tableBits − floor(log2(share))
                let bits = counts.tableBits &+ counts.shares[symbol].leadingZeroBitCount &- 15
                extraBitsMax = max(extraBitsMax, extra)
                symbolBitsMax = max(symbolBitsMax, bits &+ extra)
                entry.word |= UInt64(truncatingIfNeeded: symbol)
            }
            entries[position] = entry
        }
    }

    /// Replaces symbols by the way to the next state.
    private func link(_ counts: SymbolCounts) {
        let size = UInt64(1) << UInt64(counts.tableBits)
        // The k-th place of a symbol with share s, counted from 0, stands for the number s + k.
        var next = counts.shares
        next.withUnsafeMutableBufferPointer { next in
            for state in 0..<Int(size) {
                let word = entries[state].word
                let symbol = Int(truncatingIfNeeded: word & 0xff)
                let number = UInt64(next[symbol])
                next[symbol] &+= 1
                let bits = UInt64(truncatingIfNeeded: counts.tableBits &- 63 &+ number.leadingZeroBitCount)
                let base = (number &<< bits) &- size
                let mask = (1 &<< bits) &- 1
                entries[state].word = (word & ~0xff) | base | mask &<< 11 | bits &<< 22
            }
        }
    }
}

/// The table that encoders follow: symbol, next state → state. States carry an offset of 2^tableBits.
struct EncodingTable {
    let tableBits: Int
    private let counts: SymbolCounts
    /// For each symbol, where its states start in `states`.
    private var starts: [Int] = []
    /// For each symbol the states that stand for it, in rising order.
    private var states: [UInt16]

    init(_ counts: SymbolCounts) {
        self.counts = counts
        tableBits = counts.tableBits
        let size = 1 << counts.tableBits
        var symbols = [UInt8](repeating: 0, count: size)
        CodingTable.spread(counts) { position, symbol in symbols[position] = UInt8(symbol) }
        var start = 0
        for share in counts.shares {
            starts.append(start)
            start += Int(share)
        }
        states = [UInt16](repeating: 0, count: size)
        var next = starts
        for state in 0..<size {
            states[next[Int(symbols[state])]] = UInt16(state + size)
            next[Int(symbols[state])] += 1
        }
    }

    /// Steps from the state after `symbol` to the one before it; returns the bits that lead back.
    @inline(__always)
    func step(_ state: inout Int, symbol: Int) -> (bits: Int, count: Int) {
        let share = Int(counts.shares[symbol])
        // The one shift that brings the state into share ..< 2 · share.
        var count = (64 &- UInt64(truncatingIfNeeded: share).leadingZeroBitCount)
        count = (64 &- UInt64(truncatingIfNeeded: state).leadingZeroBitCount) &- count
        if (state &>> count) < share { count &-= 1 }
        let bits = state & ((1 &<< count) &- 1)
        state = Int(states[starts[symbol] &+ (state &>> count) &- share])
        return (bits, count)
    }
}
