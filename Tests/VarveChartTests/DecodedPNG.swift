import CZlib

/// A picture read back by a reader of its own: what browsers do, for 8 bits and three or four lights.
struct DecodedPNG {
    let width: Int
    let height: Int
    /// `0xrrggbb`, row by row.
    let pixels: [UInt32]

    /// nil for what is no such file, or has a wrong checksum.
    init?(_ file: [UInt8]) {
        guard file.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) else { return nil }
        var offset = 8
        var header: [UInt8] = []
        var compressed: [UInt8] = []
        while offset + 12 <= file.count {
            let length = Self.number(file, offset)
            guard offset + 12 + length <= file.count else { return nil }
            let checked = Array(file[offset + 4..<offset + 8 + length])
            guard Int(crc32(0, checked, UInt32(checked.count))) == Self.number(file, offset + 8 + length) else {
                return nil
            }
            switch String(decoding: checked[..<4], as: UTF8.self) {
            case "IHDR": header = Array(checked[4...])
            case "IDAT": compressed += checked[4...]
            default: break
            }
            offset += 12 + length
        }
        guard header.count == 13, header[8] == 8, header[9] == 2 || header[9] == 6 else { return nil }
        (width, height) = (Self.number(header, 0), Self.number(header, 4))
        let channels = header[9] == 2 ? 3 : 4
        guard let rows = Self.inflate(compressed, count: (width * channels + 1) * height) else { return nil }
        pixels = Self.unfilter(rows, width: width, height: height, channels: channels)
    }

    subscript(_ x: Int, _ y: Int) -> UInt32 { pixels[y * width + x] }

    /// Places with exactly this colour.
    func count(_ colour: UInt32) -> Int { pixels.count { $0 == colour } }

    /// Rows in which a colour appears between two columns.
    func rows(with colour: UInt32, columns: Range<Int>? = nil) -> [Int] {
        (0..<height).filter { y in (columns ?? 0..<width).contains { self[$0, y] == colour } }
    }

    /// Columns in which a colour appears between two rows.
    func columns(with colour: UInt32, rows: Range<Int>? = nil) -> [Int] {
        (0..<width).filter { x in (rows ?? 0..<height).contains { self[x, $0] == colour } }
    }

    /// As ``rows(with:columns:)``, with one step of rounding in each light.
    func rows(near colour: UInt32, columns: Range<Int>? = nil) -> [Int] {
        (0..<height).filter { y in (columns ?? 0..<width).contains { Self.areNear(self[$0, y], colour) } }
    }

    func columns(near colour: UInt32) -> [Int] {
        (0..<width).filter { x in (0..<height).contains { Self.areNear(self[x, $0], colour) } }
    }

    private static func areNear(_ first: UInt32, _ second: UInt32) -> Bool {
        [0, 8, 16].allSatisfy { abs(Int(first >> $0 & 255) - Int(second >> $0 & 255)) <= 1 }
    }

    private static func number(_ bytes: [UInt8], _ offset: Int) -> Int {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }

    private static func inflate(_ compressed: [UInt8], count: Int) -> [UInt8]? {
        var rows = [UInt8](repeating: 0, count: count)
        var length = UInt(count)
        guard uncompress(&rows, &length, compressed, UInt(compressed.count)) == Z_OK, Int(length) == count else {
            return nil
        }
        return rows
    }

    private static func unfilter(_ rows: [UInt8], width: Int, height: Int, channels: Int) -> [UInt32] {
        let rowBytes = width * channels
        var above = [UInt8](repeating: 0, count: rowBytes)
        var pixels: [UInt32] = []
        pixels.reserveCapacity(width * height)
        for y in 0..<height {
            let filter = rows[y * (rowBytes + 1)]
            var row = Array(rows[y * (rowBytes + 1) + 1..<(y + 1) * (rowBytes + 1)])
            for x in 0..<rowBytes {
                let left = x >= channels ? Int(row[x - channels]) : 0
                let corner = x >= channels ? Int(above[x - channels]) : 0
                row[x] = row[x] &+ predicted(filter, left, Int(above[x]), corner)
            }
            for x in 0..<width {
                let place = x * channels
                pixels.append(UInt32(row[place]) << 16 | UInt32(row[place + 1]) << 8 | UInt32(row[place + 2]))
            }
            above = row
        }
        return pixels
    }

    /// The filters of PNG: none, left, up, mean, and whichever of left, up and corner is nearest to their plane.
    private static func predicted(_ filter: UInt8, _ left: Int, _ up: Int, _ corner: Int) -> UInt8 {
        switch filter {
        case 1: return UInt8(left)
        case 2: return UInt8(up)
        case 3: return UInt8((left + up) / 2)
        case 4:
            let guess = left + up - corner
            let (a, b, c) = (abs(guess - left), abs(guess - up), abs(guess - corner))
            return UInt8(a <= b && a <= c ? left : b <= c ? up : corner)
        default: return 0
        }
    }
}
