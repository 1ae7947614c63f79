import VarveBytes
import VarveJSON

/// Reads the members of an operation's input, with the service's sentences about what is wrong.
struct OperationInput {
    let value: JSONValue

    func text(_ name: String) -> String? { value[name]?.string }

    func required(_ name: String) throws(IdentityError) -> String {
        guard let text = text(name), !text.isEmpty else {
            throw .validation(
                "1 validation error detected: Value null at '\(Self.member(name))' failed to satisfy constraint: "
                    + "Member must not be null")
        }
        return text
    }

    /// A name of `[\w+=,.@-]*`.
    func name(_ name: String, countMin: Int = 1, countMax: Int) throws(IdentityError) -> String {
        let text = try required(name)
        let (member, count) = (Self.member(name), text.unicodeScalars.count)
        let start =
            "1 validation error detected: Value '\(text)' at '\(member)' failed to satisfy constraint: Member must "
        guard text.utf8.allSatisfy(Names.isNameByte) else {
            throw .validation(start + "satisfy regular expression pattern: [\\w+=,.@-]*")
        }
        guard count >= countMin else {
            throw .validation(start + "have length greater than or equal to \(countMin)")
        }
        guard count <= countMax else { throw .validation(start + "have length less than or equal to \(countMax)") }
        return text
    }

    func path() throws(IdentityError) -> String {
        let path = text("Path") ?? "/"
        guard Names.isPath(path) else {
            throw .validation(
                "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric "
                    + "characters and/or / characters.")
        }
        return path
    }

    /// A whole number in a range.
    func number(_ name: String, _ range: ClosedRange<Int64>, otherwise: Int64) throws(IdentityError) -> Int64 {
        guard let member = value[name], member != .null else { return otherwise }
        guard let number = member.integer ?? member.string.flatMap({ Int64($0) }) else {
            throw .validation("\(name) is not a number")
        }
        let start =
            "1 validation error detected: Value '\(number)' at '\(Self.member(name))' failed to satisfy constraint: "
        guard number >= range.lowerBound else {
            throw .validation(start + "Member must have value greater than or equal to \(range.lowerBound)")
        }
        guard number <= range.upperBound else {
            throw .validation(start + "Member must have value less than or equal to \(range.upperBound)")
        }
        return number
    }

    func flag(_ name: String) -> Bool { value[name] == .bool(true) || text(name)?.lowercased() == "true" }

    /// `[{Key, Value}]`
    func tags(_ name: String = "Tags") throws(IdentityError) -> [String: String] {
        var tags: [String: String] = [:]
        var foldedKeys: Set<String> = []
        for tag in value[name]?.array ?? [] {
            guard let key = tag["Key"]?.string, let text = tag["Value"]?.string, (1...128).contains(key.utf8.count),
                text.utf8.count <= 256
            else { throw .validation("A tag has a key of 1 to 128 and a value of up to 256 characters.") }
            guard foldedKeys.insert(key.lowercased()).inserted else {
                throw .invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
            }
            tags[key] = text
        }
        guard tags.count <= 50 else { throw .limitExceeded("Cannot exceed quota for TagsPerResource: 50") }
        return tags
    }

    static func member(_ name: String) -> String { name.prefix(1).lowercased() + name.dropFirst() }

    // MARK: Pages

    /// One page of a list that is sorted by key.
    /// - Returns: the members `IsTruncated`, `Marker` and the list.
    func page(_ listName: String, _ items: [(key: String, value: JSONValue)]) throws(IdentityError) -> [JSONMember] {
        let count = Int(try number("MaxItems", 1...1_000, otherwise: 100))
        var rest = items[...]
        if let marker = text("Marker") {
            guard let bytes = Base64.decode(marker) else { throw .validation("Invalid Marker.") }
            let last = String(decoding: bytes, as: UTF8.self)
            rest = rest.drop { $0.key <= last }
        }
        let shown = rest.prefix(count)
        var members = [
            JSONMember(listName, .array(shown.map(\.value))),
            JSONMember("IsTruncated", .bool(shown.count < rest.count)),
        ]
        if shown.count < rest.count, let last = shown.last {
            members.append(JSONMember("Marker", .string(Base64.encode(Array(last.key.utf8)))))
        }
        return members
    }
}

/// Writes the members of an operation's output.
enum Output {
    static func object(_ members: [(String, JSONValue?)]) -> JSONValue {
        .object(members.compactMap { name, value in value.map { JSONMember(name, $0) } })
    }

    static func text(_ text: String?) -> JSONValue? { text.map { .string($0) } }

    static func tags(_ tags: [String: String]) -> JSONValue? {
        guard !tags.isEmpty else { return nil }
        return .array(
            tags.sorted { $0.key < $1.key }.map { key, value in
                object([("Key", .string(key)), ("Value", .string(value))])
            })
    }

    static let nothing = JSONValue.object([])
}
