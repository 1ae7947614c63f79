import VarveJSON

/// How violations are put into words.
protocol ViolationGrammar {
    /// - Parameter violations: at least one, in the order of the model.
    func fault(_ violations: [Violation]) -> ServiceFault
}

/// `1 validation error detected: Value '0' at 'evaluationPeriods' failed to satisfy constraint: Member must have value
/// greater than or equal to 1`.
struct ConstraintGrammar: ViolationGrammar {
    /// Longer values are cut: a message that repeats a body of a megabyte helps nobody.
    private static let valueBytesMax = 1_024

    func fault(_ violations: [Violation]) -> ServiceFault {
        let count = violations.count
        let texts = violations.map { violation in
            "Value \(Self.shown(violation))at '\(Self.path(violation.path))' failed to satisfy constraint: "
                + Self.sentence(violation.rule)
        }
        let message = "\(count) validation error\(count == 1 ? "" : "s") detected: " + texts.joined(separator: "; ")
        return ServiceFault("ValidationError", message)
    }

    private static func shown(_ violation: Violation) -> String {
        guard let value = violation.value else { return "" }
        if value == .null { return "null " }
        var text = display(value)
        if text.utf8.count > valueBytesMax { text = String(text.unicodeScalars.prefix(valueBytesMax / 4)) + "…" }
        return "'\(text)' "
    }

    /// Lists and maps as the services' own language prints them.
    private static func display(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .number(let number): "\(number)"
        case .bool(let flag): String(flag)
        case .null: "null"
        case .array(let elements): "[\(elements.prefix(1_024).map(display).joined(separator: ", "))]"
        case .object(let members):
            "{\(members.prefix(1_024).map { "\($0.name)=\(display($0.value))" }.joined(separator: ", "))}"
        }
    }

    /// `tags.1.member.tagKey`: names begin in lower case.
    private static func path(_ path: ValuePath) -> String {
        path.parts.map { part in
            switch part {
            case .member(let name): name.prefix(1).lowercased() + name.dropFirst()
            case .element(let number): "\(number).member"
            case .key(let key): "\(key).member"
            }
        }.joined(separator: ".")
    }

    private static func sentence(_ rule: Violation.Rule) -> String {
        switch rule {
        case .required: "Member must not be null"
        case .oneOf(let values): "Member must satisfy enum value set: [\(values.joined(separator: ", "))]"
        case .atLeast(let bound): "Member must have value greater than or equal to \(bound)"
        case .atMost(let bound): "Member must have value less than or equal to \(bound)"
        case .lengthAtLeast(let bound): "Member must have length greater than or equal to \(bound)"
        case .lengthAtMost(let bound): "Member must have length less than or equal to \(bound)"
        case .pattern(let source): "Member must satisfy regular expression pattern: \(source)"
        case .everyElement(let rules): "Member must satisfy constraint: \(list(rules))"
        case .everyKey(let rules): "Map keys must satisfy constraint: \(list(rules))"
        case .everyValue(let rules): "Map value must satisfy constraint: \(list(rules))"
        }
    }

    private static func list(_ rules: [Violation.Rule]) -> String {
        "[\(rules.map(sentence).joined(separator: ", "))]"
    }
}

/// The grammar of the older operations of CloudWatch. Of several codes the first one counts, and the lines with it.
struct ParameterGrammar: ViolationGrammar {
    private static let valueScalarsMax = 256
    /// Numbers that the model only bounds but the service has a set for.
    private static let sets = ["StorageResolution": "[ 1, 60 ]", "Period": "[1, 5, 10, 20, 30]"]

    func fault(_ violations: [Violation]) -> ServiceFault {
        let lines = violations.map { (code: Self.code($0), text: Self.line($0)) }
        let code = lines[0].code
        return ServiceFault(code, lines.filter { $0.code == code }.map(\.text).joined(separator: "\n"))
    }

    private static func code(_ violation: Violation) -> String {
        if case .required = violation.rule {
            "MissingRequiredParameterException"
        } else {
            "InvalidParameterValueException"
        }
    }

    private static func line(_ violation: Violation) -> String {
        var path = path(violation.path)
        var value = violation.value
        if let element = violation.element {
            path += ".member.\(element.number)"
            value = value?.array?[element.number - 1]
            if case .oneOf(let values) = element.rule {
                let set = values.joined(separator: ", ")
                return "The parameter \(path).<list element> must be a value in the set [\(set)]."
            }
        }
        let isCollection = violation.shape.map { $0.kind == .list || $0.kind == .map } ?? false
        switch violation.element?.rule ?? violation.rule {
        case .required: return "The parameter \(path) is required."
        // The service has a sentence of its own for this one.
        case .oneOf where violation.shape?.name == "RecentlyActive":
            return "Request parameter recentlyActive value is invalid"
        case .oneOf(let values):
            return "The parameter \(path) must be a value in the set [ \(values.joined(separator: ", ")) ]."
        case .lengthAtMost(let bound) where isCollection:
            return "The collection \(path) must not have a size greater than \(bound)."
        case .lengthAtLeast(let bound) where isCollection:
            return "The collection \(path) must not have a size less than \(bound)."
        case .lengthAtMost(let bound): return "The parameter \(path) must be shorter than \(bound + 1) characters."
        case .lengthAtLeast(let bound): return "The parameter \(path) must be longer than \(bound - 1) characters."
        default:
            if let set = violation.shape.flatMap({ sets[$0.name] }) {
                return "The parameter \(path) must be a value in the set \(set)."
            }
            return "The value \(shown(value)) for parameter \(path) is invalid."
        }
    }

    private static func shown(_ value: JSONValue?) -> String {
        switch value {
        case .string(let text): String(text.unicodeScalars.prefix(valueScalarsMax))
        case .integer(let number): String(number)
        case .number(let number): "\(number)"
        default: ""
        }
    }

    /// `MetricData.member.1.Dimensions.member.2.Name`.
    private static func path(_ path: ValuePath) -> String {
        path.parts.map { part in
            switch part {
            case .member(let name): name
            case .element(let number): "member.\(number)"
            case .key(let key): key
            }
        }.joined(separator: ".")
    }
}
