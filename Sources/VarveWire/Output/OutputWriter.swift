/// Writes one document of an answer from front to back, in whichever protocol was asked for.
///
/// The caller keeps `begin…` and `end…` balanced, names every member before its value, and counts right where it
/// counts. Names are those of the wire, which for every operation of CloudWatch are the model's.
package protocol OutputWriter {
    /// A structure.
    /// - Parameter count: of its members, nil when they were not counted.
    mutating func beginStructure(count: Int?)
    mutating func endStructure()
    /// The name of the member of a structure whose value is written next.
    mutating func member(_ name: String)

    /// A list.
    /// - Parameters:
    ///   - count: of its elements, nil when they were not counted.
    ///   - elementName: of every element in XML; nil stands for `member`.
    mutating func beginList(count: Int?, elementName: String?)
    mutating func endList()

    mutating func beginMap(count: Int?)
    /// The key of the entry whose value is written next.
    mutating func mapKey(_ key: String)
    mutating func endMap()

    mutating func string(_ value: String)
    mutating func integer(_ value: Int64)
    mutating func double(_ value: Double)
    mutating func boolean(_ value: Bool)
    /// - Parameter seconds: since 1970; milliseconds are kept.
    mutating func timestamp(seconds: Double)
    mutating func blob(_ bytes: [UInt8])

    /// A whole list of doubles: about 10 ns an element in JSON, 2 ns in CBOR.
    mutating func doubles(_ values: some Collection<Double>)
    /// A whole list of points in time.
    /// - Parameter seconds: since 1970.
    mutating func timestamps(seconds: some Collection<Double>)

    /// Takes out what has been written.
    mutating func takeBytes() -> [UInt8]
}

extension OutputWriter {
    package mutating func beginStructure() { beginStructure(count: nil) }
    package mutating func beginList(count: Int? = nil) { beginList(count: count, elementName: nil) }
    package mutating func beginMap() { beginMap(count: nil) }

    /// A member that is a text.
    package mutating func member(_ name: String, _ value: String) {
        member(name)
        string(value)
    }
}
