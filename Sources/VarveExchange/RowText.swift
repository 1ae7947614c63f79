import VarveJSON
package import VarveQuery

/// How rows are written as text.
package struct RowDialect: Sendable {
    package var rowStart: [UInt8]
    package var separator: [UInt8]
    package var rowEnd: [UInt8]
    /// For a missing cell, and for a number that is not finite.
    package var missing: [UInt8]
    /// Writes a text with all that surrounds it and escapes what has to be.
    package var appendText: @Sendable (String, inout [UInt8]) -> Void

    package init(
        rowStart: [UInt8], separator: [UInt8], rowEnd: [UInt8], missing: [UInt8],
        appendText: @escaping @Sendable (String, inout [UInt8]) -> Void
    ) {
        self.rowStart = rowStart
        self.separator = separator
        self.rowEnd = rowEnd
        self.missing = missing
        self.appendText = appendText
    }
}

/// What stands around the cells of a row, in memory that needs no counting of references.
private struct RowPieces {
    let rowStart: UnsafeBufferPointer<UInt8>
    let separator: UnsafeBufferPointer<UInt8>
    let rowEnd: UnsafeBufferPointer<UInt8>
    let missing: UnsafeBufferPointer<UInt8>
}

extension RowDialect {
    fileprivate func withPieces(_ body: (RowPieces) -> Void) {
        rowStart.withUnsafeBufferPointer { start in
            separator.withUnsafeBufferPointer { separator in
                rowEnd.withUnsafeBufferPointer { end in
                    missing.withUnsafeBufferPointer { missing in
                        body(RowPieces(rowStart: start, separator: separator, rowEnd: end, missing: missing))
                    }
                }
            }
        }
    }
}

