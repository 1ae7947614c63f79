import Glibc
import VarveBytes

/// Encodes all values of a stream as one entropy-coded unit. Format: Docs/Format/columns.md, "ENTROPY".
struct EntropyEncoder: ~Copyable {
    /// Below this, the table takes more room than it saves.
    static let rowsMin = 48
    /// Bit strings read side by side: the chains of dependent steps of four hide each other's latency.
    static let laneCount = 4
    /// Residuals that the median is taken of.
    private static let sampleCount = 255

    private let values: UnsafeBufferPointer<Int64>
    private let residuals: ScratchBuffer<Int64>
    private let plan: Plan

    /// What to encode and how.
    private struct Plan {
        var transform = Transform.frameOfReference
        var parameters = TransformParameters()
        var center: Int64 = 0
        var histogram: [Int] = []
        /// Bits at the limit that no coder can beat, extra bits included.
        var bits = Double.infinity
    }

    /// Finds the transform that leaves the least information.
    init(_ values: UnsafeBufferPointer<Int64>) {
        self.values = values
        let residuals = ScratchBuffer<Int64>(count: values.count)
        var best = Plan()
        for transform in Transform.allCases {
            if transform == .line && !VectorEncoder.isMonotone(values) { continue }
            guard let parameters = transform.parameters(values) else { continue }
            let count = transform.residualCount(rows: values.count)
            transform.residuals(values, parameters, into: residuals.buffer.baseAddress!)
            let some = UnsafeBufferPointer(rebasing: residuals.buffer[..<count])
            if count == 0 { continue }
            let center = Self.median(some)
            let histogram = Self.histogram(some, center)
            let bits = Self.information(histogram, total: count)
            if bits < best.bits {
                best = Plan(
                    transform: transform, parameters: parameters, center: center, histogram: histogram, bits: bits)
            }
        }
        self.residuals = residuals
        plan = best
    }

    /// Appends the content (all that follows the GCD fields), or nothing when it takes more than `byteCountLimit`
    /// bytes; returns whether it did.
    func encode(into writer: inout ByteWriter, byteCountLimit: Int) -> Bool {
        guard plan.bits < Double(byteCountLimit) * 8, let counts = bestCounts(byteCountLimit) else { return false }
        var content = ByteWriter(capacity: byteCountLimit)
        content.write(plan.transform.rawValue | UInt8(counts.tableBits) << 4)
        if plan.transform != .frameOfReference { content.writeSignedVarint(plan.parameters.first) }
        if plan.transform == .deltaOfDelta || plan.transform == .line {
            content.writeSignedVarint(plan.parameters.slope)
        }
        content.writeSignedVarint(plan.center)
        counts.encode(into: &content)
        let lanes = encodeLanes(counts)
        for lane in lanes { content.writeCount(lane.count) }
        for lane in lanes { content.write(contentsOf: lane) }
        if content.count > byteCountLimit { return false }
        writer.write(contentsOf: content.bytes)
        return true
    }

    /// The table size that takes the fewest bytes in all; nil when no size stays inside the limit.
    private func bestCounts(_ byteCountLimit: Int) -> SymbolCounts? {
        var best: SymbolCounts?
        var bestBits = Double(byteCountLimit) * 8
        let total = plan.transform.residualCount(rows: values.count)
        for tableBits in [11, 10, 9, 8, 7, 6, 5] {
            guard let counts = SymbolCounts(plan.histogram, total: total, tableBits: tableBits) else { break }
            // Each lane starts with a state.
            let bits = counts.codedBits(plan.histogram) + Double(tableBits * Self.laneCount)
            // Half the table is half the work before the first value comes out, and worth 0.2 %.
            if bits < bestBits * (best == nil ? 1 : 1.002) { (best, bestBits) = (counts, bits) }
        }
        return best
    }

    /// The four bit strings: residual i belongs to lane i mod 4.
    private func encodeLanes(_ counts: SymbolCounts) -> [[UInt8]] {
        let count = plan.transform.residualCount(rows: values.count)
        plan.transform.residuals(values, plan.parameters, into: residuals.buffer.baseAddress!)
        let table = EncodingTable(counts)
        let steps = ScratchBuffer<UInt16>(count: count / Self.laneCount + 1)
        return (0..<Self.laneCount).map { lane in
            let length = (count - lane + Self.laneCount - 1) / Self.laneCount
            return encodeLane(lane, length: max(0, length), table, steps.buffer)
        }
    }

    /// The coder works from the last symbol to the first, so that the decoder can read forwards.
    private func encodeLane(
        _ lane: Int, length: Int, _ table: borrowing EncodingTable, _ steps: UnsafeMutableBufferPointer<UInt16>
    ) -> [UInt8] {
        // The decoder checks that it ends in state 0.
        var state = 1 << table.tableBits
        for index in stride(from: length - 1, through: 0, by: -1) {
            let symbol = EntropySymbol.symbol(of: zigzag(index * Self.laneCount + lane))
            let step = table.step(&state, symbol: symbol)
            // At most 11 bits, with their count above them.
            steps[index] = UInt16(truncatingIfNeeded: step.count &<< 11 | step.bits)
        }
        var writer = BitWriter()
        writer.write(UInt64(state - 1 << table.tableBits), count: table.tableBits)
        for index in 0..<length {
            writer.write(UInt64(steps[index] & 0x7ff), count: Int(steps[index] &>> 11))
            let number = zigzag(index * Self.laneCount + lane)
            let extraBits = EntropySymbol.extraBits(of: EntropySymbol.symbol(of: number))
            if extraBits > 0 { writer.write(number & BitString.lowest(extraBits), count: extraBits) }
        }
        return writer.finished()
    }

    @inline(__always)
    private func zigzag(_ index: Int) -> UInt64 { EntropySymbol.fold(residuals.buffer[index] &- plan.center) }

    private static func median(_ residuals: UnsafeBufferPointer<Int64>) -> Int64 {
        let count = min(sampleCount, residuals.count)
        return withUnsafeTemporaryAllocation(of: Int64.self, capacity: count) { buffer in
            var sample = buffer
            for index in 0..<count {
                sample.initializeElement(at: index, to: residuals[index &* residuals.count / count])
            }
            sample.sort()
            return sample[count / 2]
        }
    }

    private static func histogram(_ residuals: UnsafeBufferPointer<Int64>, _ center: Int64) -> [Int] {
        var counts = [Int](repeating: 0, count: EntropySymbol.count)
        counts.withUnsafeMutableBufferPointer { counts in
            for residual in residuals { counts[EntropySymbol.symbol(of: EntropySymbol.fold(residual &- center))] &+= 1 }
        }
        return counts
    }

    private static func information(_ histogram: [Int], total: Int) -> Double {
        var bits = 0.0
        for symbol in histogram.indices where histogram[symbol] > 0 {
            let count = Double(histogram[symbol])
            bits += count * (log2(Double(total) / count) + Double(EntropySymbol.extraBits(of: symbol)))
        }
        return bits
    }
}
