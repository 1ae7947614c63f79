import VarveBytes

/// One operator on one key, compiled.
struct PolicyCondition: Sendable {
    enum SetPrefix: Sendable { case none, all, any }

    /// As written.
    let operatorName: String
    /// As written.
    let keyName: String
    /// In lower case.
    let key: String
    private let prefix: SetPrefix
    private let isIfExists: Bool
    private let test: ConditionTest

    /// - Throws: for an unknown operator, and for values that it can never compare.
    init(operatorName: String, key: String, values: [String], hasVariables: Bool) throws(PolicyError) {
        self.operatorName = operatorName
        keyName = key
        self.key = key.lowercased()
        var name = Substring(operatorName)
        if name.hasPrefix("ForAllValues:") {
            prefix = .all
            name = name.dropFirst("ForAllValues:".count)
        } else if name.hasPrefix("ForAnyValue:") {
            prefix = .any
            name = name.dropFirst("ForAnyValue:".count)
        } else {
            prefix = .none
        }
        isIfExists = name.hasSuffix("IfExists")
        if isIfExists { name = name.dropLast("IfExists".count) }
        guard key.contains(":") || key.isEmpty == false && name == "Null" else {
            throw PolicyError("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
        }
        let test = try ConditionTest(String(name), values: values, hasVariables: hasVariables)
        guard let test, !(isIfExists && test.isNull) else {
            throw PolicyError("Invalid Condition type : \(operatorName)")
        }
        self.test = test
    }

    /// Keys that may have several values should say how many of them must fit.
    var warning: String? {
        guard prefix == .none, !test.isNull, Self.multivaluedKeys.contains(key) else { return nil }
        return "\(keyName) may have several values: use ForAllValues:\(operatorName) or ForAnyValue:\(operatorName)"
    }

    private static let multivaluedKeys: Set<String> = [
        "aws:tagkeys", "aws:calledvia", "cloudwatch:alarmactions", "cloudwatch:requestinsightruleloggroups",
        "sts:transitivetagkeys", "kms:encryptioncontextkeys", "kms:grantoperations",
    ]

    func holds(_ context: EvaluationContext) -> Bool {
        let values = context.values(key) ?? []
        if test.isNull { return test.isNullSatisfied(isAbsent: values.isEmpty) }
        guard !values.isEmpty else {
            if isIfExists || prefix == .all { return true }
            return prefix == .none && test.isNegated
        }
        // Without a prefix several values count as if it said ForAnyValue.
        return prefix == .all
            ? values.allSatisfy { test.holds($0, context) } : values.contains { test.holds($0, context) }
    }
}

/// The comparison of an operator, without what is said about absence and sets.
struct ConditionTest: Sendable {
    private enum Comparison: Sendable {
        case text([TextPattern], isFolded: Bool)
        case arn([ARNPattern])
        case number([Double], Order)
        case date([Double], Order)
        case bool([Bool])
        case binary([[UInt8]])
        case address([AddressRange])
        case null([Bool])
    }

    private enum Order: Sendable {
        case equal, less, lessOrEqual, greater, greaterOrEqual

        func holds(_ left: Double, _ right: Double) -> Bool {
            switch self {
            case .equal: left == right
            case .less: left < right
            case .lessOrEqual: left <= right
            case .greater: left > right
            case .greaterOrEqual: left >= right
            }
        }
    }

    private let comparison: Comparison
    /// `…Not…`: no value may match, and an absent key fulfils it.
    let isNegated: Bool

    var isNull: Bool { if case .null = comparison { true } else { false } }

    /// nil for an operator that does not exist.
    init?(_ name: String, values: [String], hasVariables: Bool) throws(PolicyError) {
        let isNegated = name.contains("Not")
        self.isNegated = isNegated
        switch isNegated ? name.replacing("Not", with: "", maxReplacements: 1) : name {
        case "StringEquals", "StringEqualsIgnoreCase":
            let isFolded = name.hasSuffix("IgnoreCase")
            let patterns = values.map {
                TextPattern($0, hasGlobs: false, hasVariables: hasVariables, isFolded: isFolded)
            }
            comparison = .text(patterns, isFolded: isFolded)
        case "StringLike":
            comparison = .text(values.map { TextPattern($0, hasVariables: hasVariables) }, isFolded: false)
        case "ArnEquals", "ArnLike":
            comparison = .arn(
                try Self.map(values, name) { ARNPattern($0, hasVariables: hasVariables) })
        case "Bool" where !isNegated: comparison = .bool(try Self.map(values, name, Self.truth))
        case "Null" where !isNegated: comparison = .null(try Self.map(values, name, Self.truth))
        case "BinaryEquals" where !isNegated: comparison = .binary(try Self.map(values, name, Base64.decode))
        case "IpAddress": comparison = .address(try Self.map(values, name) { AddressRange($0) })
        case let rest:
            guard let kind = ["Numeric", "Date"].first(where: { rest.hasPrefix($0) }),
                let order = Self.order(String(rest.dropFirst(kind.count))), !isNegated || order == .equal
            else { return nil }
            comparison =
                kind == "Date"
                ? .date(try Self.map(values, name, ConditionValue.seconds), order)
                : .number(try Self.map(values, name, ConditionValue.number), order)
        }
    }

    private static func order(_ name: String) -> Order? {
        switch name {
        case "Equals": .equal
        case "LessThan": .less
        case "LessThanEquals": .lessOrEqual
        case "GreaterThan": .greater
        case "GreaterThanEquals": .greaterOrEqual
        default: nil
        }
    }

    private static func truth(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true": true
        case "false": false
        default: nil
        }
    }

    private static func map<Value>(
        _ values: [String], _ name: String, _ convert: (String) -> Value?
    ) throws(PolicyError) -> [Value] {
        var converted: [Value] = []
        for text in values {
            guard let value = convert(text) else { throw PolicyError("\(text) is no value for the condition \(name)") }
            converted.append(value)
        }
        return converted
    }

    func isNullSatisfied(isAbsent: Bool) -> Bool {
        guard case .null(let wanted) = comparison else { return false }
        return wanted.contains(isAbsent)
    }

    /// Of one value of the request. One of a wrong type fulfils nothing, also not the negation.
    func holds(_ value: String, _ context: EvaluationContext) -> Bool {
        guard let isMatch = matches(value, context) else { return false }
        return isMatch != isNegated
    }

    private func matches(_ value: String, _ context: EvaluationContext) -> Bool? {
        switch comparison {
        case .text(let patterns, let isFolded):
            let text = isFolded ? value.lowercased() : value
            return patterns.contains { $0.matches(text.utf8, context) }
        case .arn(let patterns): return patterns.contains { $0.matches(value, context) }
        case .number(let numbers, let order):
            return ConditionValue.number(value).map { left in numbers.contains { order.holds(left, $0) } }
        case .date(let dates, let order):
            return ConditionValue.seconds(value).map { left in dates.contains { order.holds(left, $0) } }
        case .bool(let wanted): return Self.truth(value).map { wanted.contains($0) }
        case .binary(let wanted): return Base64.decode(value).map { wanted.contains($0) }
        case .address(let ranges): return AddressRange.address(value).map { left in ranges.contains { $0.holds(left) } }
        case .null: return nil
        }
    }
}
