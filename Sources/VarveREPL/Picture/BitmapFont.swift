/// Letters as dots, for pictures: five wide, nine high, one width for all.
enum BitmapFont {
    /// Dots from one letter to the next, and from the top of a letter to the deepest dot below the line.
    static let advance = 6
    static let height = 9
    /// Dots above the line that text stands on.
    static let ascent = 7

    /// Rows of dots of a letter, from the top, the leftmost dot in the highest of five bits. What has not been drawn is
    /// a box.
    static func rows(of character: Character) -> [UInt8] { glyphs[character] ?? box }

    private static let box: [UInt8] = [0b11111, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b11111, 0, 0]

    private static let glyphs: [Character: [UInt8]] = read(drawing)

    /// Reads the bands of a drawing.
    static func read(_ drawing: String) -> [Character: [UInt8]] {
        var glyphs: [Character: [UInt8]] = [:]
        let lines = drawing.split(separator: "\n", omittingEmptySubsequences: false).map { Array($0) }
        for band in stride(from: 0, to: lines.count - height, by: height + 1) {
            let places = stride(from: 0, to: lines[band + 1].count, by: advance)
            for place in places where place < lines[band].count {
                glyphs[lines[band][place]] = (1...height).map { row in
                    lines[band + row][place..<place + advance - 1].reduce(0) { $0 << 1 | ($1 == "#" ? 1 : 0) }
                }
            }
        }
        return glyphs
    }

    /// A letter twice as large, its diagonals smoothed: a corner is filled or cut where both neighbours at it agree.
    static func doubled(_ rows: [UInt8]) -> [[Bool]] {
        func dot(_ x: Int, _ y: Int) -> Bool {
            rows.indices.contains(y) && (0..<advance - 1).contains(x) && rows[y] >> UInt8(advance - 2 - x) & 1 == 1
        }
        var large = [[Bool]](repeating: [Bool](repeating: false, count: 2 * advance), count: 2 * height)
        for y in 0..<height {
            for x in 0..<advance {
                let (up, left, right, down) = (dot(x, y - 1), dot(x - 1, y), dot(x + 1, y), dot(x, y + 1))
                let same = dot(x, y)
                large[2 * y][2 * x] = left == up && left != down && up != right ? left : same
                large[2 * y][2 * x + 1] = up == right && up != left && right != down ? right : same
                large[2 * y + 1][2 * x] = down == left && down != right && left != up ? left : same
                large[2 * y + 1][2 * x + 1] = right == down && right != up && down != left ? right : same
            }
        }
        return large
    }
}
