import CZlib
import Testing
import VarveModel
import VarveQuery
import VarveREPL

@Suite("Pictures")
struct PictureTests {
    private let minute: Int64 = 60_000_000_000

    /// Pixels of one colour as `#`, others as dots; for small pictures.
    private func drawing(_ canvas: PixelCanvas, of colour: PixelColour) -> String {
        (0..<canvas.height).map { y in
            String((0..<canvas.width).map { x in canvas[x, y] == colour ? "#" : "." })
        }.joined(separator: "\n")
    }

    private let black = PixelColour(0)

    @Test("rectangles are cut at the edges")
    func rectangles() {
        var canvas = PixelCanvas(width: 6, height: 4)
        canvas.fill(x: 1, y: 1, width: 2, height: 2, black)
        canvas.fill(x: 5, y: -3, width: 9, height: 4, black)
        canvas.fill(x: -4, y: 9, width: 2, height: 2, black)
        let expected = """
            .....#
            .##...
            .##...
            ......
            """
        #expect(drawing(canvas, of: black) == expected)
    }

    // A pixel is full when its centre is half a pixel or more inside: for a line two wide between two rows of pixels,
    // these two rows.
    @Test("lines are as wide as asked for, and dashes repeat through corners")
    func lines() {
        var canvas = PixelCanvas(width: 10, height: 5)
        canvas.stroke([[(1, 2), (9, 2)]], lineWidth: 2, black)
        let expected = """
            ..........
            .########.
            .########.
            ..........
            ..........
            """
        #expect(drawing(canvas, of: black) == expected)
        let dashes = PixelCanvas.dashes([(0, 0), (5, 0), (5, 5)], on: 3, off: 1)
        let ends = dashes.map { [$0[0], $0[$0.count - 1]].map { [$0.x, $0.y] } }
        #expect(ends == [[[0, 0], [3, 0]], [[4, 0], [5, 2]], [[5, 3], [5, 5]]])
    }

    @Test("letters stand where they should, twice as large as drawn, and unknown ones are boxes")
    func letters() {
        var canvas = PixelCanvas(width: 24, height: 18)
        canvas.write("T√", x: 0, y: 0, black)
        let expected = """
            ##########..##########..
            ##########..##########..
            ....##......##......##..
            ....##......##......##..
            ....##......##......##..
            ....##......##......##..
            ....##......##......##..
            ....##......##......##..
            ....##......##......##..
            ....##......##......##..
            ....##......##......##..
            ....##......##......##..
            ....##......##########..
            ....##......##########..
            ........................
            ........................
            ........................
            ........................
            """
        let found = drawing(canvas, of: black)
        // Corners may be smoothed; rows in the middle of strokes may not.
        for (row, (line, wanted)) in zip(found.split(separator: "\n"), expected.split(separator: "\n")).enumerated()
        where ![0, 1, 2, 11, 12, 13].contains(row) {
            #expect(line == wanted, "row \(row)\n\(found)")
        }
    }

    @Test("every character of ASCII, and of the units and marks that charts use, has a drawing of its own")
    func font() {
        var seen: [String: Character] = [:]
        for character in (0x20...0x7e).map({ Character(Unicode.Scalar(UInt8($0))) }) + Array("µ…·×–°ÄÖÜäöüßéè€") {
            var canvas = PixelCanvas(width: 12, height: 18)
            canvas.write(String(character), x: 0, y: 0, black)
            let picture = drawing(canvas, of: black)
            #expect(seen[picture] == nil, "\(character) looks like \(seen[picture] ?? " ")")
            seen[picture] = character
        }
    }

    // MARK: Files

    /// What a PNG file says, read by the standard's own words.
    private struct ReadPicture {
        var width = 0
        var height = 0
        var rows: [[UInt8]] = []

        init(_ file: [UInt8]) throws {
            #expect(Array(file.prefix(8)) == [137, 80, 78, 71, 13, 10, 26, 10])
            var offset = 8
            var compressed: [UInt8] = []
            var names: [String] = []
            while offset < file.count {
                let length = Self.number(file[offset..<offset + 4])
                let checked = Array(file[offset + 4..<offset + 8 + length])
                let content = Array(checked.dropFirst(4))
                #expect(Self.number(file[offset + 8 + length..<offset + 12 + length]) == Int(Self.checksum(checked)))
                let name = String(decoding: checked.prefix(4), as: UTF8.self)
                names.append(name)
                if name == "IHDR" {
                    (width, height) = (Self.number(content[0..<4]), Self.number(content[4..<8]))
                    #expect(Array(content[8...]) == [8, 2, 0, 0, 0], "8 bits of red, green and blue, not interlaced")
                }
                if name == "IDAT" { compressed += content }
                offset += 12 + length
            }
            #expect(names.first == "IHDR" && names.last == "IEND" && offset == file.count)
            var count = UInt((width * 3 + 1) * height)
            var bytes = [UInt8](repeating: 0, count: Int(count) + 1)
            try #require(uncompress(&bytes, &count, compressed, UInt(compressed.count)) == Z_OK)
            try #require(Int(count) == (width * 3 + 1) * height)
            for row in 0..<height {
                let start = row * (width * 3 + 1)
                #expect(bytes[start] == 0, "filter of row \(row)")
                rows.append(Array(bytes[start + 1..<start + 1 + width * 3]))
            }
        }

        subscript(x: Int, y: Int) -> PixelColour {
            PixelColour(UInt32(rows[y][x * 3]) << 16 | UInt32(rows[y][x * 3 + 1]) << 8 | UInt32(rows[y][x * 3 + 2]))
        }

