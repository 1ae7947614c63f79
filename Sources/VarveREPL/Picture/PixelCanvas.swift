/// A colour of a picture: 0 to 255 of each light.
package struct PixelColour: Hashable, Sendable {
    package var red: UInt8
    package var green: UInt8
    package var blue: UInt8

    /// - Parameter hex: `0xRRGGBB`.
    package init(_ hex: UInt32) {
        red = UInt8(truncatingIfNeeded: hex >> 16)
        green = UInt8(truncatingIfNeeded: hex >> 8)
        blue = UInt8(truncatingIfNeeded: hex)
    }

    package static let white = PixelColour(0xffffff)
}

/// A picture of pixels: rectangles, smooth lines, text. `x` grows to the right, `y` downwards; what lies outside is
/// cut.
package struct PixelCanvas: Sendable {
    package typealias Point = (x: Double, y: Double)

    /// In pixels, at least 1.
    package let width: Int
    package let height: Int
    /// Red, green and blue of each pixel, row by row from the top.
    package private(set) var bytes: [UInt8]

    /// An empty picture. - Precondition: both sizes are positive.
    package init(width: Int, height: Int, background: PixelColour = .white) {
        precondition(width > 0 && height > 0, "a picture has pixels")
        self.width = width
        self.height = height
        bytes = []
        bytes.reserveCapacity(width * height * 3)
        let row = (0..<width).flatMap { _ in [background.red, background.green, background.blue] }
        for _ in 0..<height { bytes += row }
    }

    /// The colour of a pixel.
    package subscript(x: Int, y: Int) -> PixelColour {
        let offset = (y * width + x) * 3
        return PixelColour(UInt32(bytes[offset]) << 16 | UInt32(bytes[offset + 1]) << 8 | UInt32(bytes[offset + 2]))
    }

    /// Fills a rectangle. O(pixels).
    package mutating func fill(x: Int, y: Int, width: Int, height: Int, _ colour: PixelColour) {
        for row in max(0, y)..<max(max(0, y), min(self.height, y + height)) {
            for column in max(0, x)..<max(max(0, x), min(self.width, x + width)) { set(column, row, colour) }
        }
    }

    private mutating func set(_ x: Int, _ y: Int, _ colour: PixelColour) {
        let offset = (y * width + x) * 3
        bytes[offset] = colour.red
        bytes[offset + 1] = colour.green
        bytes[offset + 2] = colour.blue
    }

    // MARK: Lines

    /// Draws lines of one colour, smooth at their edges and round at their ends; where they cross, nothing shows.
    /// - Parameters:
    ///   - pieces: each a line through its points; one point makes a dot.
    ///   - lineWidth: pixels.
    package mutating func stroke(_ pieces: [[Point]], lineWidth: Double, _ colour: PixelColour) {
        let points = pieces.joined()
        guard let first = points.first else { return }
        let (left, right) = points.reduce((first.x, first.x)) { (min($0.0, $1.x), max($0.1, $1.x)) }
        let (top, bottom) = points.reduce((first.y, first.y)) { (min($0.0, $1.y), max($0.1, $1.y)) }
        var coverage = Coverage(
            columns: span(left - lineWidth, right + lineWidth, limit: width),
            rows: span(top - lineWidth, bottom + lineWidth, limit: height))
        for piece in pieces {
            if piece.count == 1 { coverage.add(piece[0], piece[0], lineWidth) }
            for (from, to) in zip(piece, piece.dropFirst()) { coverage.add(from, to, lineWidth) }
        }
        for row in coverage.rows {
            for column in coverage.columns { blend(column, row, colour, share: Int(coverage[column, row])) }
        }
    }

    /// - Parameter share: 0 to 255 of the colour.
    private mutating func blend(_ x: Int, _ y: Int, _ colour: PixelColour, share: Int) {
        guard share > 0 else { return }
        let offset = (y * width + x) * 3
        for (light, value) in [colour.red, colour.green, colour.blue].enumerated() {
            let below = Int(bytes[offset + light])
            bytes[offset + light] = UInt8((below * (255 - share) + Int(value) * share + 127) / 255)
        }
    }

    private func span(_ low: Double, _ high: Double, limit: Int) -> Range<Int> {
        let first = Int(min(max(low, 0), Double(limit)))
        return first..<max(first, Int(min(max(high.rounded(.up), 0), Double(limit))))
    }

    /// How much of each pixel of a rectangle lines cover; where they cross, the most of them.
    private struct Coverage {
        let columns: Range<Int>
        let rows: Range<Int>
        private var shares: [UInt8]

        init(columns: Range<Int>, rows: Range<Int>) {
            self.columns = columns
            self.rows = rows
            shares = [UInt8](repeating: 0, count: columns.count * rows.count)
        }

        subscript(x: Int, y: Int) -> UInt8 { shares[(y - rows.lowerBound) * columns.count + x - columns.lowerBound] }

        /// Adds a straight line: how much of a pixel is on it follows from the distance of its centre.
        mutating func add(_ from: Point, _ to: Point, _ lineWidth: Double) {
            let reach = lineWidth / 2 + 1
            let (dx, dy) = (to.x - from.x, to.y - from.y)
            let squared = dx * dx + dy * dy
            for row in Self.part(of: rows, min(from.y, to.y) - reach, max(from.y, to.y) + reach) {
                let y = Double(row) + 0.5 - from.y
                for column in Self.part(of: columns, min(from.x, to.x) - reach, max(from.x, to.x) + reach) {
                    let x = Double(column) + 0.5 - from.x
                    let along = squared > 0 ? min(1, max(0, (x * dx + y * dy) / squared)) : 0
                    let (offX, offY) = (x - along * dx, y - along * dy)
                    let distance = (offX * offX + offY * offY).squareRoot()
                    let share = min(1, max(0, lineWidth / 2 + 0.5 - distance))
                    let place = (row - rows.lowerBound) * columns.count + column - columns.lowerBound
                    shares[place] = max(shares[place], UInt8((share * 255).rounded()))
                }
            }
        }

        private static func part(of range: Range<Int>, _ low: Double, _ high: Double) -> Range<Int> {
            let first = Int(max(low, Double(range.lowerBound)))
            let end = Int(min(high.rounded(.up), Double(range.upperBound)))
            return range.clamped(to: first..<max(first, end))
        }
    }

    /// `piece` in dashes of `on` pixels with gaps of `off` pixels.
    package static func dashes(_ piece: [Point], on: Double, off: Double) -> [[Point]] {
        var dashes: [[Point]] = []
        var current = piece.first.map { [$0] } ?? []
        var (isOn, rest) = (true, on)
        for (from, to) in zip(piece, piece.dropFirst()) {
            let length = ((to.x - from.x) * (to.x - from.x) + (to.y - from.y) * (to.y - from.y)).squareRoot()
            var done = 0.0
            while length - done > rest {
                done += rest
                let point = (x: from.x + (to.x - from.x) * done / length, y: from.y + (to.y - from.y) * done / length)
                if isOn { dashes.append(current + [point]) }
                current = [point]
                isOn.toggle()
                rest = isOn ? on : off
            }
            rest -= length - done
            if isOn { current.append(to) }
        }
        return isOn && !current.isEmpty ? dashes + [current] : dashes
    }

    // MARK: Text

    /// Pixels from one letter to the next, and from the top of a letter to the line it stands on.
    package static let letterAdvance = 2 * BitmapFont.advance
    package static let letterAscent = 2 * BitmapFont.ascent

    /// Writes one line of text. - Parameters: the left end and the top of letters.
    package mutating func write(_ text: String, x: Int, y: Int, _ colour: PixelColour) {
        for (index, character) in text.enumerated() {
            let letter = BitmapFont.doubled(BitmapFont.rows(of: character))
            let left = x + index * Self.letterAdvance
            for (row, dots) in letter.enumerated() where (0..<height).contains(y + row) {
                for (column, isSet) in dots.enumerated() where isSet && (0..<width).contains(left + column) {
                    set(left + column, y + row, colour)
                }
            }
        }
    }
}
