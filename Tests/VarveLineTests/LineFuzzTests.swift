import Glibc
import Testing
import VarveLine
import VarveModel
import VarveTestKit

@Suite struct LineFuzzTests {
    private static let seeds = [
        "cpu,host=a,region=eu usage_user=1i,usage_system=2.5 1699999990000000000\n",
        "m f=1\r\nm f=2 1\r\n# c\n\n", "a\\ b,c\\,d=e\\=f g\\ h=1e-5,i=t -5\n", "m s=\"x\\\"y\",f=1u 7\n",
        "größe,t=🍭 f=0.30000000000000004,g=NaN 1\n",
        "m f=18446744073709551615u,g=-9223372036854775808i 9223372036854775806\n",
    ].map { Array($0.utf8) }

    /// Bytes that mean something to the parser, for insertion.
    private static let tokens =
        ["\n", "\r\n", "\\", ",", "=", " ", "\"", "#", "\0", "i", "u", "e", "-", ".", "\u{FF}", "99999999999999999999"]
        .map { Array($0.utf8) } + [[0xC3], [0xFF, 0xFE], [0xED, 0xA0, 0x80]]

    @Test("mutated input never traps, accounts for every line, and does not depend on cuts", arguments: UInt64(1)...10)
    func mutations(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var parser = LineParser()
        for round in 0..<300 {
            let input = mutated(&random)
            let whole = read(input)
            checkAccounts(input, whole, "seed \(seed), round \(round)")
            let cuts = (0..<4).map { _ in Int.random(in: 0...input.count, using: &random) }.sorted()
            #expect(read(input, cuts: cuts) == whole, "seed \(seed), round \(round), cuts \(cuts)")
            // A parser that has learned from all earlier rounds must see the same.
            parser.beginStream(precision: .nanoseconds)
            #expect(read(input, cuts: cuts, with: &parser) == whole, "seed \(seed), round \(round)")
        }
    }

    @Test("the fuzzer's corpus reads without a trap, whole and cut")
    func corpus() throws {
        let directory = String(#filePath.dropLast("VarveLineTests/LineFuzzTests.swift".count)) + "Corpus/line"
        let files = try #require(list(directory))
        #expect(files.count >= 10)
        for file in files {
            let input = try #require(contents("\(directory)/\(file)"))
            let whole = read(input)
            checkAccounts(input, whole, file)
            #expect(read(input, cuts: Array(stride(from: 0, to: input.count, by: 7))) == whole, "\(file)")
        }
    }

    private func checkAccounts(_ input: [UInt8], _ reading: Reading, _ context: String) {
        let lines =
            input.split(separator: 0x0A, omittingEmptySubsequences: false).count
            - (input.last == 0x0A || input.isEmpty ? 1 : 0)
        #expect(reading.lineCount == lines, "\(context)")
        #expect(reading.rows.count + reading.refusals.count <= lines, "\(context)")
        for row in reading.rows {
            #expect(row.values.allSatisfy { Double(bitPattern: $0).isFinite }, "\(context)")
            #expect(row.values.count == row.metrics.count && !row.metrics.isEmpty, "\(context)")
            #expect(Set(row.metrics).count == row.metrics.count, "\(context)")
        }
    }

    private func mutated(_ random: inout SplitMix64) -> [UInt8] {
        var bytes = (0..<Int.random(in: 1...4, using: &random)).flatMap { _ in
            Self.seeds.randomElement(using: &random) ?? []
        }
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0...3, using: &random) {
            case 0: bytes.insert(contentsOf: Self.tokens.randomElement(using: &random) ?? [], at: place)
            case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0...9, using: &random)))
            case 2: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
            default:
                bytes.insert(
                    contentsOf: bytes[..<place].suffix(20), at: Int.random(in: 0...bytes.count, using: &random))
            }
        }
        return bytes
    }

    private func list(_ directory: String) -> [String]? {
        guard let stream = opendir(directory) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    private func contents(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        return Array(bytes[..<fread(&bytes, 1, bytes.count, file)])
    }
}