        /// Pixels of a colour above the axis, which ends where the legend begins.
        func count(of colour: PixelColour, rows range: Range<Int>? = nil) -> Int {
            (range ?? 0..<height).reduce(0) { sum, y in sum + (0..<width).count { self[$0, y] == colour } }
        }

        private static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

        /// CRC-32 of the standard's annex D, bit by bit.
        private static func checksum(_ bytes: [UInt8]) -> UInt32 {
            ~bytes.reduce(~UInt32(0)) { sum, byte in
                (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value & 1 == 1 ? 0xedb8_8320 ^ value >> 1 : value >> 1
                }
            }
        }
    }

    private func answer(_ values: [[Double]]) -> Answer {
        Answer(
            QueryResult(
                columns: [], rows: [],
                series: values.enumerated().map { index, values in
                    .init(
                        label: "s\(index)", groupValues: [],
                        timestamps: values.indices.map { testNowNs + Int64($0) * minute }, values: values)
                },
                periodNs: minute,
                range: TimeRange(start: testNowNs, end: testNowNs + minute * Int64(values.first?.count ?? 1))))
    }

    @Test("a file reads back as the pixels that were drawn")
    func roundTrip() throws {
        var canvas = PixelCanvas(width: 7, height: 3, background: PixelColour(0x102030))
        canvas.fill(x: 2, y: 1, width: 3, height: 1, PixelColour(0xfedcba))
        let read = try ReadPicture(PNGEncoder.encode(canvas))
        #expect((read.width, read.height) == (7, 3))
        for y in 0..<3 { for x in 0..<7 { #expect(read[x, y] == canvas[x, y]) } }
    }

    @Test("a chart is as large as it says, on white, and each series has its colour", arguments: ChartKind.allCases)
    func chart(kind: ChartKind) throws {
        let bytes = try #require(
            ChartPicture.png(
                answer([[1, 5, 2, 4], [3, 3, 3, 3]]), kind: kind, title: "SELECT\n AVG(x)  FROM n", zone: .utc))
        let read = try ReadPicture(bytes)
        #expect((read.width, read.height) == (1_280, 720))
        for (x, y) in [(0, 0), (1_279, 0), (0, 719), (1_279, 719)] { #expect(read[x, y] == .white) }
        // Blue and vermilion: in the plot, and in the legend.
        for colour in [PixelColour(0x0072b2), PixelColour(0xd55e00)] {
            #expect(read.count(of: colour, rows: 76..<540) > 500, "\(colour)")
            #expect(read.count(of: colour, rows: 560..<720) > 50, "\(colour)")
        }
        #expect(bytes.count < 100_000)
    }

    // Two periods of a minute: the second bar is twice as high as the first, and both stand on the axis.
    @Test("bars are as high as their values")
    func bars() throws {
        let read = try ReadPicture(
            try #require(ChartPicture.png(answer([[5, 10]]), kind: .bar, title: "", zone: .utc)))
        let blue = PixelColour(0x0072b2)
        func height(_ columns: Range<Int>) -> Int {
            columns.map { x in (0..<600).count { read[x, $0] == blue } }.max() ?? 0
        }
        // The plot is some 1 200 pixels wide, so each half holds one bar.
        let (left, right) = (height(80..<600), height(680..<1_200))
        #expect(left > 100 && abs(2 * left - right) <= 3, "\(left), \(right)")
    }

    @Test("a gap in a line is a gap in its picture, and a single value a dot")
    func gaps() throws {
        let blue = PixelColour(0x0072b2)
        func columns(_ values: [Double]) throws -> Int {
            let picture = try #require(ChartPicture.canvas(answer([values]), kind: .line, title: "", zone: .utc))
            return (70..<1_250).count { x in (70..<560).contains { picture[x, $0] == blue } }
        }
        let whole = try columns([1, 2, 3, 4, 5, 6])
        let broken = try columns([1, 2, .nan, 4, 5, 6])
        #expect(whole > broken + 300, "\(whole), \(broken)")
        let dot = try columns([.nan, 2, .nan])
        #expect((3...8).contains(dot), "\(dot)")
    }

    @Test(
        "nothing to draw is no picture; no value and no label makes it fail",
        arguments: [0.0, -1, 1e308, -1e308, .leastNonzeroMagnitude, .infinity])
    func extremes(value: Double) {
        #expect(ChartPicture.png(answer([]), kind: .line, title: "x", zone: .utc) == nil)
        #expect(ChartPicture.png(answer([[.nan]]), kind: .bar, title: "x", zone: .utc) == nil)
        var strange = answer([[value, 1, -value], [-value], [.nan, 0, 3]])
        strange.result.series?[1].label = String(repeating: "日本\u{1b}", count: 200)
        for kind in ChartKind.allCases {
            #expect(
                ChartPicture.canvas(strange, kind: kind, title: String(repeating: "é", count: 900), zone: .utc) != nil)
        }
        strange.result.range = .all
        strange.result.series?[0].timestamps = [.min, 0, .max]
        #expect(ChartPicture.canvas(strange, kind: .line, title: "", zone: .utc) == nil)
    }

    @Test("a long legend makes the picture taller, not the plot smaller")
    func legend() throws {
        let many = try #require(
            ChartPicture.canvas(
                answer((0..<20).map { [Double($0), 3] }), kind: .line, title: "", zone: .utc))
        #expect(many.height == 720 + 4 * 26)
    }
}
