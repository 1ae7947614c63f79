import VarveJSON

/// What was found in a document.
struct DocumentReport {
    private(set) var errors: [DashboardMessage] = []
    private(set) var warnings: [DashboardMessage] = []
    /// All of them, also those beyond what is listed.
    private(set) var errorCount = 0

    mutating func error(_ path: String, _ message: String) {
        errorCount += 1
        if errors.count < DashboardLimits.messagesMax { errors.append(DashboardMessage(path, message)) }
    }

    mutating func warning(_ path: String, _ message: String) {
        if warnings.count < DashboardLimits.messagesMax { warnings.append(DashboardMessage(path, message)) }
    }
}

/// What a part of a document has to be.
indirect enum DocumentRule: Sendable {
    case any
    case string
    case nonEmptyString
    case boolean
    case number
    case integer(ClosedRange<Int64>)
    case choice([String])
    /// `#` and six hexadecimal digits, or three.
    case colour
    /// See ``WidgetTime``.
    case time
    /// Seconds: 1, 5, 10, 20, 30 or a multiple of 60.
    case period
    /// `+0130`: signs, hours, minutes.
    case zoneOffset
    case array(DocumentRule, count: ClosedRange<Int>)
    /// A value, or two of them that are the ends of a band.
    case oneOrPair(DocumentRule)
    case object([Member])

    struct Member: Sendable {
        var name: String
        var rule: DocumentRule
        var isRequired = false

        init(_ name: String, _ rule: DocumentRule, isRequired: Bool = false) {
            self.name = name
            self.rule = rule
            self.isRequired = isRequired
        }
    }

    /// Checks `value` and everything in it. O(size).
    func check(_ value: JSONValue, path: String, report: inout DocumentReport) {
        switch self {
        case .any: break
        case .array(let element, let count): checkArray(value, element, count, path, &report)
        case .oneOrPair(let rule): checkPair(value, rule, path, &report)
        case .object(let members): checkObject(value, members, path, &report)
        default:
            if let message = messageForScalar(value) { report.error(path, message) }
        }
    }

    private func messageForScalar(_ value: JSONValue) -> String? {
        switch self {
        case .boolean: value.bool == nil ? "Should be boolean" : nil
        case .number: value.double == nil ? "Should be number" : nil
        case .integer(let range): Self.messageForInteger(value, range)
        case .period: Self.messageForPeriod(value)
        default: messageForText(value)
        }
    }

    private static func messageForInteger(_ value: JSONValue, _ range: ClosedRange<Int64>) -> String? {
        guard let number = value.wholeNumber else { return "Should be integer" }
        if number < range.lowerBound { return "Should be >= \(range.lowerBound)" }
        return number > range.upperBound ? "Should be <= \(range.upperBound)" : nil
    }

    private static func messageForPeriod(_ value: JSONValue) -> String? {
        guard let seconds = value.wholeNumber else { return "Should be integer" }
        return WidgetPeriod.isAllowed(seconds) ? nil : "Should be 1, 5, 10, 20, 30 or a multiple of 60"
    }

    private func messageForText(_ value: JSONValue) -> String? {
        guard let text = value.string else { return "Should be string" }
        switch self {
        case .nonEmptyString: return text.isEmpty ? "Should NOT be shorter than 1 characters" : nil
        case .choice(let allowed): return allowed.contains(text) ? nil : Self.notAllowed
        case .colour: return HexColour.bytes(of: text) == nil ? "Should match pattern \"^#[0-9a-fA-F]{3,6}$\"" : nil
        case .time: return WidgetTime(text) == nil ? "Should be an ISO 8601 date or duration" : nil
        case .zoneOffset: return ZoneOffset.seconds(of: text) == nil ? "Should match pattern \"^[+-]\\d{4}$\"" : nil
        default: return nil
        }
    }

    static let notAllowed = "Should be equal to one of the allowed values"

    private func checkArray(
        _ value: JSONValue, _ rule: DocumentRule, _ count: ClosedRange<Int>, _ path: String,
        _ report: inout DocumentReport
    ) {
        guard let elements = value.array else { return report.error(path, "Should be array") }
        if elements.count < count.lowerBound {
            report.error(path, "Should NOT have less than \(count.lowerBound) items")
        }
        guard elements.count <= count.upperBound else {
            return report.error(path, "Should NOT have more than \(count.upperBound) items")
        }
        for (index, element) in elements.enumerated() {
            rule.check(element, path: "\(path)/\(index)", report: &report)
        }
    }

    private func checkPair(
        _ value: JSONValue, _ rule: DocumentRule, _ path: String, _ report: inout DocumentReport
    ) {
        guard value.array != nil else { return rule.check(value, path: path, report: &report) }
        checkArray(value, rule, 2...2, path, &report)
    }

    private func checkObject(
        _ value: JSONValue, _ members: [Member], _ path: String, _ report: inout DocumentReport
    ) {
        guard case .object(let found) = value else { return report.error(path, "Should be object") }
        for member in members where member.isRequired && value[member.name] == nil {
            report.error(path, "Should have required property '\(member.name)'")
        }
        for one in found {
            if let member = members.first(where: { $0.name == one.name }) {
                member.rule.check(one.value, path: "\(path)/\(one.name)", report: &report)
            } else {
                report.warning(path, Self.ignored(one.name, path: path))
            }
        }
    }

    private static func ignored(_ name: String, path: String) -> String {
        path.isEmpty
            ? "The \"\(name)\" property is not expected to be part of a dashboard definition, will be ignored"
            : "The \"\(name)\" property is not expected to be part of a widget definition, will be ignored"
    }
}

/// Colours as `#d62728` or `#d27`.
package enum HexColour {
    /// Red, green and blue; nil when `text` is no colour.
    package static func bytes(of text: String) -> (red: UInt8, green: UInt8, blue: UInt8)? {
        guard text.utf8.first == UInt8(ascii: "#"), text.utf8.count == 7 || text.utf8.count == 4 else { return nil }
        let digits = text.dropFirst().compactMap { $0.isASCII ? $0.hexDigitValue.map(UInt8.init) : nil }
        guard digits.count == text.utf8.count - 1 else { return nil }
        if digits.count == 3 { return (digits[0] * 17, digits[1] * 17, digits[2] * 17) }
        return (digits[0] * 16 + digits[1], digits[2] * 16 + digits[3], digits[4] * 16 + digits[5])
    }
}

/// Distances from UTC as `+0130`.
package enum ZoneOffset {
    /// Seconds east of UTC, at most 23:59 either way; nil when `text` is no offset. `UTC` is 0.
    package static func seconds(of text: String) -> Int? {
        if text == "UTC" { return 0 }
        let bytes = Array(text.utf8)
        guard bytes.count == 5, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
            bytes[1...].allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") })
        else { return nil }
        let digits = bytes[1...].map { Int($0 - UInt8(ascii: "0")) }
        let (hours, minutes) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
        guard hours < 24, minutes < 60 else { return nil }
        return (bytes[0] == UInt8(ascii: "-") ? -1 : 1) * (hours * 3_600 + minutes * 60)
    }
}

extension JSONValue {
    /// A number without a fraction, also when it was written with one: `6.0`.
    var wholeNumber: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }
}
