/// A picture of dots, two wide and four high in every character: the Braille patterns U+2800…U+28FF.
///
/// A character has one colour: that of the last pen that touched it.
package struct BrailleCanvas: Sendable {
    /// Size in dots.
    package let width: Int
    package let height: Int
    private let columnCount: Int
    /// Bit pattern of each character, row by row.
    private var patterns: [UInt8]
    /// Pen of each character; meaningless where the pattern is 0.
    private var pens: [UInt8]

    /// - Parameters: size in characters, both positive.
    package init(columns: Int, rows: Int) {
        width = columns * 2
        height = rows * 4
        columnCount = columns
        patterns = [UInt8](repeating: 0, count: columns * rows)
        pens = patterns
    }

    /// Sets one dot; outside the canvas nothing happens. `y` grows downwards.
    package mutating func dot(x: Int, y: Int, pen: UInt8) {
        guard x >= 0, x < width, y >= 0, y < height else { return }
        let cell = (y / 4) * columnCount + x / 2
        patterns[cell] |= Self.bits[(y % 4) * 2 + x % 2]
        pens[cell] = pen
    }

    /// Sets the dots of a straight line, both ends included (Bresenham's algorithm). O(length).
    /// - Parameter dash: where in its pattern of two dots and two gaps a dashed line is, carried from one piece of it
    ///   to the next; nil for a whole line.
    package mutating func line(fromX x0: Int, y y0: Int, toX x1: Int, y y1: Int, pen: UInt8, dash: inout Int?) {
        let dx = abs(x1 - x0)
        let dy = -abs(y1 - y0)
        let stepX = x0 < x1 ? 1 : -1
        let stepY = y0 < y1 ? 1 : -1
        var (x, y, error) = (x0, y0, dx + dy)
        while true {
            if (dash ?? 0) % 4 < 2 { dot(x: x, y: y, pen: pen) }
            if x == x1, y == y1 { return }
            dash = dash.map { $0 + 1 }
            let doubled = 2 * error
            if doubled >= dy { (x, error) = (x + stepX, error + dy) }
            if doubled <= dx { (y, error) = (y + stepY, error + dx) }
        }
    }

    /// The characters of a row with their pens; nil where nothing was drawn.
    package func cells(ofRow row: Int) -> [(character: Character, pen: UInt8)?] {
        (0..<columnCount).map { column in
            let cell = row * columnCount + column
            guard patterns[cell] != 0, let scalar = Unicode.Scalar(0x2800 + UInt32(patterns[cell])) else { return nil }
            return (Character(scalar), pens[cell])
        }
    }

    /// Bit of each dot of a character: left and right dot of the first row, of the second, and so on (Unicode, "Braille
    /// Patterns": dots 1–3 and 4–6 are the columns' first three rows, 7 and 8 were added below).
    private static let bits: [UInt8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]
}
