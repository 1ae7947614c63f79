import VarveModel

/// The values of the row that is being read, before the whole line is known to be good. Owned by one parser.
struct RowScratch: ~Copyable {
    private let values: UnsafeMutableBufferPointer<Double>

    init() {
        values = .allocate(capacity: Limits.fieldsPerRowMax)
        values.initialize(repeating: 0)
    }

    deinit { values.deallocate() }

    @inline(__always)
    subscript(index: Int) -> Double {
        get {
            precondition(index >= 0 && index < values.count, "a row has at most 1 024 fields")
            return values[index]
        }
        nonmutating set {
            precondition(index >= 0 && index < values.count, "a row has at most 1 024 fields")
            values[index] = newValue
        }
    }

    /// The first `count` values; valid while no other is written.
    @inline(__always)
    func prefix(_ count: Int) -> UnsafeBufferPointer<Double> {
        precondition(count <= values.count, "a row has at most 1 024 fields")
        return UnsafeBufferPointer(rebasing: values[..<count])
    }
}
