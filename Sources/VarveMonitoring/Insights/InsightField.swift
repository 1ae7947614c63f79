import VarveEvents
import VarveJSON
import VarveModel

/// Where a rule finds a value in an event.
enum InsightField: Equatable, Sendable {
    /// In JSON: `$.a.b[0]`.
    case path(InputPath)
    /// In a line of the common log format: a column, counted from 0.
    case column(Int)
}

/// An event as rules look at it.
struct InsightEvent {
    private enum Content {
        case json(JSONValue)
        case columns([String])
    }

    private let content: Content

    /// nil for bytes that are not of the format.
    init?(_ body: [UInt8], format: InsightDefinition.Format) {
        switch format {
        case .json:
            // What cannot be read as JSON is no event of this rule.
            guard let json = try? JSONReader.read(body) else { return nil }
            content = .json(json)
        case .commonLog:
            guard let line = String(validating: body, as: UTF8.self) else { return nil }
            content = .columns(CommonLogLine.columns(of: line))
        }
    }

    /// The leaf that is there; nil when nothing is, or no leaf.
    func leaf(_ field: InsightField) -> JSONValue? {
        switch (field, content) {
        case (.path(let path), .json(let json)):
            guard let value = path.value(in: json) else { return nil }
            switch value {
            case .array, .object: return nil
            default: return value
            }
        case (.column(let index), .columns(let columns)):
            // The format writes a dash where it has nothing.
            return index < columns.count && columns[index] != "-" ? .string(columns[index]) : nil
        default: return nil
        }
    }

    /// A leaf as a number. Lines of the common log format have texts only.
    func number(_ field: InsightField) -> Double? {
        guard let leaf = leaf(field) else { return nil }
        guard case .columns = content, let text = leaf.string else { return leaf.double }
        return Double(text).flatMap { $0.isFinite ? $0 : nil }
    }
}

/// `127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326`: columns between spaces; quotes and
/// brackets keep their spaces together and are left out.
enum CommonLogLine {
    static func columns(of line: String) -> [String] {
        var columns: [String] = []
        var column: [UInt8] = []
        var closing: UInt8?
        var isInColumn = false
        for byte in line.utf8 {
            if let end = closing {
                if byte == end { closing = nil } else { column.append(byte) }
                continue
            }
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                if isInColumn { columns.append(String(decoding: column, as: UTF8.self)) }
                (column, isInColumn) = ([], false)
            case UInt8(ascii: "\"") where !isInColumn: (closing, isInColumn) = (byte, true)
            case UInt8(ascii: "[") where !isInColumn: (closing, isInColumn) = (UInt8(ascii: "]"), true)
            default:
                column.append(byte)
                isInColumn = true
            }
        }
        if isInColumn { columns.append(String(decoding: column, as: UTF8.self)) }
        return columns
    }
}

/// A condition of a rule on one field.
struct InsightFilter: Equatable, Sendable {
    enum Operator: Equatable, Sendable {
        /// Any of them, case-sensitive.
        case isIn([String])
        case isNotIn([String])
        case startsWith([String])
        case isAbove(Double)
        case isBelow(Double)
        case equals(Double)
        case differs(Double)
        case isPresent(Bool)
    }

    var field: InsightField
    var condition: Operator

    /// Only absence itself is found where nothing is.
    func accepts(_ event: InsightEvent) -> Bool {
        switch condition {
        case .isPresent(let isWanted): (event.leaf(field) != nil) == isWanted
        case .isIn(let texts): text(event).map { text in texts.contains { $0.hasSameBytes(as: text) } } ?? false
        case .isNotIn(let texts): text(event).map { text in !texts.contains { $0.hasSameBytes(as: text) } } ?? false
        case .startsWith(let texts): text(event).map { text in texts.contains { text.hasBytePrefix($0) } } ?? false
        case .isAbove(let bound): event.number(field).map { $0 > bound } ?? false
        case .isBelow(let bound): event.number(field).map { $0 < bound } ?? false
        case .equals(let number): event.number(field).map { $0 == number } ?? false
        case .differs(let number): event.number(field).map { $0 != number } ?? false
        }
    }

    private func text(_ event: InsightEvent) -> String? { event.leaf(field)?.insightText }
}

extension JSONValue {
    /// A leaf as a text: texts themselves, numbers and booleans as JSON writes them; nil for null and what is no leaf.
    var insightText: String? {
        switch self {
        case .string(let text): text
        case .integer, .number, .bool: String(decoding: encoded, as: UTF8.self)
        case .null, .array, .object: nil
        }
    }
}
