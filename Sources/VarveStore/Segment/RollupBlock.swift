import VarveBytes
import VarveCodec
import VarveModel

/// Columns of a rollup block: up to 4 096 buckets of one series and width. Format: Docs/Format/segment.md, "Rollups".
enum RollupBlock {
    /// Appends the block of `buckets`, which are ascending and not empty.
    static func encode(_ buckets: ArraySlice<RollupBucket>, into writer: inout ByteWriter) {
        writer.compactIntegers(buckets.map(\.number))
        writer.compactIntegers(buckets.map { Int64($0.rowCount) })
        writer.compactIntegers(buckets.map { Int64($0.nonFiniteCount) })
        // NaN stands for "no finite value": a minimum is never NaN.
        writer.compactFloats(buckets.map { $0.minimum ?? .nan })
        writer.compactFloats(buckets.map { $0.maximum ?? .nan })
        encodeSums(buckets, into: &writer)
    }

    /// Decodes `count` buckets of the width, from bytes of any origin.
    @_lifetime(cursor: copy cursor)
    static func decode(_ cursor: inout ByteCursor, count: Int, width: Int64) throws(FormatFault) -> [RollupBucket] {
        let start = cursor.offset
        let numberRange = Int64.min.flooredQuotient(by: width)...Int64.max.flooredQuotient(by: width)
        let numbers = try cursor.integers(count: count, in: numberRange, "bucket number")
        for index in numbers.indices.dropFirst() where numbers[index - 1] >= numbers[index] {
            throw FormatFault(offset: start, detail: "bucket \(numbers[index]) does not follow \(numbers[index - 1])")
        }
        let rowCounts = try cursor.integers(count: count, in: 1...rowCountMax, "rows of a bucket")
        let nonFiniteCounts = try cursor.integers(count: count, in: 0...rowCountMax, "not finite rows of a bucket")
        let extremesStart = cursor.offset
        let minima = try cursor.floats(count: count)
        let maxima = try cursor.floats(count: count)
        var buckets: [RollupBucket] = []
        buckets.reserveCapacity(count)
        for index in 0..<count {
            let isEmpty = rowCounts[index] == nonFiniteCounts[index]
            guard nonFiniteCounts[index] <= rowCounts[index],
                isEmpty ? minima[index].isNaN && maxima[index].isNaN : isRange(minima[index], maxima[index])
            else {
                throw FormatFault(offset: extremesStart, detail: "bucket \(numbers[index]): extremes do not fit rows")
            }
            buckets.append(
                RollupBucket(
                    number: numbers[index], rowCount: Int(rowCounts[index]),
                    nonFiniteCount: Int(nonFiniteCounts[index]),
                    minimum: isEmpty ? nil : minima[index], maximum: isEmpty ? nil : maxima[index], sum: ExactSum()))
        }
        try decodeSums(&cursor, into: &buckets)
        return buckets
    }

    /// Rows of a segment are below 2^48.
    private static let rowCountMax: Int64 = 1 << 48 - 1

    private static func isRange(_ minimum: Double, _ maximum: Double) -> Bool {
        minimum.isFinite && maximum.isFinite && minimum <= maximum
    }

    // MARK: Sums

    /// How the sums are stored. The raw value is on disk.
    private enum SumForm: UInt8 {
        /// Each as the nearest double and what is left of it, in one unit.
        case rounded = 0
        /// As in the block index.
        case columns = 1
        /// ``DecimalSums``.
        case decimals = 2
    }

    /// Sums as doubles with exact rests; the rests count units of 2^exponent.
    private struct RoundedSums {
        var values: [Double] = []
        var exponent = 0
        var rests: [Int64] = []

