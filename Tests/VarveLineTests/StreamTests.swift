import Testing
import VarveLine
import VarveModel
import VarveTestKit

@Suite struct StreamTests {
    @Test("comments, blank lines and white space around lines are skipped but counted")
    func comments() {
        let text = "# comment, with=equals f=1\n\n   \t\n  # indented\r\n \tm f=1 5 \t\r\nm f=2 6\n#\nbad\n\r\nm f=3 7"
        let reading = read(text)
        #expect(reading.rows.map(\.timestamp) == [5, 6, 7])
        #expect(reading.refusals.map(\.lineNumber) == [8])
        #expect(reading.lineCount == 10)
    }

    @Test("a comment may hold any bytes")
    func binaryComment() {
        #expect(read([0x23, 0xFF, 0x00, 0xC3, 0x0A] + Array("m f=1\n".utf8)).rows.count == 1)
    }

    @Test("a carriage return that does not end the line is a control character")
    func loneCarriageReturn() {
        #expect(refusal("m\rx f=1") == .controlCharacter)
        #expect(refusal("m f=1\r\r") == .invalidFieldValue)
    }

    @Test("the last line needs its line feed unless the stream ends")
    func lastLine() {
        var parser = LineParser()
        var batch = RowBatch()
        var refusals: [LineRefusal] = []
        let bytes = Array("m f=1\nm f=2".utf8)
        let first = parser.parse(bytes.span.bytes, receivedAtNs: 0, isFinal: false, into: &batch, refusals: &refusals)
        #expect(first == LineProgress(consumedByteCount: 6, stop: .inputUsed))
        let rest = Array(bytes[6...])
        let last = parser.parse(rest.span.bytes, receivedAtNs: 0, isFinal: true, into: &batch, refusals: &refusals)
        #expect(last == LineProgress(consumedByteCount: 5, stop: .inputUsed))
        #expect(batch.values == [1, 2])
    }

    @Test(
        "a line of exactly the limit is taken, one byte more is refused once and skipped, in any cut",
        arguments: [
            [], [1 << 20], [(1 << 20) + 1], [(1 << 20) + 2], [5, 100_000, (1 << 20) + 5],
        ])
    func longLines(cuts: [Int]) {
        // "m,t=", a value too long to be taken but well-formed, " f=1".
        func line(_ byteCount: Int) -> [UInt8] {
            Array("m f=1 1".utf8) + [UInt8](repeating: 0x20, count: byteCount - 7)
        }
        let longest = read(line(Limits.lineBytesMax) + Array("\r\nm f=2 2\n".utf8), cuts: cuts)
        #expect(longest.rows.map(\.timestamp) == [1, 2])
        let tooLong = read(line(Limits.lineBytesMax + 1) + Array("\r\nm f=2 2\n".utf8), cuts: cuts)
        #expect(tooLong.rows.map(\.timestamp) == [2])
        #expect(tooLong.refusals.map(\.reason) == [.lineTooLong(limit: 1 << 20)])
        #expect(tooLong.refusals.map(\.isExcerptCut) == [true])
        #expect(tooLong.refusals.map(\.excerpt.count) == [4_096])
        #expect(tooLong.lineCount == 2)
        let unended = read(line(Limits.lineBytesMax + 1), cuts: cuts.filter { $0 <= Limits.lineBytesMax + 1 })
        #expect(unended.refusals.count == 1)
    }

    @Test("cut anywhere, a stream gives the same rows, refusals and line numbers")
    func everySingleCut() {
        let text = Array(sample.utf8)
        let whole = read(text)
        #expect(whole.rows.count == 8)
        #expect(whole.refusals.map(\.lineNumber) == [4, 6, 12])
        for cut in 0...text.count { #expect(read(text, cuts: [cut]) == whole, "cut at \(cut)") }
    }

    @Test("cut into random pieces, down to single bytes, a stream gives the same", arguments: [UInt64(1), 2, 3, 4, 5])
    func randomCuts(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let text = Array(sample.utf8)
        let whole = read(text)
        #expect(read(text, cuts: Array(0...text.count)) == whole)
        for _ in 0..<50 {
            let count = Int.random(in: 0...20, using: &random)
            let cuts = (0..<count).map { _ in Int.random(in: 0...text.count, using: &random) }.sorted()
            #expect(read(text, cuts: cuts) == whole, "seed \(seed), cuts \(cuts)")
        }
    }

    @Test("a full batch stops the parser, nothing is lost or doubled")
    func fullBatch() {
        let count = Limits.rowsPerBatchMax + 3
        let text = (0..<count).map { "m f=1 \($0)\n" }.joined()
        #expect(read(text).rows.map(\.timestamp) == (0..<count).map(Int64.init))
    }

    @Test("a batch never holds more values than its limit")
    func fullOfValues() {
        let fields = (0..<1_024).map { "f\($0)=\($0)" }.joined(separator: ",")
        let bytes = Array((0..<1_030).map { "m \(fields) \($0)\n" }.joined().utf8)
        var parser = LineParser()
        var batch = RowBatch()
        var refusals: [LineRefusal] = []
        let progress = parser.parse(bytes.span.bytes, receivedAtNs: 0, isFinal: true, into: &batch, refusals: &refusals)
        #expect(progress.stop == .batchFull)
        #expect(batch.values.count == Limits.valuesPerBatchMax)
    }

    @Test("many refusals stop the parser until they are taken out")
    func manyRefusals() {
        var parser = LineParser()
        var batch = RowBatch()
        var refusals: [LineRefusal] = []
        var bytes = [UInt8](repeating: 0x0A, count: 0)
        for _ in 0..<600 { bytes += Array("bad\n".utf8) }
        var numbers: [Int] = []
        while true {
            let progress = parser.parse(
                bytes.span.bytes, receivedAtNs: 0, isFinal: true, into: &batch, refusals: &refusals)
            #expect(refusals.count <= 256)
            numbers += refusals.map(\.lineNumber)
            refusals.removeAll()
            bytes.removeFirst(progress.consumedByteCount)
            if progress.stop == .inputUsed { break }
        }
        #expect(numbers == Array(1...600))
        #expect(parser.refusedLineCount == 600)
    }

    @Test("a new stream counts lines anew and forgets half a line")
    func newStream() {
        var parser = LineParser()
        var batch = RowBatch()
        var refusals: [LineRefusal] = []
        let half = Array("m f=1\nm f=2".utf8)
        _ = parser.parse(half.span.bytes, receivedAtNs: 0, isFinal: false, into: &batch, refusals: &refusals)
        parser.beginStream(precision: .seconds)
        let reading = read(Array("m f=3 1\nbad\n".utf8), with: &parser)
        #expect(reading.rows.map(\.timestamp) == [1_000_000_000])
        #expect(reading.refusals.map(\.lineNumber) == [2])
    }

    /// Every kind of line, with both line ends; lines 4, 6 and 12 are bad.
    private let sample = """
        # first
        cpu,host=a,region=eu usage_user=1i,usage_system=2.5 1699999990000000000\r
        cpu,region=eu,host=a usage_user=3i,usage_system=4.5 1699999991000000000
        cpu,host=a usage_user=oops 1

        disk,path=/\\ x,path=/ used=1
        disk,path=/\\ x used=1,free=2e3
        disk,path=/\\ x used=1
        disk,path=/\\ x free=1,used=2\r
        \tdisk,path=größe used=T\t
        disk used=0.30000000000000004 -5
        disk used="text, with = and space" 5
        disk used=12345678901234567890u
        """
}
