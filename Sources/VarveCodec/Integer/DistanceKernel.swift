/// Loops over the distances of a vector, to which a bias was added (``NarrowLimits``), written so that they become
/// vector instructions of every x86-64.
enum DistanceKernel {
    /// Smallest and largest of 1 to 1 024 distances with the bias of ``NarrowLimits/forSums``, and their sum modulo
    /// 2^32, biases included. 0.15 ns per value.
    static func extremes(_ distances: UnsafeBufferPointer<UInt32>) -> (low: UInt32, high: UInt32, sum: UInt32) {
        let raw = UnsafeRawBufferPointer(distances)
        var ends = FloatEnds()
        var others = FloatEnds()
        var sums = SIMD4<UInt32>(repeating: 0)
        var index = 0
        // Two chains of dependent comparisons hide each other's latency.
        while index &+ 8 <= distances.count {
            let one = raw.loadUnaligned(fromByteOffset: index &* 4, as: SIMD4<UInt32>.self)
            let two = raw.loadUnaligned(fromByteOffset: index &* 4 &+ 16, as: SIMD4<UInt32>.self)
            ends.add(unsafeBitCast(one, to: SIMD4<Float>.self))
            others.add(unsafeBitCast(two, to: SIMD4<Float>.self))
            sums &+= one &+ two
            index &+= 8
        }
        ends.merge(others)
        var sum = sums.wrappedSum()
        while index < distances.count {
            ends.add(SIMD4(repeating: Float(bitPattern: distances[index])))
            sum &+= distances[index]
            index &+= 1
        }
        let patterns = ends.patterns
        return (patterns.low, patterns.high, sum)
    }

    /// Extremes of bit patterns that are positive normal floats, which have the same order.
    private struct FloatEnds {
        var low = SIMD4<Float>(repeating: .greatestFiniteMagnitude)
        var high = SIMD4<Float>(repeating: .leastNormalMagnitude)

        @inline(__always)
        mutating func add(_ four: SIMD4<Float>) {
            low.replace(with: four, where: four .< low)
            high.replace(with: four, where: four .> high)
        }

        /// Not by ``add(_:)``: where nothing was added, the ends are no distances.
        mutating func merge(_ other: FloatEnds) {
            low.replace(with: other.low, where: other.low .< low)
            high.replace(with: other.high, where: other.high .> high)
        }

        var patterns: (low: UInt32, high: UInt32) { (low.min().bitPattern, high.max().bitPattern) }
    }

    /// The sum of at most 1 024 distances, their biases included. 0.1 ns per value.
    static func sum(_ distances: UnsafeBufferPointer<UInt32>) -> Int64 {
        let raw = UnsafeRawBufferPointer(distances)
        // Sums of 16-bit halves: 256 of them per lane stay far below 2^32.
        let half = SIMD4<UInt32>(repeating: 0xffff)
        var low = SIMD4<UInt32>(repeating: 0)
        var high = SIMD4<UInt32>(repeating: 0)
        var index = 0
        while index &+ 4 <= distances.count {
            let four = raw.loadUnaligned(fromByteOffset: index &* 4, as: SIMD4<UInt32>.self)
            low &+= four & half
            high &+= four &>> SIMD4(repeating: 16)
            index &+= 4
        }
        var sum = Int64(low.wrappedSum()) + Int64(high.wrappedSum()) << 16
        while index < distances.count {
            sum += Int64(distances[index])
            index &+= 1
        }
        return sum
    }

    /// What ``extremes(_:)`` gives, and the sum of what ``NarrowConversion/split(_:_:)`` gives for the distances,
    /// without the exact products number · `reciprocal.coarse`: exact where ``CentSums`` reaches the numbers between
    /// the extremes, any number elsewhere. 0.6 ns per value.
    static func split(
        _ distances: UnsafeBufferPointer<UInt32>, shift: Double, _ reciprocal: SplitReciprocal
    ) -> (low: UInt32, high: UInt32, sum: UInt32, fine: Double) {
        let raw = UnsafeRawBufferPointer(distances)
        let coarse = SIMD4<Double>(repeating: reciprocal.coarse)
        let fine = SIMD4<Double>(repeating: reciprocal.fine)
        var ends = FloatEnds()
        var sums = SIMD4<UInt32>(repeating: 0)
        var rests = SIMD4<Double>(repeating: 0)
        var index = 0
        while index &+ 4 <= distances.count {
            let four = raw.loadUnaligned(fromByteOffset: index &* 4, as: SIMD4<UInt32>.self)
            ends.add(unsafeBitCast(four, to: SIMD4<Float>.self))
            sums &+= four
            let numbers = NarrowConversion.numbers(four, shift: shift)
            let products = numbers * coarse
            rests += (products + numbers * fine) - products
            index &+= 4
        }
        var sum = sums.wrappedSum()
        var rest = rests.sum()
        while index < distances.count {
            let one = SIMD4<UInt32>(repeating: distances[index])
            ends.add(unsafeBitCast(one, to: SIMD4<Float>.self))
            sum &+= distances[index]
            let number = NarrowConversion.numbers(one, shift: shift)[0]
            let product = number * reciprocal.coarse
            rest += (product + number * reciprocal.fine) - product
            index &+= 1
        }
        let patterns = ends.patterns
        return (patterns.low, patterns.high, sum, rest)
    }

