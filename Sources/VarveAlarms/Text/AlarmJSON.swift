package import VarveJSON

/// JSON as the service's alarms write it: doubles in Java's form.
package enum AlarmJSON {
    /// The document in one line. O(size).
    package static func text(_ value: JSONValue) -> String {
        var bytes: [UInt8] = []
        append(value, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The document that `text` is, or nil.
    package static func read(_ text: String) -> JSONValue? { try? JSONReader.read(Array(text.utf8)) }

    private static func append(_ value: JSONValue, to bytes: inout [UInt8]) {
        switch value {
        case .number(let double): bytes.append(contentsOf: JavaDouble.text(double).utf8)
        case .array(let elements):
            append(elements, between: ("[", "]"), to: &bytes) { element, bytes in append(element, to: &bytes) }
        case .object(let members):
            append(members, between: ("{", "}"), to: &bytes) { member, bytes in
                append(quoted: member.name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                append(member.value, to: &bytes)
            }
        case .string(let text): append(quoted: text, to: &bytes)
        case .integer(let number): bytes.append(contentsOf: String(number).utf8)
        case .null, .bool: bytes.append(contentsOf: value.encoded)
        }
    }

    /// Most texts have nothing to escape and are copied as they are.
    private static func append(quoted text: String, to bytes: inout [UInt8]) {
        let isPlain = text.utf8.allSatisfy { byte in
            byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") && byte != 0x7f
        }
        guard isPlain else {
            bytes.append(contentsOf: JSONValue.string(text).encoded)
            return
        }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    private static func append<Element>(
        _ elements: [Element], between ends: (String, String), to bytes: inout [UInt8],
        _ write: (Element, inout [UInt8]) -> Void
    ) {
        bytes.append(contentsOf: ends.0.utf8)
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            write(element, &bytes)
        }
        bytes.append(contentsOf: ends.1.utf8)
    }
}

/// Collects the members of an object, leaving out absent ones.
struct JSONObjectBuilder {
    private(set) var members: [JSONMember] = []

    var value: JSONValue { .object(members) }

    mutating func add(_ name: String, _ value: JSONValue?) {
        if let value { members.append(JSONMember(name, value)) }
    }

    mutating func add(_ name: String, _ text: String?) { add(name, text.map(JSONValue.string)) }
    mutating func add(_ name: String, _ flag: Bool?) { add(name, flag.map(JSONValue.bool)) }
    mutating func add(_ name: String, _ number: Int?) { add(name, number.map { JSONValue.integer(Int64($0)) }) }
    mutating func add(_ name: String, _ number: Int64?) { add(name, number.map(JSONValue.integer)) }
    mutating func add(_ name: String, _ number: Double?) { add(name, number.map(JSONValue.number)) }
    mutating func add(_ name: String, _ texts: [String]) { add(name, JSONValue.array(texts.map(JSONValue.string))) }
}

extension String {
    /// Whether it has at most `limit` code points. Counts them only when its bytes are more.
    func fits(_ limit: Int) -> Bool { utf8.count <= limit || unicodeScalars.count <= limit }
}

extension JSONValue {
    var members: [JSONMember] {
        if case .object(let members) = self { members } else { [] }
    }

    var strings: [String] { (array ?? []).compactMap(\.string) }
}
