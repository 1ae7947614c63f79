/// How a vector turns into residuals. Raw values are stored. Format: Docs/Format/columns.md, "Transforms".
enum Transform: UInt8, CaseIterable {
    /// Frame of reference: the values themselves.
    case frameOfReference = 0
    /// Differences of neighbours.
    case delta = 1
    /// Differences of differences.
    case deltaOfDelta = 2
    /// Distances from the straight line through the first and last row.
    case line = 3

    /// Residuals that `rows` values give.
    func residualCount(rows: Int) -> Int {
        switch self {
        case .frameOfReference, .line: rows
        case .delta: rows - 1
        case .deltaOfDelta: rows - 2
        }
    }

    /// Fewest rows that the transform is defined for.
    var rowsMin: Int {
        switch self {
        case .frameOfReference, .delta, .line: 1
        case .deltaOfDelta: 2
        }
    }
}

/// What a transform stores besides residuals; unused parts are 0.
struct TransformParameters {
    /// First value.
    var first: Int64 = 0
    /// First difference, or the slope in units of 2^−20 per row.
    var slope: Int64 = 0
}

extension Transform {
    /// Fraction bits of a line's slope: with 2^10 rows the rounding of the slope moves no row by more than 2^−10.
    static let slopeFractionBits = 20

    /// The parameters for `values`, or nil when the transform cannot represent them.
    func parameters(_ values: UnsafeBufferPointer<Int64>) -> TransformParameters? {
        guard values.count >= rowsMin else { return nil }
        switch self {
        case .frameOfReference: return TransformParameters()
        case .delta: return TransformParameters(first: values[0])
        case .deltaOfDelta: return TransformParameters(first: values[0], slope: values[1] &- values[0])
        case .line:
            let rise = (Int128(values[values.count - 1]) - Int128(values[0])) << Int128(Self.slopeFractionBits)
            guard let slope = Int64(exactly: rise / Int128(max(values.count - 1, 1))) else { return nil }
            return TransformParameters(first: values[0], slope: slope)
        }
    }

    /// Writes the residuals of `values`; `output` has room for `values.count`.
    func residuals(
        _ values: UnsafeBufferPointer<Int64>, _ parameters: TransformParameters,
        into output: UnsafeMutablePointer<Int64>
    ) {
        switch self {
        case .frameOfReference:
            for index in 0..<values.count { output[index] = values[index] }
        case .delta:
            for index in 0..<(values.count - 1) { output[index] = values[index + 1] &- values[index] }
        case .deltaOfDelta:
            for index in 0..<(values.count - 2) {
                output[index] = values[index + 2] &- values[index + 1] &- (values[index + 1] &- values[index])
            }
        case .line:
            for index in 0..<values.count {
                output[index] = values[index] &- parameters.first &- Self.rise(parameters.slope, index)
            }
        }
    }

    /// Turns residuals (base included) into values, in place. All arithmetic wraps.
    func restore(_ values: UnsafeMutableBufferPointer<Int64>, _ parameters: TransformParameters) {
        switch self {
        case .frameOfReference: return
        case .delta: restoreDelta(values, parameters.first)
        case .deltaOfDelta: restoreDeltaOfDelta(values, parameters)
        case .line: restoreLine(values, parameters)
        }
    }

    private func restoreDelta(_ values: UnsafeMutableBufferPointer<Int64>, _ first: Int64) {
        var value = first
        for index in 0..<values.count {
            let step = values[index]
            values[index] = value
            value &+= step
        }
    }

    private func restoreDeltaOfDelta(_ values: UnsafeMutableBufferPointer<Int64>, _ parameters: TransformParameters) {
        var value = parameters.first
        var step = parameters.slope
        for index in 0..<values.count {
            let change = values[index]
            values[index] = value
            value &+= step
            step &+= change
        }
    }

    private func restoreLine(_ values: UnsafeMutableBufferPointer<Int64>, _ parameters: TransformParameters) {
        // With slope = whole · 2^20 + fraction, floor(slope · row / 2^20) is whole · row +
        // floor(fraction · row / 2^20), and both products grow by addition.
        let whole = parameters.slope >> Int64(Self.slopeFractionBits)
        let fraction = parameters.slope & ((1 << Int64(Self.slopeFractionBits)) - 1)
        var height = parameters.first
        var fractions: Int64 = 0
        for index in 0..<values.count {
            values[index] &+= height &+ (fractions &>> Int64(Self.slopeFractionBits))
            height &+= whole
            fractions &+= fraction
        }
    }

    /// Height of the line at `row`: floor(slope · row / 2^20), with a 128-bit product.
    @inline(__always)
    private static func rise(_ slope: Int64, _ row: Int) -> Int64 {
        let (high, low) = slope.multipliedFullWidth(by: Int64(row))
        return high << Int64(64 - slopeFractionBits) | Int64(bitPattern: UInt64(low) >> UInt64(slopeFractionBits))
    }
}
