/// What summing up the rows of one block after the other needs: 28 KiB that are allocated once. Belongs to one scan on
/// one thread.
package final class SumMemory {
    /// Doubles, distances and integers of one vector.
    let doubles = UnsafeMutableBufferPointer<Double>.allocate(capacity: BitPacking.vectorRows)
    let distances = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: BitPacking.vectorRows)
    let numbers = UnsafeMutableBufferPointer<Int64>.allocate(capacity: BitPacking.vectorRows)
    /// For ``VectorDecoder``.
    let scratch = UnsafeMutablePointer<UInt64>.allocate(capacity: VectorDecoder.scratchCount)

    package init() {}

    deinit {
        doubles.deallocate()
        distances.deallocate()
        numbers.deallocate()
        scratch.deallocate()
    }
}

/// Sums up runs of rows of a scaled stream while its vectors are decoded.
///
/// Whatever form the integers come in, the result has the bits that summing the doubles themselves gives.
struct RowSummer: ~Copyable {
    private let borders: [Int]
    /// Rows that are left out, ascending: their doubles are no multiples of the scale.
    private let exceptions: [Int64]
    private let pieces: PieceSummer
    /// The run that the next vector may begin in, and the exception that it may meet first.
    private var run = 0
    private var exception = 0
    private var sums: [RowSums]
    private var isFinite = true
    let memory: SumMemory

    /// Nil for a unit that does not keep numbers in order or turns them into zeros of the wrong sign.
    init?(_ scale: FloatScale, borders: [Int], leavingOut exceptions: [Int64], wantsSum: Bool, memory: SumMemory) {
        if case .multiple(let unit) = scale, !(unit > 0 && unit.isFinite) { return nil }
        self.borders = borders
        self.exceptions = exceptions
        self.memory = memory
        pieces = PieceSummer(scale: scale, wantsSum: wantsSum, scratch: memory.doubles)
        sums = [RowSums](repeating: RowSums(), count: max(borders.count - 1, 0))
    }

    /// The first row behind all runs.
    var rowsEnd: Int { borders.last ?? 0 }

    /// Whether some of `rows` belong to a run.
    func wants(_ rows: Range<Int>) -> Bool {
        guard let first = borders.first, let last = borders.last else { return false }
        return first < rows.upperBound && last > rows.lowerBound
    }

    /// Factor and offset in front of the scale; nil when they are too large for small distances.
    func scaling(_ factor: (factor: Int64, offset: Int64)?) -> NarrowScaling? {
        NarrowScaling(pieces.scale, factor: factor?.factor ?? 1, offset: factor?.offset ?? 0)
    }

    /// Adds the double of a row that was left out, where it belongs to a run and is finite.
    mutating func add(_ value: Double, row: Int) {
        // The last run that begins at or before the row: of empty runs at the same place none holds it.
        guard value.isFinite, wants(row..<(row + 1)), let run = borders.lastIndex(where: { $0 <= row }) else { return }
        sums[run].add(count: 1, (value, value))
        if pieces.wantsSum { sums[run].addSum(value) }
    }

    /// The sums, one per run; nil when a value of the scale was not finite.
    consuming func finish() -> [RowSums]? { isFinite ? sums : nil }

    /// Adds a vector of any integers, at most 1 024, which it overwrites; `offset` is where they came from.
    mutating func add(
        _ numbers: UnsafeMutableBufferPointer<Int64>, _ factor: (factor: Int64, offset: Int64)?, row: Int, offset: Int
    ) throws(CodecError) {
        if let scaling = scaling(factor), let first = numbers.first, let origin = scaling.origin(first),
            narrow(numbers, from: first)
        {
            return add(UnsafePointer(memory.distances.baseAddress!), row..<(row + numbers.count), scaling, origin)
        }
        if let factor { IntegerStream.scale(numbers, factor) }
        try pieces.scale.apply(to: numbers, offset: offset)
        let raw = UnsafeMutableRawBufferPointer(numbers)
        let values = UnsafeBufferPointer(raw.bindMemory(to: Double.self))
        defer { _ = raw.bindMemory(to: Int64.self) }
        let wantsSum = pieces.wantsSum
        forEachPiece(row..<(row + numbers.count)) { piece, sums in
            sums.add(UnsafeBufferPointer(rebasing: values[piece]), wantsSum: wantsSum)
        }
    }