        /// Nil when some sum is beyond the doubles or the rests span more than 62 bits.
        init?(_ sums: [ExactSum]) {
            var parts: [(significand: Int64, exponent: Int)] = []
            for sum in sums {
                let value = sum.value
                guard value.isFinite else { return nil }
                var rest = sum
                rest.add(-value)
                guard let part = rest.parts else { return nil }
                values.append(value)
                parts.append(part)
            }
            exponent = parts.filter { $0.significand != 0 }.map(\.exponent).min() ?? 0
            for part in parts {
                let shift = part.significand == 0 ? 0 : part.exponent - exponent
                let bitCount = 64 - part.significand.magnitude.leadingZeroBitCount
                guard bitCount + shift <= 62 else { return nil }
                rests.append(part.significand << Int64(shift))
            }
        }
    }

    /// The smallest form that holds the sums.
    private static func encodeSums(_ buckets: ArraySlice<RollupBucket>, into writer: inout ByteWriter) {
        var general = ByteWriter()
        encodeGeneral(buckets.map(\.sum), into: &general)
        var decimals = ByteWriter()
        if let sums = DecimalSums(buckets) {
            decimals.write(SumForm.decimals.rawValue)
            sums.encode(into: &decimals)
        }
        let isDecimal = !decimals.bytes.isEmpty && decimals.count < general.count
        writer.write(contentsOf: isDecimal ? decimals.bytes : general.bytes)
    }

    /// Sums of any doubles: rounded where that is possible. The nearest double packs like a value, and what is left
    /// over takes two or three bytes; the exact significand takes eight.
    private static func encodeGeneral(_ sums: [ExactSum], into writer: inout ByteWriter) {
        guard let rounded = RoundedSums(sums) else {
            writer.write(SumForm.columns.rawValue)
            return StatisticsColumns.encodeSums(sums, into: &writer)
        }
        writer.write(SumForm.rounded.rawValue)
        writer.compactFloats(rounded.values)
        writer.writeCount(rounded.exponent - ExactSum.exponents.lowerBound)
        writer.compactIntegers(rounded.rests)
    }

    @_lifetime(cursor: copy cursor)
    private static func decodeSums(_ cursor: inout ByteCursor, into buckets: inout [RollupBucket]) throws(FormatFault) {
        let start = cursor.offset
        let code: UInt8 = try cursor.field()
        switch SumForm(rawValue: code) {
        case .columns:
            let sums = try StatisticsColumns.decodeSums(&cursor, count: buckets.count)
            guard sums.allSatisfy({ !$0.hasSpecials }) else {
                throw FormatFault(offset: start, detail: "sum of finite values with a flag for others")
            }
            for index in buckets.indices { buckets[index].sum = sums[index] }
        case .rounded: try decodeRounded(&cursor, into: &buckets)
        case .decimals: try DecimalSums.decode(&cursor, into: &buckets)
        case nil:
            throw FormatFault(offset: start, detail: "form \(code) of sums; 0 to 2 are defined")
        }
    }

    @_lifetime(cursor: copy cursor)
    private static func decodeRounded(
        _ cursor: inout ByteCursor, into buckets: inout [RollupBucket]
    ) throws(FormatFault) {
        let start = cursor.offset
        let values = try cursor.floats(count: buckets.count)
        let exponent = try cursor.countField(limit: ExactSum.exponents.count - 1) + ExactSum.exponents.lowerBound
        let rests = try cursor.integers(count: buckets.count)
        for index in buckets.indices {
            guard values[index].isFinite else {
                throw FormatFault(offset: start, detail: "sum \(values[index]) is not finite")
            }
            buckets[index].sum.add(values[index])
            if rests[index] != 0 { buckets[index].sum.add(significand: rests[index], exponent: exponent) }
        }
    }
}

/// Where a rollup block lies. Format: Docs/Format/segment.md, "Rollups".
struct RollupEntry: Equatable, Sendable {
    var series: SeriesID
    /// Of the buckets, nanoseconds.
    var width: Int64
    var page: UInt32
    /// Start of the block in the page's payload.
    var offset: UInt32
    var bucketCount: Int
}

/// Up to 4 096 entries of the rollup index, ascending by series, then width, then time.
struct RollupIndexLeaf: Equatable, Sendable {
    var entries: [RollupEntry]