    /// Extremes of distances, and the sum of their doubles as two doubles that add up to it exactly.
    typealias Summary = (low: UInt32, high: UInt32, coarse: Double, rest: Double)

    /// Sums up 1 to 1 024 distances with the bias of ``NarrowLimits/forSums`` whose doubles are finite, at most 2^−11
    /// of `sigma`, and 0 or at least 2^−43 of it. 0.5 ns per value, 0.8 with a division.
    ///
    /// The proof is that of ``ExactSum/add(_:)-buffer``, with one round: the rests are multiples of the last place of
    /// the smallest value, and 1 024 of them add up without rounding.
    static func summary(
        _ distances: UnsafeBufferPointer<UInt32>, _ conversion: NarrowConversion, sigma: Double
    ) -> Summary {
        switch conversion.step {
        case .product: summary(distances, sigma) { conversion.product($0) }
        case .split(let reciprocal): summary(distances, sigma) { conversion.split($0, reciprocal) }
        case .general: summary(distances, sigma) { conversion.general($0) }
        }
    }

    @inline(__always)
    private static func summary(
        _ distances: UnsafeBufferPointer<UInt32>, _ sigma: Double, _ double: (SIMD4<UInt32>) -> SIMD4<Double>
    ) -> Summary {
        let raw = UnsafeRawBufferPointer(distances)
        let sigmas = SIMD4<Double>(repeating: sigma)
        var ends = FloatEnds()
        var coarse = SIMD4<Double>(repeating: 0)
        var rest = SIMD4<Double>(repeating: 0)
        var index = 0
        while index &+ 4 <= distances.count {
            let four = raw.loadUnaligned(fromByteOffset: index &* 4, as: SIMD4<UInt32>.self)
            ends.add(unsafeBitCast(four, to: SIMD4<Float>.self))
            let values = double(four)
            let parts = (sigmas + values) - sigmas
            coarse += parts
            rest += values - parts
            index &+= 4
        }
        var sums = (coarse: coarse.sum(), rest: rest.sum())
        while index < distances.count {
            let one = SIMD4<UInt32>(repeating: distances[index])
            ends.add(unsafeBitCast(one, to: SIMD4<Float>.self))
            let value = double(one)[0]
            let part = (sigma + value) - sigma
            sums.coarse += part
            sums.rest += value - part
            index &+= 1
        }
        let patterns = ends.patterns
        return (patterns.low, patterns.high, sums.coarse, sums.rest)
    }

    /// Writes the doubles of distances. 0.3 ns per value, 0.8 with a division.
    static func write(
        _ distances: UnsafeBufferPointer<UInt32>, _ conversion: NarrowConversion, into output: UnsafeMutableRawPointer
    ) {
        switch conversion.step {
        case .product: write(distances, into: output) { conversion.product($0) }
        case .split(let reciprocal): write(distances, into: output) { conversion.split($0, reciprocal) }
        case .general: write(distances, into: output) { conversion.general($0) }
        }
    }

    @inline(__always)
    private static func write(
        _ distances: UnsafeBufferPointer<UInt32>, into output: UnsafeMutableRawPointer,
        _ double: (SIMD4<UInt32>) -> SIMD4<Double>
    ) {
        let raw = UnsafeRawBufferPointer(distances)
        var index = 0
        while index &+ 4 <= distances.count {
            let four = raw.loadUnaligned(fromByteOffset: index &* 4, as: SIMD4<UInt32>.self)
            output.storeBytes(of: double(four), toByteOffset: index &* 8, as: SIMD4<Double>.self)
            index &+= 4
        }
        while index < distances.count {
            let value = double(SIMD4(repeating: distances[index]))[0]
            output.storeBytes(of: value, toByteOffset: index &* 8, as: Double.self)
            index &+= 1
        }
    }
}
