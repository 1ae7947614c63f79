import VarveBytes
import VarveCodec

/// The sums of a rollup block whose rows are decimals: form 2. Format: Docs/Format/segment.md, "Rollups".
///
/// Decimals of p places add up to a whole number of 10^−p, and the doubles that stand for them to that and what
/// rounding has left in their last places. The whole number lies between the extremes times the rows, so that its
/// distance from the middle is stored, in two bits less than its change from bucket to bucket takes; what rounding has
/// left counts in the last place of the smallest value, which takes some six bits instead of twenty.
struct DecimalSums {
    /// Powers of ten up to here have an exact double, and the extremes of most metrics have fewer places.
    static let placesMax = 9

    let places: Int
    /// Sums in units of 10^−places, less the middle of the extremes times the rows.
    private(set) var numbers: [Int64] = []
    /// What the sums have beyond that, in units of the last place of the smallest value.
    private(set) var rests: [Int64] = []

    /// Nil when the extremes are no such decimals, or when the sums are too large or have bits below the last place of
    /// the smallest value.
    init?(_ buckets: ArraySlice<RollupBucket>) {
        guard let places = Self.places(of: buckets) else { return nil }
        self.places = places
        for bucket in buckets {
            guard let parts = Self.parts(of: bucket, places) else { return nil }
            numbers.append(parts.number)
            rests.append(parts.rest)
        }
    }

    /// Appends everything behind the form.
    func encode(into writer: inout ByteWriter) {
        writer.write(UInt8(places))
        writer.compactIntegers(numbers)
        writer.compactIntegers(rests)
    }

    /// Reads what ``encode(into:)`` wrote into the sums of buckets whose other columns are known and checked.
    @_lifetime(cursor: copy cursor)
    static func decode(_ cursor: inout ByteCursor, into buckets: inout [RollupBucket]) throws(FormatFault) {
        let start = cursor.offset
        let places: UInt8 = try cursor.field()
        guard places <= placesMax else {
            throw FormatFault(offset: start, detail: "sums of \(places) decimal places; at most \(placesMax)")
        }
        let numbers = try cursor.integers(count: buckets.count)
        let rests = try cursor.integers(count: buckets.count)
        for index in buckets.indices {
            guard let sum = sum(of: buckets[index], Int(places), numbers[index], rests[index]) else {
                throw FormatFault(offset: start, detail: "bucket \(buckets[index].number): a sum that does not fit")
            }
            buckets[index].sum = sum
        }
    }

    private static func parts(of bucket: RollupBucket, _ places: Int) -> (number: Int64, rest: Int64)? {
        // Without finite values the sum is zero.
        if bucket.minimum == nil { return (0, 0) }
        guard let frame = SumFrame(bucket, places: places) else { return nil }
        let scaled = (bucket.sum.value * SumFrame.powers[places]).rounded()
        guard scaled.magnitude <= Double(SumFrame.numberMax) else { return nil }
        let whole = Int64(scaled)
        guard let number = Int64(exactly: Int128(whole) - frame.middle) else { return nil }
        var rest = bucket.sum
        frame.add(-frame.units(of: whole), to: &rest)
        guard let (significand, exponent) = rest.parts else { return nil }
        if significand == 0 { return (number, 0) }
        let shift = exponent + frame.fractionBits
        guard shift >= 0, 64 - significand.magnitude.leadingZeroBitCount + shift <= 62 else { return nil }
        return (number, significand << Int64(shift))
    }

    private static func sum(of bucket: RollupBucket, _ places: Int, _ number: Int64, _ rest: Int64) -> ExactSum? {
        if bucket.minimum == nil { return number == 0 && rest == 0 ? ExactSum() : nil }
        guard let frame = SumFrame(bucket, places: places) else { return nil }
        // Both summands are below 2^101.
        guard let whole = Int64(exactly: Int128(number) + frame.middle),
            whole.magnitude <= UInt64(SumFrame.numberMax)
        else { return nil }
        var sum = ExactSum()
        frame.add(frame.units(of: whole) + Int128(rest), to: &sum)
        return sum
    }

    /// The fewest decimal places that all extremes have.
    private static func places(of buckets: ArraySlice<RollupBucket>) -> Int? {
        (0...placesMax).first { places in
            buckets.allSatisfy { isDecimal($0.minimum, places) && isDecimal($0.maximum, places) }
        }
    }

    private static func isDecimal(_ value: Double?, _ places: Int) -> Bool {
        guard let value else { return true }
        guard let whole = SumFrame.whole(value, places: places) else { return false }
        return Double(whole) / SumFrame.powers[places] == value
    }
}

/// What the other columns of a bucket with finite values say about its sum.
private struct SumFrame {
    /// 10^0…10^9.
    static let powers = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]
    /// Sums in units of 10^−places are this large at most: doubles count so far one by one.
    static let numberMax: Int64 = 1 << 52
    /// 2^52 · 2^70 leaves room in 128 bits, and its part above 62 bits fits into 64.
    static let fractionBitsMax = 70

    /// Half of the extremes' sum times the finite rows, in units of 10^−places, rounded down; below 2^100.
    let middle: Int128
    /// The last place of the smallest value counts 2^−fractionBits.
    let fractionBits: Int
    private let power: Int128

    /// Nil when the extremes are too large for so many places or the last place counts too little or too much.
    init?(_ bucket: RollupBucket, places: Int) {
        guard let minimum = bucket.minimum, let maximum = bucket.maximum,
            let low = Self.whole(minimum, places: places), let high = Self.whole(maximum, places: places)
        else { return nil }
        let smallest = minimum > 0 ? minimum : maximum < 0 ? -maximum : 1 / Self.powers[places]
        // A normal double has 52 bits behind the highest one; subnormal ones are out of the range anyway.
        fractionBits = 52 - Int(smallest.exponent)
        guard 0...Self.fractionBitsMax ~= fractionBits else { return nil }
        // Rows of a bucket are below 2^48, and of those not finite there are fewer.
        middle = (Int128(bucket.rowCount - bucket.nonFiniteCount) * Int128(low + high)) >> 1
        power = Int128(Self.powers[places])
    }

    /// The integer nearest to value · 10^places (ties to even); nil from 2^51 on.
    static func whole(_ value: Double, places: Int) -> Int64? {
        let scaled = (value * powers[places]).rounded(.toNearestOrEven)
        return scaled.magnitude < 0x1p51 ? Int64(scaled) : nil
    }

    /// `whole` · 10^−places in units of the last place, rounded down.
    func units(of whole: Int64) -> Int128 {
        let scaled = Int128(whole) << Int128(fractionBits)
        if power == 1 { return scaled }
        let (quotient, remainder) = scaled.quotientAndRemainder(dividingBy: power)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// Adds so many units of the last place, less than 2^124 in magnitude.
    func add(_ units: Int128, to sum: inout ExactSum) {
        sum.add(significand: Int64(truncatingIfNeeded: units >> 62), exponent: 62 - fractionBits)
        sum.add(significand: Int64(truncatingIfNeeded: units & (1 << 62 - 1)), exponent: -fractionBits)
    }
}
