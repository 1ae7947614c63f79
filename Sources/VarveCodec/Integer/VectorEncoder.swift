import VarveBytes

/// One entry of the directory in front of the vectors. Format: Docs/Format/columns.md, "VECTORS".
struct VectorHeader {
    var transform: Transform
    var width: Int
    var exceptionCount: Int
    var byteCount: Int

    func encode(into writer: inout ByteWriter) {
        writer.write(transform.rawValue)
        writer.write(UInt8(width))
        writer.write(UInt16(exceptionCount))
        writer.writeCount(byteCount)
    }
}

/// Encodes vectors of up to 1 024 values one after the other; owns the scratch memory they share.
struct VectorEncoder: ~Copyable {
    private let residuals: UnsafeMutablePointer<Int64>
    private let packed: UnsafeMutablePointer<UInt64>
    /// Large enough for 64-bit packing of a full vector.
    private let words: UnsafeMutableRawBufferPointer
    private var exceptions: [Int] = []

    init() {
        residuals = .allocate(capacity: BitPacking.vectorRows)
        packed = .allocate(capacity: BitPacking.vectorRows)
        words = .allocate(byteCount: BitPacking.byteCount(width: 64), alignment: 64)
        residuals.initialize(repeating: 0, count: BitPacking.vectorRows)
        packed.initialize(repeating: 0, count: BitPacking.vectorRows)
    }

    deinit {
        residuals.deallocate()
        packed.deallocate()
        words.deallocate()
    }

    /// Appends the payload of a vector and returns its directory entry. Hot: once per vector.
    mutating func encode(_ values: UnsafeBufferPointer<Int64>, into writer: inout ByteWriter) -> VectorHeader {
        let (transform, parameters, plan) = choose(values)
        let count = transform.residualCount(rows: values.count)
        transform.residuals(values, parameters, into: residuals)
        let exact = settle(plan, count)
        let start = writer.count
        if transform != .frameOfReference { writer.writeSignedVarint(parameters.first) }
        if transform == .deltaOfDelta || transform == .line { writer.writeSignedVarint(parameters.slope) }
        writer.writeSignedVarint(exact.base)
        pack(rows: values.count, count, width: exact.width, into: &writer)
        for position in exceptions { writer.write(UInt16(position)) }
        for position in exceptions { writer.writeSignedVarint(residuals[position] &- exact.base) }
        return VectorHeader(
            transform: transform, width: exact.width, exceptionCount: exceptions.count,
            byteCount: writer.count - start)
    }

    /// The cheapest transform by estimate.
    private func choose(_ values: UnsafeBufferPointer<Int64>) -> (Transform, TransformParameters, PackingPlan) {
        var best = (Transform.frameOfReference, TransformParameters(), PackingPlan(cost: .infinity))
        for transform in Transform.allCases {
            // A line can win only where values follow one; that is known from the differences, which come before it.
            if transform == .line && !Self.isMonotone(values) { continue }
            guard let parameters = transform.parameters(values) else { continue }
            transform.residuals(values, parameters, into: residuals)
            let count = transform.residualCount(rows: values.count)
            var plan = WidthChooser.plan(UnsafeBufferPointer(start: residuals, count: count))
            plan.cost += Self.headerBits(transform, parameters, plan)
            if plan.cost < best.2.cost { best = (transform, parameters, plan) }
        }
        return best
    }

    static func isMonotone(_ values: UnsafeBufferPointer<Int64>) -> Bool {
        var rises = true
        var falls = true
        for index in 1..<max(values.count, 1) {
            rises = rises && values[index] >= values[index - 1]
            falls = falls && values[index] <= values[index - 1]
        }
        return rises || falls
    }

    private static func headerBits(
        _ transform: Transform, _ parameters: TransformParameters, _ plan: PackingPlan
    ) -> Double {
        var bits = varintBits(plan.base)
        if transform != .frameOfReference { bits += varintBits(parameters.first) }
        if transform == .deltaOfDelta || transform == .line { bits += varintBits(parameters.slope) }
        return Double(bits)
    }

    private static func varintBits(_ value: Int64) -> Int {
        8 * max(1, (64 - ZigZag.encode(value).leadingZeroBitCount + 6) / 7)
    }

    /// Finds the exceptions of `plan`; gives them up for the full width where they cost more than estimated.
    private mutating func settle(_ plan: PackingPlan, _ count: Int) -> PackingPlan {
        let mask = plan.width == 0 ? 0 : UInt64.max >> UInt64(64 - plan.width)
        exceptions.removeAll(keepingCapacity: true)
        var low = Int64.max
        var high = Int64.min
        for index in 0..<count {
            let value = residuals[index]
            low = min(low, value)
            high = max(high, value)
            let offset = UInt64(bitPattern: value &- plan.base)
            packed[index] = offset <= mask ? offset : 0
            if offset > mask { exceptions.append(index) }
        }
        if exceptions.isEmpty { return plan }
        let fullWidth = 64 - UInt64(bitPattern: high &- low).leadingZeroBitCount
        let exceptionBits = exceptions.reduce(0) { $0 + 16 + Self.varintBits(residuals[$1] &- plan.base) }
        if count * (fullWidth - plan.width) > exceptionBits { return plan }
        exceptions.removeAll(keepingCapacity: true)
        for index in 0..<count { packed[index] = UInt64(bitPattern: residuals[index] &- low) }
        return PackingPlan(base: low, width: fullWidth)
    }

    private func pack(rows: Int, _ count: Int, width: Int, into writer: inout ByteWriter) {
        if width == 0 { return }
        let byteCount: Int
        if rows == BitPacking.vectorRows {
            byteCount = BitPacking.byteCount(width: width)
            for index in count..<rows { packed[index] = 0 }
        } else {
            byteCount = SequentialPacking.byteCount(count: count, width: width)
        }
        let target = UnsafeMutableRawBufferPointer(rebasing: words[0..<byteCount])
        target.initializeMemory(as: UInt8.self, repeating: 0)
        if rows < BitPacking.vectorRows {
            SequentialPacking.pack(packed, width: width, count: count, into: target)
        } else if width <= 32 {
            BitPacking.pack32(packed, width: width, into: words.baseAddress!.assumingMemoryBound(to: UInt32.self))
        } else {
            BitPacking.pack64(packed, width: width, into: words.baseAddress!.assumingMemoryBound(to: UInt64.self))
        }
        writer.write(raw: UnsafeRawBufferPointer(target))
    }
}