    /// Writes the distances from `origin` with their bias; false when one is too large.
    private func narrow(_ numbers: UnsafeMutableBufferPointer<Int64>, from origin: Int64) -> Bool {
        var bits: UInt64 = 0
        let distances = memory.distances
        let start = origin &- Int64(NarrowLimits.forSums.bias)
        // Between bias − limit and bias + limit.
        let lowest = UInt64(NarrowLimits.forSums.bias) - UInt64(NarrowLimits.distanceLimit)
        for index in 0..<numbers.count {
            let distance = UInt64(bitPattern: numbers[index] &- start)
            bits |= distance &- lowest
            distances[index] = UInt32(truncatingIfNeeded: distance)
        }
        return bits < UInt64(NarrowLimits.distanceLimit) * 2
    }

    /// Adds a vector of distances from `origin`, which is what ``NarrowScaling/origin(_:)`` gave, with their bias.
    mutating func add(
        _ distances: UnsafePointer<UInt32>, _ rows: Range<Int>, _ scaling: NarrowScaling, _ origin: Int64
    ) {
        let vector = DistanceVector(scaling, origin: origin)
        let pieces = pieces
        forEachPiece(rows) { piece, sums in
            let part = UnsafeBufferPointer(start: distances + piece.lowerBound, count: piece.count)
            return pieces.add(part, vector, to: &sums)
        }
    }

    /// Hands out the parts of `rows` that belong to runs and hold no exception, counted from the first of them. Rows
    /// come in order.
    private mutating func forEachPiece(
        _ rows: Range<Int>, _ body: (_ piece: Range<Int>, _ sums: inout RowSums) -> Bool
    ) {
        while run < sums.count, borders[run] < rows.upperBound {
            let low = max(borders[run], rows.lowerBound) - rows.lowerBound
            let high = min(borders[run + 1], rows.upperBound) - rows.lowerBound
            var start = low
            while exception < exceptions.count {
                let row = Int(exceptions[exception]) - rows.lowerBound
                if row >= high { break }
                if start < row, !body(start..<row, &sums[run]) { isFinite = false }
                start = max(start, row + 1)
                exception += 1
            }
            if start < high, !body(start..<high, &sums[run]) { isFinite = false }
            if borders[run + 1] > rows.upperBound { return }
            run += 1
        }
    }
}

/// What the distances of a vector mean.
private struct DistanceVector {
    let conversion: NarrowConversion
    let factor: Int64
    let origin: Int64

    init(_ scaling: NarrowScaling, origin: Int64) {
        conversion = NarrowConversion(scaling, origin: origin, bias: NarrowLimits.forSums.bias)
        factor = scaling.factor
        self.origin = origin
    }

    /// No number is larger in magnitude.
    var numberMax: Int64 { abs(origin) &+ factor &* NarrowLimits.distanceLimit }

    /// The sum of the numbers of at most 1 024 distances whose sum modulo 2^32 is known; nil where that does not tell.
    func total(count: Int, low: UInt32, high: UInt32, sum: UInt32) -> Int64? {
        // Beyond count · low, 1 024 distances below 2^22 add up below 2^32.
        guard high - low < 1 << 22 else { return nil }
        let lowest = Int64(count) * Int64(low)
        return total(lowest + Int64(sum &- UInt32(truncatingIfNeeded: lowest)), count: count)
    }

    /// The number of a distance: below 2^51 in magnitude.
    func number(_ distance: UInt32) -> Int64 {
        origin &+ factor &* (Int64(distance) &- Int64(NarrowLimits.forSums.bias))
    }

    /// The sum of the numbers of so many distances, whose biased sum is given: below 2^61 in magnitude.
    func total(_ sum: Int64, count: Int) -> Int64 {
        Int64(count) &* origin &+ factor &* (sum &- Int64(count) &* Int64(NarrowLimits.forSums.bias))
    }
}

/// Sums up the rows of a vector that belong to one run.
private struct PieceSummer {
    let scale: FloatScale
    let wantsSum: Bool
    /// Room for the doubles of a vector; belongs to ``RowSummer``.
    private let scratch: UnsafeMutableBufferPointer<Double>
    private let cents: CentSums?

    init(scale: FloatScale, wantsSum: Bool, scratch: UnsafeMutableBufferPointer<Double>) {
        self.scale = scale
        self.wantsSum = wantsSum
        self.scratch = scratch
        if case .decimal(let places) = scale { cents = CentSums(places: places) } else { cents = nil }
    }

