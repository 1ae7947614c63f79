/// A line that was not taken, with the place and the reason.
package struct LineRefusal: Error, Equatable, Sendable {
    /// Counted from 1 over the whole input, comments and blank lines included.
    package var lineNumber: Int
    /// Byte position in the line, counted from 1, at which the reason shows.
    package var column: Int
    package var reason: LineRefusalReason
    /// The raw line without its line feed, at most its first `LineOptions.excerptBytesMax` bytes: for the reject file.
    package var excerpt: [UInt8]
    /// Whether the line is longer than the excerpt.
    package var isExcerptCut: Bool
}

extension LineRefusal: CustomStringConvertible {
    package var description: String { "line \(lineNumber), column \(column): \(reason)" }
}

/// Why a line was refused.
package enum LineRefusalReason: Equatable, Sendable {
    // The line as a whole.
    case lineTooLong(limit: Int)
    case missingMeasurement
    case missingFields
    case trailingText
    // Names and tags.
    case missingTagName
    case missingTagValue
    case missingTagEquals
    case unescapedEquals
    case repeatedTag
    case tooManyTags(limit: Int)
    case nameTooLong(limit: Int)
    case tagValueTooLong(limit: Int)
    case controlCharacter
    case invalidText
    // Fields.
    case missingFieldName
    case missingFieldEquals
    case missingFieldValue
    case repeatedField
    case tooManyFields(limit: Int)
    case invalidFieldValue
    case stringField
    case unterminatedString
    case notFinite
    case integerOutOfRange
    case floatOutOfRange
    case numberTooLong(limit: Int)
    // Timestamps.
    case invalidTimestamp
    case timestampOutOfRange
    case timestampInFuture
    case timestampTooOld
}

extension LineRefusalReason: CustomStringConvertible {
    package var description: String { syntaxText ?? valueText }

    /// The sentence for a line whose structure or names are wrong.
    private var syntaxText: String? {
        switch self {
        case .lineTooLong(let limit): "the line is longer than \(limit) bytes"
        case .missingMeasurement:
            "the measurement name is missing; a line reads: measurement,tag=value field=1 timestamp"
        case .missingFields: "a field is missing; a line reads: measurement,tag=value field=1 timestamp"
        case .trailingText: "nothing may follow the timestamp; escape spaces inside names with a backslash"
        case .missingTagName: "the tag name is missing"
        case .missingTagValue: "the tag value is missing; leave the tag out instead"
        case .missingTagEquals: "'=' and a value are missing after the tag name"
        case .unescapedEquals: "'=' inside a tag value needs a backslash before it"
        case .repeatedTag: "the tag name occurs twice in this line"
        case .tooManyTags(let limit): "the line has more than \(limit) tags"
        case .nameTooLong(let limit): "the name is longer than \(limit) bytes"
        case .tagValueTooLong(let limit): "the tag value is longer than \(limit) bytes"
        case .controlCharacter: "names and tag values must not contain control characters"
        case .invalidText: "the text is not UTF-8"
        default: nil
        }
    }

    private var valueText: String {
        switch self {
        case .missingFieldName: "the field name is missing"
        case .missingFieldEquals: "'=' and a value are missing after the field name"
        case .missingFieldValue: "the field value is missing"
        case .repeatedField: "the field name occurs twice in this line"
        case .tooManyFields(let limit): "the line has more than \(limit) fields"
        case .stringField: "string fields cannot be stored as metrics; leave the field out or make it a tag"
        case .unterminatedString:
            "the string has no closing quote in this line, and string fields cannot be stored as metrics"
        case .notFinite: "NaN and infinity are not accepted"
        case .integerOutOfRange: "the integer does not fit 64 bits"
        case .floatOutOfRange: "the number is too large for a 64-bit float"
        case .numberTooLong(let limit): "the number is longer than \(limit) characters"
        case .invalidTimestamp: "the timestamp is not an integer"
        case .timestampOutOfRange: "the timestamp is out of range; check the precision (ns, us, ms, s)"
        case .timestampInFuture: "the timestamp lies too far in the future; check the precision (ns, us, ms, s)"
        case .timestampTooOld: "the timestamp lies too far in the past; check the precision (ns, us, ms, s)"
        default: "the field value is neither a number (1.5, 1i, 1u) nor a boolean (true, false)"
        }
    }
}

/// What is wrong with a line and where: thrown while a line is read, turned into a ``LineRefusal`` where lines are
/// counted.
struct LineFault: Error {
    /// Byte position in the line, counted from 0.
    var offset: Int
    var reason: LineRefusalReason
}
