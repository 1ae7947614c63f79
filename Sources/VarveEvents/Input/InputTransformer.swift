package import VarveJSON
import VarveModel

/// What a target receives instead of the event: a template, filled in with parts of the event.
package struct InputTransformer: Equatable, Sendable {
    /// Variables of one transformer.
    static let pathsMax = 100
    /// Characters of a template.
    static let templateLengthMax = 8_192

    /// A piece of a template.
    enum Piece: Equatable, Sendable {
        case text([UInt8])
        /// - Parameter inString: whether it stands between quotes.
        case variable(String, inString: Bool)
    }

    /// Variables in the order in which they were written.
    let paths: [(name: String, path: InputPath)]
    /// As it was written.
    let template: String
    private let pieces: [Piece]

    package static func == (left: InputTransformer, right: InputTransformer) -> Bool {
        left.template.utf8.elementsEqual(right.template.utf8) && left.paths.elementsEqual(right.paths, by: ==)
    }

    /// Reads `{"InputPathsMap": {…}, "InputTemplate": "…"}`.
    /// - Parameter target: the ID of the target, for messages.
    /// - Throws: `ValidationException`.
    package static func read(_ json: JSONValue, target: String) throws(EventRefusal) -> InputTransformer {
        guard let template = json["InputTemplate"]?.string, (1...templateLengthMax).contains(template.utf16.count)
        else {
            throw .validation("InputTemplate for target \(target) must have 1 to \(templateLengthMax) characters.")
        }
        let paths = try readPaths(json["InputPathsMap"] ?? .object([]), target: target)
        let pieces = Self.pieces(of: template)
        let known = Set(paths.map(\.name))
        for case .variable(let name, _) in pieces where !known.contains(name) && !reserved.contains(name) {
            throw .validation("InputTemplate for target \(target) contains invalid placeholder \(name).")
        }
        if let error = fault(in: pieces) {
            throw .validation("Invalid InputTemplate for target \(target) : \(error).")
        }
        return InputTransformer(paths: paths, template: template, pieces: pieces)
    }

    private static func readPaths(
        _ json: JSONValue, target: String
    ) throws(EventRefusal) -> [(name: String, path: InputPath)] {
        guard case .object(let members) = json, members.count <= pathsMax else {
            throw .validation("InputPathsMap for target \(target) must be a map of at most \(pathsMax) variables.")
        }
        var paths: [(name: String, path: InputPath)] = []
        for member in members {
            guard isVariable(member.name), !member.name.lowercased().hasPrefix("aws") else {
                throw .validation("InputPathsMap for target \(target) contains invalid key \(member.name).")
            }
            guard let path = member.value.string.flatMap({ InputPath($0) }) else {
                throw .validation("InputPathsMap for target \(target) contains an invalid path for key \(member.name).")
            }
            paths.append((member.name, path))
        }
        return paths
    }

    /// Variables that there are without a path.
    private static let reserved: Set<String> = [
        "aws.events.rule-arn", "aws.events.rule-name", "aws.events.event", "aws.events.event.json",
        "aws.events.event.ingestion-time",
    ]

    private static func isVariable(_ name: String) -> Bool { EventNames.isName(name, lengthMax: 256) }

    /// What the transformer was read from.
    package var json: JSONValue {
        var members: [JSONMember] = []
        if !paths.isEmpty {
            let map = paths.map { JSONMember($0.name, .string($0.path.text)) }
            members.append(JSONMember("InputPathsMap", .object(map)))
        }
        members.append(JSONMember("InputTemplate", .string(template)))
        return .object(members)
    }
}

// Templates.
extension InputTransformer {
    /// Cuts a template at its variables. A `<` without a name and a `>` behind it is text.
    private static func pieces(of template: String) -> [Piece] {
        let bytes = Array(template.utf8)
        var pieces: [Piece] = []
        var text: [UInt8] = []
        var isInString = false
        var offset = 0
        while offset < bytes.count {
            if let name = variable(in: bytes, at: offset) {
                if !text.isEmpty { pieces.append(.text(text)) }
                text = []
                pieces.append(.variable(name, inString: isInString))
                offset += name.utf8.count + 2
                continue
            }
            // An escape belongs to the string; what stands behind it cannot end it.
            let count = isInString && bytes[offset] == UInt8(ascii: "\\") && offset + 1 < bytes.count ? 2 : 1
            if count == 1, bytes[offset] == UInt8(ascii: "\"") { isInString.toggle() }
            text += bytes[offset..<offset + count]
            offset += count
        }
        if !text.isEmpty { pieces.append(.text(text)) }
        return pieces
    }

    private static func variable(in bytes: [UInt8], at offset: Int) -> String? {
        guard bytes[offset] == UInt8(ascii: "<"),
            let end = bytes[offset...].prefix(260).firstIndex(of: UInt8(ascii: ">"))
        else { return nil }
        let name = String(decoding: bytes[(offset + 1)..<end], as: UTF8.self)
        return isVariable(name) ? name : nil
    }

    /// Why a template makes no JSON, with the place in what it makes without values; nil when it makes some. Several
    /// strings, one a line, are taken too.
    private static func fault(in pieces: [Piece]) -> String? {
        var bytes: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .text(let text): bytes += text
            case .variable(_, let inString): bytes += inString ? [] : Array("null".utf8)
            }
        }
        if isSequenceOfStrings(bytes) { return nil }
        do {
            _ = try JSONReader.read(bytes)
            return nil
        } catch {
            return error.reason + " at character \(error.offset + 1)"
        }
    }

    private static func isSequenceOfStrings(_ bytes: [UInt8]) -> Bool {
        let lines = bytes.split(separator: 0x0a)
        return !lines.isEmpty && lines.allSatisfy { line in (try? JSONReader.read(Array(line)))?.string != nil }
    }

    /// What the target receives: JSON, or lines of JSON strings. A variable without a value is an empty string.
    package func payload(for event: Event, rule: String, ruleARN: String, ingestionNs: Int64) -> [UInt8] {
        let json = event.json
        var values: [String: JSONValue] = [
            "aws.events.rule-arn": .string(ruleARN), "aws.events.rule-name": .string(rule),
            "aws.events.event": Self.envelope(of: event), "aws.events.event.json": json,
            "aws.events.event.ingestion-time": .string(Event.timeText(ingestionNs)),
        ]
        for (name, path) in paths { values[name] = path.value(in: json) }
        var result: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .text(let text): result += text
            case .variable(let name, inString: true): result += Self.inString(values[name])
            case .variable(let name, inString: false): result += (values[name] ?? .string("")).encoded
            }
        }
        return result
    }

    /// Inside quotes: a text as it is, anything else as JSON; escaped, so that no value can end the string.
    private static func inString(_ value: JSONValue?) -> [UInt8] {
        guard let value else { return [] }
        let text = value.string ?? String(decoding: value.encoded, as: UTF8.self)
        return Array(JSONValue.string(text).encoded.dropFirst().dropLast())
    }

    /// The event without its detail; members and their names as the service has them here.
    private static func envelope(of event: Event) -> JSONValue {
        .object([
            JSONMember("id", .string(event.id)), JSONMember("account", .string(event.account)),
            JSONMember("detailType", .string(event.detailType)), JSONMember("time", .string(event.timeText)),
            JSONMember("source", .string(event.source)), JSONMember("region", .string(event.region)),
            JSONMember("resources", .array(event.resources.map { .string($0) })),
            JSONMember("version", .string("0")),
        ])
    }
}
