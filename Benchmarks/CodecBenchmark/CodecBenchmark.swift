import Glibc
import VarveBytes
import VarveCodec

/// Prints size and speed of the column codecs on generated data: `swift run -c release CodecBenchmark [name ...]`.
@main
enum CodecBenchmark {
    static func main() { run() }

    /// Outside `main`, which is bound to the main actor: closures made there would carry an executor check.
    nonisolated static func run() {
        print("float columns: 48 blocks of 4 096 rows; best of 15 rounds, processor time of one thread")
        for effort in [CodecEffort.flush, .compaction] {
            print("effort \(effort)")
            for dataset in Dataset.allCases where isWanted(dataset.rawValue) { measureFloats(dataset, effort) }
        }
        print("timestamps")
        for clock in Clock.allCases where isWanted(clock.rawValue) { measureTimestamps(clock) }
        measureSum()
    }

    /// Arguments are parts of the names of what to measure; without any, everything is.
    nonisolated static func isWanted(_ name: String) -> Bool {
        let wanted = CommandLine.arguments.dropFirst()
        return wanted.isEmpty || wanted.contains { name.contains($0) }
    }

    nonisolated static func measureFloats(_ dataset: Dataset, _ effort: CodecEffort) {
        let blocks = (0..<48 as Range<UInt64>).map { dataset.values(rows: 4096, seed: $0) }
        var encoded: [[UInt8]] = []
        let encodeNs = bestNs {
            encoded = blocks.map { block in
                var writer = ByteWriter()
                var hint = FloatHint()
                block.withUnsafeBufferPointer { FloatStream.encode($0, into: &writer, hint: &hint, effort: effort) }
                return writer.bytes
            }
        }
        var output = [Double](repeating: 0, count: 4096)
        var checksum = 0.0
        let decodeNs = bestNs {
            for bytes in encoded { decodeFloats(bytes, &output) }
        }
        report(dataset.rawValue, encoded, mode: encoded[0][0], encodeNs, decodeNs)
        for width in [4096, 360, 60] {
            let borders = Array(stride(from: 0, to: 4096, by: width)) + [4096]
            let decodedNs = bestNs {
                for bytes in encoded { checksum += sumDecoded(bytes, &output, borders) }
            }
            let sumsNs = bestNs {
                for bytes in encoded { checksum += sumFloats(bytes, &output, borders) }
            }
            reportSums(width, decodedNs, sumsNs)
        }
    }

    nonisolated static func reportSums(_ width: Int, _ decodedNs: Double, _ sumsNs: Double) {
        print(
            "    sum, minimum, maximum of runs of \(width) rows: decoded \(rounded(decodedNs / values)) ns/value,",
            "not written out \(rounded(sumsNs / values)) ns/value = \(rounded(values / sumsNs)) G values/s")
    }

    /// As queries do it: from the integers where the stream allows it.
    nonisolated static func sumFloats(_ bytes: [UInt8], _ output: inout [Double], _ borders: [Int]) -> Double {
        let cursor = ByteCursor(bytes.span.bytes)
        do throws(CodecError) {
            if let sums = try FloatStream.sums(cursor, rowCount: 4096, borders: borders) {
                return sums.reduce(0) { $0 + $1.sum.value + $1.minimum + $1.maximum }
            }
        } catch { print(error) }
        return sumDecoded(bytes, &output, borders)
    }

    nonisolated static func sumDecoded(_ bytes: [UInt8], _ output: inout [Double], _ borders: [Int]) -> Double {
        decodeFloats(bytes, &output)
        return output.withUnsafeBufferPointer { all in
            zip(borders, borders.dropFirst()).reduce(0.0) { checksum, run in
                let statistics = BlockStatistics(of: UnsafeBufferPointer(rebasing: all[run.0..<run.1]))
                return checksum + statistics.sum.value + (statistics.minimum ?? 0) + (statistics.maximum ?? 0)
            }
        }
    }

    nonisolated static func decodeFloats(_ bytes: [UInt8], _ output: inout [Double]) {
        var cursor = ByteCursor(bytes.span.bytes)
        output.withUnsafeMutableBufferPointer { target in
            do throws(CodecError) { try FloatStream.decode(&cursor, into: target) } catch { print(error) }
        }
    }

    nonisolated static func measureTimestamps(_ clock: Clock) {
        let blocks = (0..<48 as Range<UInt64>).map { clock.values(rows: 4096, seed: $0) }
        var encoded: [[UInt8]] = []
        let encodeNs = bestNs {
            encoded = blocks.map { block in
                var writer = ByteWriter()
                block.withUnsafeBufferPointer { IntegerStream.encode($0, into: &writer) }
                return writer.bytes
            }
        }
        var output = [Int64](repeating: 0, count: 4096)
        let decodeNs = bestNs {
            for bytes in encoded { decodeIntegers(bytes, &output) }
        }
        report(clock.rawValue, encoded, mode: encoded[0][0], encodeNs, decodeNs)
    }

    nonisolated static func decodeIntegers(_ bytes: [UInt8], _ output: inout [Int64]) {
        var cursor = ByteCursor(bytes.span.bytes)
        output.withUnsafeMutableBufferPointer { target in
            do throws(CodecError) { try IntegerStream.decode(&cursor, into: target) } catch { print(error) }
        }
    }

    nonisolated static func measureSum() {
        let block = Dataset.fullWalk.values(rows: 4096, seed: 1)
        var total = ExactSum()
        let sumNs = bestNs {
            for _ in 0..<48 { block.withUnsafeBufferPointer { total.add($0) } }
        }
        let statisticsNs = bestNs {
            for _ in 0..<48 { total.merge(block.withUnsafeBufferPointer { BlockStatistics(of: $0).sum }) }
        }
        let shortNs = bestNs {
            block.withUnsafeBufferPointer { block in
                for start in stride(from: 0, to: 4092, by: 6) {
                    total.add(UnsafeBufferPointer(rebasing: block[start..<(start + 6)]))
                }
            }
        }
        print("exact sum of runs of 6 rows \(rounded(shortNs / 4092)) ns/value")
        print(
            "exact sum \(rounded(sumNs / values)) ns/value, statistics \(rounded(statisticsNs / values)) ns/value",
            total.value)
    }

    nonisolated static let values = 48.0 * 4096

    nonisolated static func report(
        _ name: String, _ encoded: [[UInt8]], mode: UInt8, _ encodeNs: Double, _ decodeNs: Double
    ) {
        let size = Double(encoded.reduce(0) { $0 + $1.count }) / values
        print(
            "\(name): first byte \(mode), \(rounded(size)) B/value, encode \(rounded(encodeNs / values)) ns/value, ",
            "decode \(rounded(decodeNs / values)) ns/value = \(rounded(values / decodeNs)) G values/s")
    }

    nonisolated static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

    nonisolated static func bestNs(_ body: () -> Void) -> Double {
        var best = UInt64.max
        for _ in 0..<15 {
            let start = nowNs()
            body()
            best = min(best, nowNs() - start)
        }
        return Double(best)
    }

    nonisolated static func nowNs() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