/// Writes rows of a table as text, any number of rows at a time. Texts that rows repeat are escaped once, side by side
/// where they repeat together; numbers go from their columns straight into bytes. Belongs to one answer on one thread.
package struct RowText: Sendable {
    private let dialect: RowDialect
    private var columns: [TextColumn] = []
    /// The bytes of texts.
    private var texts: [UInt8] = []
    /// No row takes more, unless it has loose cells.
    private var rowBytesMax = 0
    private let rowCount: Int
    /// Whether cells are written one by one: those of a column without one kind, or of very many columns.
    private var hasLooseCells = false

    /// Rows of more columns are written cell by cell: joining them takes a call inside a call, and memory, for each.
    private static let joinedColumnsMax = 64

    /// Bytes of the rows that are put together before they are appended: they stay in the first or second cache.
    private static let blockBytes = 48 << 10

    package init(_ rows: QueryRows, dialect: RowDialect) {
        self.dialect = dialect
        rowCount = rows.count
        var index = 0
        while index < rows.columns.count {
            index += append(rows.columns[index...])
        }
        if columns.count > Self.joinedColumnsMax { hasLooseCells = true }
        let separators = dialect.separator.count * max(0, columns.count - 1)
        let cells = columns.reduce(0) { $0 + $1.byteCountMax(missing: dialect.missing.count) }
        rowBytesMax = max(1, dialect.rowStart.count + cells + separators + dialect.rowEnd.count)
    }

    /// Appends rows from `first` on until there are `byteCount` bytes, a row more, or none is left; at least one.
    /// - Precondition: there is a row `first`.
    /// - Returns: the first row that was not written.
    package func append(from first: Int, to output: inout [UInt8], upTo byteCount: Int) -> Int {
        var row = first
        repeat {
            let fitting = hasLooseCells ? 1 : max(1, (byteCount - output.count) / rowBytesMax)
            let end = row + min(fitting, rowCount - row)
            append(row..<end, to: &output)
            row = end
        } while row < rowCount && output.count < byteCount
        return row
    }

    /// Appends rows with everything around them.
    package func append(_ rows: Range<Int>, to output: inout [UInt8]) {
        if hasLooseCells {
            for row in rows { appendCells(of: row, to: &output) }
            return
        }
        let blockRows = max(1, Self.blockBytes / rowBytesMax)
        withCells(of: columns[...], []) { cells in
            for start in stride(from: rows.lowerBound, to: rows.upperBound, by: blockRows) {
                append(start..<min(start + blockRows, rows.upperBound), cells, to: &output)
            }
        }
    }

    private func append(_ rows: Range<Int>, _ cells: UnsafeBufferPointer<CellSource>, to output: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: rows.count * rowBytesMax) { room in
            guard let start = room.baseAddress else { return }
            var target = TextTarget(next: start)
            dialect.withPieces { pieces in
                for row in rows { Self.append(row, cells, pieces, to: &target) }
            }
            output.append(contentsOf: UnsafeBufferPointer(start: start, count: target.next - start))
        }
    }

    /// Hot: once per row, 5 to 10 ns per cell.
    private static func append(
        _ row: Int, _ cells: UnsafeBufferPointer<CellSource>, _ pieces: RowPieces, to target: inout TextTarget
    ) {
        let missing = pieces.missing
        target.write(pieces.rowStart)
        for index in 0..<cells.count {
            if index > 0 { target.write(pieces.separator) }
            switch cells[index] {
            case .times(let times): target.write(times[row])
            case .integers(let values, let isMissing):
                if isMissing.count > 0, isMissing[row] { target.write(missing) } else { target.write(values[row]) }
            case .numbers(let values, let isMissing):
                if isMissing.count > 0 && isMissing[row] || !values[row].isFinite {
                    target.write(missing)
                } else {
                    target.write(values[row])
                }
            case .texts(let bytes, let places, let numbers):
                let place = places[Int(numbers[row])]
                target.write(UnsafeBufferPointer(rebasing: bytes[place.start..<(place.start + place.count)]))
            }
        }
        target.write(pieces.rowEnd)
    }

    /// Rows of short tables.
    private func appendCells(of row: Int, to output: inout [UInt8]) {
        output += dialect.rowStart
        for (index, column) in columns.enumerated() {
            if index > 0 { output += dialect.separator }
            switch column {
            case .times(let times): NumberText.append(times[row], to: &output)
            case .integers(let cells):
                append(cells.isMissing(row) ? .null : .integer(cells.values[row]), to: &output)
            case .numbers(let cells): append(cells.isMissing(row) ? .null : .number(cells.values[row]), to: &output)
            case .texts(let places, let numbers):
                let place = places[Int(numbers[row])]
                output += texts[place.start..<(place.start + place.count)]
            case .loose(let values): append(values[row], to: &output)
            }
        }
        output += dialect.rowEnd
    }

    private func append(_ value: QueryResult.Value, to output: inout [UInt8]) {
        switch value {
        case .null: output += dialect.missing
        case .text(let text): dialect.appendText(text, &output)
        case .number(let number) where !number.isFinite: output += dialect.missing
        case .number(let number): NumberText.append(number, to: &output)
        case .integer(let number), .time(let number): NumberText.append(number, to: &output)
        }
    }

    // MARK: Columns

    /// Adds the first of `rest`, and those behind it that can be written with it; returns how many.
    private mutating func append(_ rest: ArraySlice<QueryCells>) -> Int {
        switch rest[rest.startIndex] {
        case .times(let times): columns.append(.times(times))
        case .integers(let cells): columns.append(.integers(cells))
        case .numbers(let cells): columns.append(.numbers(cells))
        case .values(let values):
            hasLooseCells = true
            columns.append(.loose(values))
        case .texts(let first):
            var group: [TextCells] = []
            for case .texts(let cells) in rest.prefix(while: { $0.hasSameRows(as: first) }) { group.append(cells) }
            let places = first.texts.indices.map { append(group, number: $0) }
            columns.append(.texts(places, numbers: first.numbers))
            return group.count
        }
        return 1
    }

    /// The texts of one number in several columns, with separators between.
    private mutating func append(_ group: [TextCells], number: Int) -> TextPlace {
        let start = texts.count
        for (index, cells) in group.enumerated() {
            if index > 0 { texts += dialect.separator }
            if let text = cells.texts[number] { dialect.appendText(text, &texts) } else { texts += dialect.missing }
        }
        return TextPlace(start: start, count: texts.count - start)
    }

    /// Runs `body` with the cells of all columns in memory that needs no counting of references.
    private func withCells(
        of rest: ArraySlice<TextColumn>, _ cells: [CellSource], _ body: (UnsafeBufferPointer<CellSource>) -> Void
    ) {
        guard let column = rest.first else { return cells.withUnsafeBufferPointer(body) }
        func next(_ cell: CellSource) { withCells(of: rest.dropFirst(), cells + [cell], body) }
        switch column {
        case .times(let times): times.withUnsafeBufferPointer { next(.times($0)) }
        case .integers(let cells):
            cells.values.withUnsafeBufferPointer { values in
                cells.missing.withUnsafeBufferPointer { next(.integers(values, $0)) }
            }
        case .numbers(let cells):
            cells.values.withUnsafeBufferPointer { values in
                cells.missing.withUnsafeBufferPointer { next(.numbers(values, $0)) }
            }
        case .texts(let places, let numbers):
            texts.withUnsafeBufferPointer { bytes in
                places.withUnsafeBufferPointer { places in
                    numbers.withUnsafeBufferPointer { next(.texts(bytes, places, $0)) }
                }
            }
        case .loose: preconditionFailure("rows with loose cells are written cell by cell")
        }
    }
}