    init(entries: [RollupEntry]) { self.entries = entries }

    func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: 8 * entries.count)
        writer.compactIntegers(entries.map { Int64($0.series.rawValue) })
        writer.compactIntegers(entries.map(\.width))
        writer.compactIntegers(entries.map { Int64($0.page) })
        writer.compactIntegers(entries.map { Int64($0.offset) })
        writer.compactIntegers(entries.map { Int64($0.bucketCount) })
        return writer.bytes
    }

    @_lifetime(cursor: copy cursor)
    init(_ cursor: inout ByteCursor, count: Int, pageCount: Int) throws(FormatFault) {
        let series = try cursor.integers(count: count, in: 0...Int64(UInt32.max), "series")
        let widths = try cursor.integers(count: count, in: Rollup.widthMin...Int64.max, "width of a rollup")
        let pages = try cursor.integers(count: count, in: 0...Int64(pageCount - 1), "page")
        let offsetMax = Int64(SegmentFormat.pagePayloadByteCountMax)
        let offsets = try cursor.integers(count: count, in: 0...offsetMax, "offset")
        let bucketCountMax = Int64(SegmentFormat.rollupBlockBuckets)
        let bucketCounts = try cursor.integers(count: count, in: 1...bucketCountMax, "buckets")
        try cursor.requireEnd("rollup index")
        entries = []
        entries.reserveCapacity(count)
        for index in 0..<count {
            guard index == 0 || (series[index - 1], widths[index - 1]) <= (series[index], widths[index]) else {
                throw FormatFault(offset: 0, detail: "rollups of series \(series[index]) are out of order")
            }
            entries.append(
                RollupEntry(
                    series: SeriesID(rawValue: UInt32(series[index])), width: widths[index],
                    page: UInt32(pages[index]), offset: UInt32(offsets[index]), bucketCount: Int(bucketCounts[index])))
        }
    }

    /// The entries of `series`, by binary search.
    func entries(of series: SeriesID) -> ArraySlice<RollupEntry> {
        let start = entries.partitioningIndex { $0.series >= series }
        return entries[start..<max(start, entries.partitioningIndex { $0.series > series })]
    }
}

extension SegmentFooter {
    /// Tag of the section with the root of the rollup index.
    private static let rollupSection: UInt8 = 1

    /// Appends the section about rollups; nothing when there are none.
    func writeRollups(into writer: inout ByteWriter) {
        if rollupCount == 0 { return }
        writer.write(Self.rollupSection)
        writer.writeCount(rollupCount)
        Self.write(rollupLeaves, into: &writer)
    }

    /// Reads what ``writeRollups(into:)`` wrote; a footer that ends here has no rollups.
    @_lifetime(cursor: copy cursor)
    mutating func readRollups(_ cursor: inout ByteCursor) throws(FormatFault) {
        if cursor.isAtEnd { return }
        let start = cursor.offset
        let section: UInt8 = try cursor.field()
        guard section == Self.rollupSection else {
            throw FormatFault(offset: start, detail: "unknown section \(section) of the footer")
        }
        let leavesMax = pages.types.count { $0 == .rollupIndex }
        rollupCount = try cursor.countField(limit: leavesMax * SegmentFormat.rollupLeafEntries)
        guard rollupCount > 0 else { throw FormatFault(offset: start, detail: "section of no rollups") }
        rollupLeaves = try readLeaves(
            &cursor, entries: rollupCount, per: SegmentFormat.rollupLeafEntries, .rollupIndex)
    }
}

// Streams of segments that stay: written once, kept for months.
extension ByteWriter {
    mutating func compactIntegers(_ values: [Int64]) {
        values.withUnsafeBufferPointer { IntegerStream.encode($0, into: &self, effort: .compaction) }
    }

    fileprivate mutating func compactFloats(_ values: [Double]) {
        var hint = FloatHint()
        values.withUnsafeBufferPointer { FloatStream.encode($0, into: &self, hint: &hint, effort: .compaction) }
    }
}
