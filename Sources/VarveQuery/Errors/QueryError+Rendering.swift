extension QueryError {
    /// The message and, when the error has a place, the line of `statement` with the place underlined:
    ///
    ///     expected FROM, found 'FORM'; did you mean FROM?
    ///       SELECT AVG(x) FORM y
    ///                     ^^^^
    ///
    /// Lines of a statement with several carry their number. No newline at the end. `offset` may be any number: a place
    /// outside of the statement or inside a character moves to the nearest sensible one.
    package func rendered(in statement: String) -> String {
        guard case .invalid(let message, let offset, let byteCount) = self else { return description }
        let place = ErrorPlace(in: statement, offset: offset, byteCount: byteCount)
        let gutter = place.lineCount > 1 ? "  \(place.lineNumber) | " : "  "
        let indent = String(repeating: " ", count: gutter.utf8.count + place.markColumn)
        let mark = String(repeating: "^", count: place.markWidth)
        return "\(message)\n\(gutter)\(place.lineText)\n\(indent)\(mark)"
    }
}

/// Where an error lies on the screen. Columns count terminal cells.
struct ErrorPlace: Equatable {
    /// From 1.
    var lineNumber = 1
    var lineCount = 1
    /// The line as shown: tabs as blanks, control characters as `?`, long lines cut around the mark.
    var lineText = ""
    /// Cells before the mark.
    var markColumn = 0
    /// At least 1.
    var markWidth = 1

    /// Cells of a line that are shown: fits a terminal of 120 columns with its gutter.
    private static let lineCellsMax = 100
    /// Cells shown before the mark when the line is cut.
    private static let cellsBeforeMark = 40
    private static let tabCells = 4

    init(in statement: String, offset: Int, byteCount: Int) {
        let bytes = Array(statement.utf8)
        let start = min(max(offset, 0), bytes.count)
        let lineStart = bytes[..<start].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let lineEnd = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        lineNumber = bytes[..<start].count { $0 == UInt8(ascii: "\n") } + 1
        lineCount = bytes.count { $0 == UInt8(ascii: "\n") } + 1
        // A place that runs on into further lines is underlined to the end of its first one.
        let end = min(max(start, start &+ max(byteCount, 0)), lineEnd)
        let before = Self.cells(of: bytes[lineStart..<start])
        let marked = Self.cells(of: bytes[start..<end])
        lay(before, marked, after: Self.cells(of: bytes[end..<lineEnd]))
    }

    private mutating func lay(_ before: [Cell], _ marked: [Cell], after: [Cell]) {
        let beforeWidth = before.width
        let total = beforeWidth + marked.width + after.width
        guard total > Self.lineCellsMax else {
            lineText = (before + marked + after).text
            markColumn = beforeWidth
            markWidth = max(1, marked.width)
            return
        }
        let isCut = beforeWidth > Self.cellsBeforeMark
        let shownBefore = isCut ? before.suffix(width: Self.cellsBeforeMark) : before
        let left = Self.lineCellsMax - shownBefore.width
        let shown = (marked + after).prefix(width: left)
        lineText =
            "\(isCut ? "…" : "")\(shownBefore.text)\(shown.text)\(shown.count < marked.count + after.count ? "…" : "")"
        markColumn = shownBefore.width + (isCut ? 1 : 0)
        markWidth = max(1, min(marked.width, shown.width))
    }

    private static func cells(of bytes: ArraySlice<UInt8>) -> [Cell] {
        String(decoding: bytes, as: UTF8.self).map { character in
            if character == "\t" { return Cell(text: String(repeating: " ", count: tabCells), width: tabCells) }
            // A carriage return is part of the line end and takes no room.
            if character == "\r" || character == "\r\n" { return Cell(text: "", width: 0) }
            if character.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
                return Cell(text: "?", width: 1)
            }
            return Cell(text: String(character), width: DisplayWidth.of(character))
        }
    }
}

/// A character with the room that it takes.
private struct Cell: Equatable {
    var text: String
    var width: Int
}

extension [Cell] {
    fileprivate var width: Int { reduce(0) { $0 + $1.width } }
    fileprivate var text: String { map(\.text).joined() }

    fileprivate func prefix(width limit: Int) -> [Cell] {
        var width = 0
        return Array(
            prefix { cell in
                width += cell.width
                return width <= limit
            })
    }

    fileprivate func suffix(width limit: Int) -> [Cell] { Array([Cell](reversed()).prefix(width: limit).reversed()) }
}