/// Where a text lies among the bytes of texts.
private struct TextPlace: Sendable {
    let start: Int
    let count: Int
}

/// A column of text; columns of texts that repeat together are one.
private enum TextColumn: Sendable {
    case times([Int64])
    case integers(DenseCells<Int64>)
    case numbers(DenseCells<Double>)
    case texts([TextPlace], numbers: [UInt32])
    /// Of any kind and size.
    case loose([QueryResult.Value])

    func byteCountMax(missing: Int) -> Int {
        switch self {
        case .times, .integers, .numbers: max(missing, NumberText.byteCountMax)
        case .texts(let places, _): places.reduce(0) { max($0, $1.count) }
        case .loose: 0
        }
    }
}

/// The same as plain memory.
private enum CellSource {
    case times(UnsafeBufferPointer<Int64>)
    case integers(UnsafeBufferPointer<Int64>, UnsafeBufferPointer<Bool>)
    case numbers(UnsafeBufferPointer<Double>, UnsafeBufferPointer<Bool>)
    case texts(UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<TextPlace>, UnsafeBufferPointer<UInt32>)
}

/// Memory that is filled from front to back; whoever fills it knows that there is room.
private struct TextTarget {
    var next: UnsafeMutablePointer<UInt8>

    @inline(__always)
    mutating func write(_ byte: UInt8) {
        next.pointee = byte
        next += 1
    }

    @inline(__always)
    mutating func write(_ text: UnsafeBufferPointer<UInt8>) {
        guard let start = text.baseAddress else { return }
        // Separators: a call would take longer.
        if text.count == 1 { return write(start[0]) }
        next.update(from: start, count: text.count)
        next += text.count
    }

    @inline(__always)
    mutating func write(_ number: Int64) { next += NumberText.write(number, to: next) }

    @inline(__always)
    mutating func write(_ number: Double) { next += NumberText.write(number, to: next) }
}

extension QueryCells {
    /// Whether these are texts that have the number of `other` in each row, as far as that is known at once.
    fileprivate func hasSameRows(as other: TextCells) -> Bool {
        guard case .texts(let cells) = self, cells.texts.count == other.texts.count else { return false }
        return cells.numbers.withUnsafeBufferPointer { own in
            other.numbers.withUnsafeBufferPointer { own.baseAddress == $0.baseAddress && own.count == $0.count }
        }
    }
}