    /// False when a value is not finite.
    func add(_ part: UnsafeBufferPointer<UInt32>, _ vector: DistanceVector, to sums: inout RowSums) -> Bool {
        if wantsSum, exactExponent == nil {
            if let cents, vector.factor == 1, cents.reach(vector.origin, vector.origin) {
                if addCents(part, vector, cents, to: &sums) { return true }
            } else if let sigma = Self.sigma(double(1), double(vector.numberMax)) {
                addRounded(part, vector, sigma, to: &sums)
                return true
            }
        }
        let ends = DistanceKernel.extremes(part)
        let (low, high) = (vector.number(ends.low), vector.number(ends.high))
        // Scales are positive, so the order of the numbers is that of the doubles.
        let values = (low: double(low), high: double(high))
        guard values.low.isFinite, values.high.isFinite else { return false }
        if let exponent = exactExponent {
            sums.add(count: part.count, values)
            if !wantsSum { return true }
            let total = vector.total(count: part.count, low: ends.low, high: ends.high, sum: ends.sum)
            let exact = total ?? vector.total(DistanceKernel.sum(part), count: part.count)
            sums.addSum(significand: exact, exponent: exponent)
            return true
        }
        let largest = max(values.low.magnitude, values.high.magnitude)
        let smallest = low > 0 ? values.low : high < 0 ? -values.high : double(1)
        if wantsSum, largest > 0, let sigma = Self.sigma(smallest, largest) {
            addRounded(part, vector, sigma, to: &sums)
        } else {
            sums.add(count: part.count, values)
            if wantsSum, largest > 0 { addDoubles(part, vector, to: &sums) }
        }
        return true
    }

    /// For values that are 0 or between `smallest` and `largest` the number that ``DistanceKernel/summary(_:_:sigma:)``
    /// needs; nil where there is none.
    private static func sigma(_ smallest: Double, _ largest: Double) -> Double? {
        // 2^±900: everything stays normal and finite.
        guard largest < 0x1p900, smallest > 0x1p-900, largest <= smallest * 0x1p31 else { return nil }
        return largest.binade * 0x1p12
    }

    /// False, with nothing added, where numbers have too many bits.
    private func addCents(
        _ part: UnsafeBufferPointer<UInt32>, _ vector: DistanceVector, _ cents: CentSums, to sums: inout RowSums
    ) -> Bool {
        let found = DistanceKernel.split(part, shift: vector.conversion.shift, cents.reciprocal)
        let (low, high) = (vector.number(found.low), vector.number(found.high))
        guard cents.reach(low, high),
            let total = vector.total(count: part.count, low: found.low, high: found.high, sum: found.sum)
        else { return false }
        sums.add(count: part.count, (double(low), double(high)))
        sums.addSum(significand: total &* cents.significand, exponent: cents.exponent)
        sums.addSum(found.fine)
        return true
    }

    private func addRounded(
        _ part: UnsafeBufferPointer<UInt32>, _ vector: DistanceVector, _ sigma: Double, to sums: inout RowSums
    ) {
        let summary = DistanceKernel.summary(part, vector.conversion, sigma: sigma)
        sums.add(count: part.count, (double(vector.number(summary.low)), double(vector.number(summary.high))))
        sums.addSum(summary.coarse)
        sums.addSum(summary.rest)
    }

    private func addDoubles(
        _ part: UnsafeBufferPointer<UInt32>, _ vector: DistanceVector, to sums: inout RowSums
    ) {
        let values = UnsafeMutableBufferPointer(rebasing: scratch[..<part.count])
        DistanceKernel.write(part, vector.conversion, into: UnsafeMutableRawPointer(values.baseAddress!))
        sums.addSum(UnsafeBufferPointer(values))
    }

    /// What a number counts as an exact power of two; nil where doubles are rounded (n / 10^e, n · g).
    private var exactExponent: Int? {
        switch scale {
        case .decimal(let places): places == 0 ? 0 : nil
        case .binary(let fractionBits): -fractionBits
        case .multiple: nil
        }
    }

    /// The double that a number below 2^51 in magnitude stands for.
    private func double(_ number: Int64) -> Double {
        switch scale {
        case .decimal(let places): Double(number) / Decimal.powers[places]
        case .binary(let fractionBits): Double(number) * BinaryFraction.power(-fractionBits)
        case .multiple(let unit): Double(number) * unit
        }
    }
}
