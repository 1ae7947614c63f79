import VarveBytes
import VarveJSON

/// Answers of awsJson and rest-json.
package struct JSONOutput: OutputWriter {
    private var writer: JSONWriter

    package init(capacity: Int = 256) { writer = JSONWriter(capacity: capacity) }

    package mutating func beginStructure(count: Int?) { writer.beginObject() }
    package mutating func endStructure() { writer.endObject() }
    package mutating func member(_ name: String) { writer.key(name) }
    package mutating func beginList(count: Int?, elementName: String?) { writer.beginArray() }
    package mutating func endList() { writer.endArray() }
    package mutating func beginMap(count: Int?) { writer.beginObject() }
    package mutating func mapKey(_ key: String) { writer.key(key) }
    package mutating func endMap() { writer.endObject() }
    package mutating func string(_ value: String) { writer.string(value) }
    package mutating func integer(_ value: Int64) { writer.integer(value) }
    package mutating func boolean(_ value: Bool) { writer.bool(value) }
    package mutating func blob(_ bytes: [UInt8]) { writer.string(Base64.encode(bytes)) }
    package mutating func timestamp(seconds: Double) { writer.number(seconds) }

    package mutating func double(_ value: Double) {
        if value.isFinite { writer.number(value) } else { writer.string(Self.name(of: value)) }
    }

    package mutating func doubles(_ values: [Double]) { numbers(values) }
    package mutating func timestamps(seconds: [Double]) { numbers(seconds) }
    package mutating func takeBytes() -> [UInt8] {
        // The writer would keep, and so copy, its memory.
        let taken = writer
        writer = JSONWriter(capacity: 0)
        return taken.bytes
    }

    private mutating func numbers(_ values: [Double]) {
        writer.beginArray()
        if !values.isEmpty {
            writer.elements { bytes in
                for value in values {
                    if value.isFinite {
                        NumberText.append(value, to: &bytes)
                    } else {
                        JSONWriter.appendQuoted(Self.name(of: value), to: &bytes)
                    }
                    bytes.append(UInt8(ascii: ","))
                }
                bytes.removeLast()
            }
        }
        writer.endArray()
    }

    /// Of a value that is not finite: the same in JSON and XML.
    static func name(of value: Double) -> String {
        if value.isNaN { return "NaN" }
        return value < 0 ? "-Infinity" : "Infinity"
    }
}
