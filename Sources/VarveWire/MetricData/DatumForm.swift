/// Where the parts of a datum that change from one to the next stood in one that was read member by member: its name,
/// the values of its dimensions, its time and its single value.
///
/// What lies between them is punctuation, names of members and dimensions, unit and resolution. A datum that has the
/// same bytes there has the same members in the same order, each once, so that only those parts are left to read:
/// agents send hundreds of data of one form in one request.
struct DatumForm {
    enum Part { case name, dimensionValue, time, value }

    struct Piece {
        let part: Part
        let start: Int
        let end: Int
    }

    private(set) var pieces: [Piece] = []
    private(set) var start = 0
    private(set) var end = 0
    /// Whether a whole datum with a single value was read.
    private(set) var isUsable = false

    mutating func begin(at offset: Int) {
        pieces.removeAll(keepingCapacity: true)
        start = offset
        isUsable = false
    }

    @inline(__always)
    mutating func add(_ part: Part, from start: Int, to end: Int) {
        pieces.append(Piece(part: part, start: start, end: end))
    }

    /// The datum was right and ends before `offset`.
    mutating func finish(at offset: Int) {
        end = offset
        isUsable = pieces.contains { $0.part == .value }
    }
}

/// A scanner that can read the parts of a datum one by one.
protocol DatumScanner {
    var offset: Int { get set }
    var sink: MetricDataSink { get set }
    var form: DatumForm { get }

    /// The text at the offset as a name of a kind; the range of `earlier` when it is that text again. Moves past it.
    mutating func name(
        _ kind: MetricDataSink.TextKind, earlier: Range<Int>, _ text: borrowing WireText
    ) -> Range<Int>?
    mutating func number(_ text: borrowing WireText) -> Double?
    /// Seconds since 1970.
    mutating func time(_ text: borrowing WireText) -> Double?
}

extension DatumScanner {
    /// Reads a datum of the form of the one before. Hot: about 50 ns.
    /// - Returns: false, with the offset and the columns as they were, when it has another form or is not right.
    mutating func repeatedDatum(_ text: borrowing WireText) -> Bool {
        guard form.isUsable else { return false }
        let start = offset
        sink.beginRepetition()
        if repeatParts(text) {
            sink.endRepetition()
            return true
        }
        sink.dropRepetition()
        offset = start
        return false
    }

    @inline(__always)
    private mutating func repeatParts(_ text: borrowing WireText) -> Bool {
        var position = form.start
        for index in form.pieces.indices {
            let piece = form.pieces[index]
            guard take(position..<piece.start, text), takePart(piece.part, text) else { return false }
            position = piece.end
        }
        return take(position..<form.end, text)
    }

    /// Bytes of the form that stand at the offset again.
    @inline(__always)
    private mutating func take(_ bytes: Range<Int>, _ text: borrowing WireText) -> Bool {
        guard bytes.isEmpty || text.repeats(bytes, at: offset) else { return false }
        offset &+= bytes.count
        return true
    }

    @inline(__always)
    private mutating func takePart(_ part: DatumForm.Part, _ text: borrowing WireText) -> Bool {
        switch part {
        case .name:
            guard let range = name(.metric, earlier: sink.repeatedName, text) else { return false }
            sink.repeatName(range)
        case .dimensionValue:
            guard let range = name(.dimensionValue, earlier: sink.repeatedDimensionValue, text) else { return false }
            sink.repeatDimension(value: range)
        case .time:
            guard let seconds = time(text), sink.repeatTimestamp(seconds: seconds) else { return false }
        case .value:
            guard let value = number(text) else { return false }
            sink.append(value: value)
        }
        return true
    }
}
