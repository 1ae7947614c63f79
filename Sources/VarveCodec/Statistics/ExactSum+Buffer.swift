extension ExactSum {
    /// Rows summed at once. 1 024 = 2^10 values keep the proof below valid with 11 guard bits.
    private static let chunkRows = 1024

    /// Adds every value of `values`; about 1 ns per value when they span fewer than 30 binary orders of magnitude.
    ///
    /// Hot: once per block. Method: error-free extraction (Rump, Ogita, Oishi 2008, lemma 3.3). With σ = 2^s,
    /// |x| ≤ 2^−11·σ, let q = (σ + x) − σ and r = x − q. Then r is exact, |r| ≤ 2^−53·σ, q is a multiple of 2^−53·σ,
    /// and fewer than 2^11 − 2 such q add up without rounding. A second round with σ₂ = 2^−42·σ takes the r apart
    /// likewise; where anything is left after that, the chunk is added value by value instead.
    package mutating func add(_ values: UnsafeBufferPointer<Double>) {
        if values.count <= Self.shortRows {
            for value in values { add(value) }
            return
        }
        forEachChunk(of: values) { _, _ in }
    }

    /// Most values for which adding them one by one is faster.
    private static let shortRows = 8

    /// Adds every value and hands out each chunk, with its range where all of it is finite and not zero throughout.
    @inline(__always)
    mutating func forEachChunk(
        of values: UnsafeBufferPointer<Double>,
        _ body: (UnsafeBufferPointer<Double>, (low: Double, high: Double)?) -> Void
    ) {
        var start = 0
        while start < values.count {
            let end = min(start + Self.chunkRows, values.count)
            let chunk = UnsafeBufferPointer(rebasing: values[start..<end])
            let range = Self.range(chunk)
            if addByExtraction(chunk, range) {
                body(chunk, range)
            } else {
                for value in chunk { add(value) }
                body(chunk, nil)
            }
            start = end
        }
    }

    /// False, with nothing added, when the chunk spans too many binary orders of magnitude or is not finite.
    private mutating func addByExtraction(
        _ chunk: UnsafeBufferPointer<Double>, _ range: (low: Double, high: Double)
    ) -> Bool {
        let largest = max(range.low.magnitude, range.high.magnitude)
        // Zeros add nothing; only a NaN between them does.
        if largest == 0 { return chunk.reduce(0, +) == 0 }
        // 2^±900: σ, σ₂ and all quotients stay normal and finite. Infinities fail the comparison, and so does a chunk
        // of NaN alone.
        guard largest < 0x1p900, largest > 0x1p-900 else { return false }
        // largest < 2 · binade, hence |x| ≤ 2^−11·σ.
        let sigma = largest.binade * 0x1p12
        let smallest = range.low > 0 ? range.low : -range.high
        // With all signs equal, the rests are multiples of the smallest value's last place, 2^−52 · binade(smallest).
        // 1 024 of them below 2^−41 · binade(largest) add up without rounding where the two binades are at most 2^32
        // apart. Then there is no need to take the rests apart.
        let parts =
            smallest > 0 && largest <= smallest * 0x1p31
            ? Self.extractOnce(chunk, sigma) : Self.extract(chunk, sigma, sigma * 0x1p-42)
        // A NaN hides in no range, but it spoils the sums.
        guard parts.isComplete, parts.high.isFinite else { return false }
        add(parts.high)
        add(parts.low)
        return true
    }

    /// Smallest and largest value; NaN is passed over.
    static func range(_ chunk: UnsafeBufferPointer<Double>) -> (low: Double, high: Double) {
        let raw = UnsafeRawBufferPointer(chunk)
        var low = SIMD4<Double>(repeating: .infinity)
        var high = SIMD4<Double>(repeating: -.infinity)
        var (low2, high2) = (low, high)
        var index = 0
        while index &+ 8 <= chunk.count {
            let one = raw.loadUnaligned(fromByteOffset: index &* 8, as: SIMD4<Double>.self)
            let two = raw.loadUnaligned(fromByteOffset: index &* 8 &+ 32, as: SIMD4<Double>.self)
            low.replace(with: one, where: one .< low)
            high.replace(with: one, where: one .> high)
            low2.replace(with: two, where: two .< low2)
            high2.replace(with: two, where: two .> high2)
            index &+= 8
        }
        low.replace(with: low2, where: low2 .< low)
        high.replace(with: high2, where: high2 .> high)
        var ends = (low: low.min(), high: high.max())
        while index < chunk.count {
            let value = chunk[index]
            if value < ends.low { ends.low = value }
            if value > ends.high { ends.high = value }
            index &+= 1
        }
        return ends
    }

    /// The first round of ``extract(_:_:_:)`` alone, where the rests can be added as they are.
    private static func extractOnce(
        _ chunk: UnsafeBufferPointer<Double>, _ sigma: Double
    ) -> (high: Double, low: Double, isComplete: Bool) {
        let raw = UnsafeRawBufferPointer(chunk)
        let first = SIMD4<Double>(repeating: sigma)
        var high = SIMD4<Double>(repeating: 0)
        var low = SIMD4<Double>(repeating: 0)
        var index = 0
        while index &+ 4 <= chunk.count {
            let values = raw.loadUnaligned(fromByteOffset: index &* 8, as: SIMD4<Double>.self)
            let coarse = (first + values) - first
            high += coarse
            low += values - coarse
            index &+= 4
        }
        var sums = (high: high.sum(), low: low.sum())
        while index < chunk.count {
            let coarse = (sigma + chunk[index]) - sigma
            sums.high += coarse
            sums.low += chunk[index] - coarse
            index &+= 1
        }
        return (sums.high, sums.low, true)
    }

    private static func extract(
        _ chunk: UnsafeBufferPointer<Double>, _ sigma: Double, _ sigma2: Double
    ) -> (high: Double, low: Double, isComplete: Bool) {
        let raw = UnsafeRawBufferPointer(chunk)
        let first = SIMD4<Double>(repeating: sigma)
        let second = SIMD4<Double>(repeating: sigma2)
        var high = SIMD4<Double>(repeating: 0)
        var low = SIMD4<Double>(repeating: 0)
        var left = SIMD4<UInt64>(repeating: 0)
        var index = 0
        while index < chunk.count {
            var values = SIMD4<Double>(repeating: 0)
            if index + 4 <= chunk.count {
                values = raw.loadUnaligned(fromByteOffset: index &* 8, as: SIMD4<Double>.self)
            } else {
                for lane in 0..<(chunk.count - index) { values[lane] = chunk[index + lane] }
            }
            let coarse = (first + values) - first
            let rest = values - coarse
            let fine = (second + rest) - second
            high += coarse
            low += fine
            left |= unsafeBitCast(rest - fine, to: SIMD4<UInt64>.self)
            index &+= 4
        }
        // −0.0 is nothing either.
        left &= SIMD4(repeating: 0x7fff_ffff_ffff_ffff)
        return (high.sum(), low.sum(), left == SIMD4(repeating: 0))
    }
}
