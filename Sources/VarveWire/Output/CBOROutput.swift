/// Answers of RPC v2 CBOR, and any other small CBOR document. Integers take the shortest form, floats always eight
/// bytes; what was not counted has indefinite length.
package struct CBOROutput: OutputWriter {
    private var bytes: [UInt8] = []
    /// Of every open container, whether it ends in a break.
    private var isIndefinite: [Bool] = []

    package init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    package mutating func beginStructure(count: Int?) { begin(.map, count) }
    package mutating func endStructure() { end() }
    package mutating func member(_ name: String) { string(name) }
    package mutating func beginList(count: Int?, elementName: String?) { begin(.list, count) }
    package mutating func endList() { end() }
    package mutating func beginMap(count: Int?) { begin(.map, count) }
    package mutating func mapKey(_ key: String) { string(key) }
    package mutating func endMap() { end() }

    package mutating func string(_ value: String) {
        head(.text, UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    package mutating func integer(_ value: Int64) {
        // A negative number n is kept as -1 - n.
        if value < 0 { head(.negative, UInt64(-1 - value)) } else { head(.unsigned, UInt64(value)) }
    }

    package mutating func double(_ value: Double) {
        bytes.append(0xfb)
        withUnsafeBytes(of: value.bitPattern.bigEndian) { bytes.append(contentsOf: $0) }
    }

    package mutating func boolean(_ value: Bool) { bytes.append(value ? 0xf5 : 0xf4) }

    package mutating func timestamp(seconds: Double) {
        bytes.append(0xc1)
        double(seconds)
    }

    package mutating func blob(_ blob: [UInt8]) {
        head(.bytes, UInt64(blob.count))
        bytes.append(contentsOf: blob)
    }

    package mutating func doubles(_ values: some Collection<Double>) {
        head(.list, UInt64(values.count))
        bytes.reserveCapacity(bytes.count + 9 * values.count)
        for value in values { double(value) }
    }

    package mutating func timestamps(seconds: some Collection<Double>) {
        head(.list, UInt64(seconds.count))
        bytes.reserveCapacity(bytes.count + 10 * seconds.count)
        for second in seconds { timestamp(seconds: second) }
    }

    package mutating func takeBytes() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    private mutating func begin(_ major: CBORReader.Major, _ count: Int?) {
        isIndefinite.append(count == nil)
        if let count { head(major, UInt64(count)) } else { bytes.append(major.rawValue << 5 | 31) }
    }

    private mutating func end() {
        if isIndefinite.removeLast() { bytes.append(0xff) }
    }

    private mutating func head(_ major: CBORReader.Major, _ argument: UInt64) {
        let type = major.rawValue << 5
        switch argument {
        case 0..<24: bytes.append(type | UInt8(argument))
        case 24...0xff: bytes += [type | 24, UInt8(argument)]
        case 0x100...0xffff: append(type | 25, UInt16(argument))
        case 0x1_0000...0xffff_ffff: append(type | 26, UInt32(argument))
        default: append(type | 27, argument)
        }
    }

    private mutating func append(_ first: UInt8, _ argument: some FixedWidthInteger) {
        bytes.append(first)
        withUnsafeBytes(of: argument.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
