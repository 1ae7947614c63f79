import VarveModel

/// Cuts a stream of lines into pieces that end at line ends. A pure machine.
///
/// A line above the limit is passed over, so that memory stays bounded; the caller reports it.
package struct LineChunker: Sendable {
    /// Whole lines, and where they begin.
    package struct Piece: Equatable, Sendable {
        package var bytes: [UInt8]
        /// Lines before the piece, those passed over too.
        package var linesBefore: Int

        package init(bytes: [UInt8], linesBefore: Int) {
            self.bytes = bytes
            self.linesBefore = linesBefore
        }
    }

    private var rest: [UInt8] = []
    private var linesBefore = 0
    private var isPassingOver = false
    /// Numbers of the lines passed over since they were last taken.
    private var passedOver: [Int] = []
    private let lineBytesMax: Int

    package init(lineBytesMax: Int = Limits.lineBytesMax) { self.lineBytesMax = lineBytesMax }

    /// Takes bytes and gives the whole lines that are there; nil when there are none.
    package mutating func append(_ bytes: some Collection<UInt8>) -> Piece? {
        var bytes = bytes[...]
        if isPassingOver {
            guard let end = bytes.firstIndex(of: Self.lineFeed) else { return nil }
            bytes = bytes[bytes.index(after: end)...]
            isPassingOver = false
            linesBefore += 1
        }
        rest += bytes
        guard let end = rest.lastIndex(of: Self.lineFeed) else {
            passOverIfTooLong()
            return nil
        }
        let piece = Piece(bytes: Array(rest[...end]), linesBefore: linesBefore)
        linesBefore += piece.bytes.count { $0 == Self.lineFeed }
        rest.removeSubrange(...end)
        passOverIfTooLong()
        return piece
    }

    /// The last line, when the input does not end in a line end.
    package mutating func finish() -> Piece? {
        guard !rest.isEmpty else { return nil }
        defer { rest = [] }
        return Piece(bytes: rest, linesBefore: linesBefore)
    }

    /// Numbers, from 1, of the lines passed over since the last call.
    package mutating func takePassedOver() -> [Int] {
        defer { passedOver = [] }
        return passedOver
    }

    private mutating func passOverIfTooLong() {
        // A carriage return may be half of the line end, which does not count.
        guard rest.count > lineBytesMax + (rest.last == Self.carriageReturn ? 1 : 0) else { return }
        rest = []
        isPassingOver = true
        passedOver.append(linesBefore + 1)
    }

    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
}
