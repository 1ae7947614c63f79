import VarveBytes
import VarveJSON

/// Answers of the query protocol. The envelope around the members is written with ``open(_:attributes:)`` and
/// ``close(_:)``.
package struct XMLOutput: OutputWriter {
    /// What is open, and how its next value is called.
    private enum Frame {
        case structure(closing: String)
        case list(closing: String, elementName: String)
        case map(closing: String)
    }

    private var bytes: [UInt8] = []
    private var frames: [Frame] = []
    private var pendingName = ""

    package init(capacity: Int = 512) { bytes.reserveCapacity(capacity) }

    // MARK: Elements of the envelope

    /// A start tag; the members that follow stand inside.
    mutating func open(_ name: String, namespace: String? = nil) {
        append("<", name)
        if let namespace { append(" xmlns=\"", namespace, "\"") }
        append(">")
    }

    mutating func close(_ name: String) { append("</", name, ">") }

    /// An element with a text.
    mutating func element(_ name: String, _ text: String) {
        open(name)
        Self.appendEscaped(text, to: &bytes)
        close(name)
    }

    // MARK: OutputWriter

    package mutating func beginStructure(count: Int?) { frames.append(.structure(closing: beginValue())) }
    package mutating func endStructure() { endContainer() }
    package mutating func member(_ name: String) { pendingName = name }

    package mutating func beginList(count: Int?, elementName: String?) {
        frames.append(.list(closing: beginValue(), elementName: elementName ?? "member"))
    }

    package mutating func endList() { endContainer() }
    package mutating func beginMap(count: Int?) { frames.append(.map(closing: beginValue())) }

    package mutating func mapKey(_ key: String) {
        append("<entry>")
        element("key", key)
    }

    package mutating func endMap() { endContainer() }

    package mutating func string(_ value: String) {
        let name = beginValue()
        Self.appendEscaped(value, to: &bytes)
        endValue(name)
    }

    package mutating func integer(_ value: Int64) {
        let name = beginValue()
        NumberText.append(value, to: &bytes)
        endValue(name)
    }

    package mutating func double(_ value: Double) {
        let name = beginValue()
        appendDouble(value)
        endValue(name)
    }

    package mutating func boolean(_ value: Bool) { string(value ? "true" : "false") }

    package mutating func timestamp(seconds: Double) {
        let name = beginValue()
        WireTime.appendISO8601(seconds, to: &bytes)
        endValue(name)
    }

    package mutating func blob(_ bytes: [UInt8]) { string(Base64.encode(bytes)) }

    package mutating func doubles(_ values: [Double]) {
        beginList()
        for value in values {
            append("<member>")
            appendDouble(value)
            append("</member>")
        }
        endList()
    }

    package mutating func timestamps(seconds: [Double]) {
        beginList()
        for second in seconds {
            append("<member>")
            WireTime.appendISO8601(second, to: &bytes)
            append("</member>")
        }
        endList()
    }

    package mutating func takeBytes() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &bytes)
        return taken
    }

    // MARK: Names

    /// Writes the start tag that the place asks for; returns its name.
    private mutating func beginValue() -> String {
        let name: String
        switch frames.last {
        case .list(_, let elementName): name = elementName
        case .map: name = "value"
        case .structure, nil: name = pendingName
        }
        append("<", name, ">")
        return name
    }

    private mutating func endValue(_ name: String) {
        close(name)
        if case .map = frames.last { append("</entry>") }
    }

    private mutating func endContainer() {
        switch frames.popLast() {
        case .structure(let name), .list(let name, _), .map(let name): endValue(name)
        case nil: preconditionFailure("an end without a beginning")
        }
    }

    private mutating func append(_ parts: String...) {
        for part in parts { bytes.append(contentsOf: part.utf8) }
    }

    private mutating func appendDouble(_ value: Double) {
        if value.isFinite { NumberText.append(value, to: &bytes) } else { append(JSONOutput.name(of: value)) }
    }

    /// XML 1.0 has no form for control characters other than tab and line ends, nor for U+FFFE and U+FFFF: a
    /// replacement character stands for them.
    static func appendEscaped(_ text: String, to bytes: inout [UInt8]) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": bytes.append(contentsOf: "&amp;".utf8)
            case "<": bytes.append(contentsOf: "&lt;".utf8)
            case ">": bytes.append(contentsOf: "&gt;".utf8)
            case "\"": bytes.append(contentsOf: "&quot;".utf8)
            // A parser would turn it into a line feed.
            case "\r": bytes.append(contentsOf: "&#xD;".utf8)
            case "\t", "\n": bytes.append(UInt8(scalar.value))
            case "\u{0}"..."\u{1f}", "\u{fffe}", "\u{ffff}": bytes.append(contentsOf: "\u{fffd}".utf8)
            default: bytes.append(contentsOf: String(scalar).utf8)
            }
        }
    }
}
