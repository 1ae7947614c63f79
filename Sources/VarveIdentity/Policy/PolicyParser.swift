import VarveJSON

/// Why a text is no policy. The message is the service's `MalformedPolicyDocument`.
package struct PolicyError: Error, Sendable, Equatable {
    package var message: String

    init(_ message: String) { self.message = message }
}

extension PolicyDocument {
    /// Parses and compiles. O(text). Sizes are checked by who stores it.
    package init(_ text: String, use: Use) throws(PolicyError) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONReader.read(Array(text.utf8))
        } catch {
            throw PolicyError("Syntax errors in policy. (\(error))")
        }
        guard case .object(let members) = value else {
            throw PolicyError("Syntax errors in policy. (a policy is an object)")
        }
        for member in members where !["Version", "Id", "Statement"].contains(member.name) {
            throw PolicyError("Syntax errors in policy. (unknown element \(member.name))")
        }
        let parser = StatementParser(use: use, hasVariables: try Self.hasVariables(value["Version"]))
        if let id = value["Id"], id.string == nil { throw PolicyError("Syntax errors in policy. (Id is a string)") }
        let list: [JSONValue]
        switch value["Statement"] {
        case .some(.object(let members)): list = [.object(members)]
        case .some(.array(let elements)) where !elements.isEmpty: list = elements
        default: throw PolicyError("Syntax errors in policy. (Statement is an object or a list of them)")
        }
        var statements: [PolicyStatement] = []
        var warnings: [String] = []
        for element in list { statements.append(try parser.statement(element, &warnings)) }
        let sids = statements.compactMap(\.sid).filter { !$0.isEmpty }
        guard Set(sids).count == sids.count else {
            throw PolicyError("Statement IDs (SID) in a single policy must be unique.")
        }
        self.statements = statements
        self.warnings = warnings
    }

    private static func hasVariables(_ version: JSONValue?) throws(PolicyError) -> Bool {
        switch version {
        case nil, .string("2008-10-17"): return false
        case .string("2012-10-17"): return true
        default: throw PolicyError("Policy document must be version 2012-10-17 or greater.")
        }
    }

    /// Bytes of a policy without white space between its tokens: what quotas count.
    package static func countedByteCount(_ text: String) -> Int {
        var count = 0
        var (isInString, isEscaped) = (false, false)
        for byte in text.utf8 {
            if isInString || ![0x20, 0x09, 0x0a, 0x0d].contains(byte) { count += 1 }
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = isInString
            } else if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            }
        }
        return count
    }
}

private struct StatementParser {
    let use: PolicyDocument.Use
    let hasVariables: Bool

    private static let elements = [
        "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
    ]

    func statement(_ value: JSONValue, _ warnings: inout [String]) throws(PolicyError) -> PolicyStatement {
        guard case .object(let members) = value else {
            throw PolicyError("Syntax errors in policy. (a statement is an object)")
        }
        for member in members where !Self.elements.contains(member.name) {
            throw PolicyError("Syntax errors in policy. (unknown element \(member.name))")
        }
        let isAllow = try effect(value["Effect"])
        let (actionValue, isNotAction) = try exactlyOne(value, "Action", "NotAction")
        guard let actionValue else { throw PolicyError("Policy statement must contain actions.") }
        var actions: [TextPattern] = []
        for text in try texts(actionValue) { actions.append(try action(text)) }
        guard !actions.isEmpty else { throw PolicyError("Policy statement must contain actions.") }
        let (resources, isNotResource) = try self.resources(value)
        return PolicyStatement(
            sid: try sid(value["Sid"]), isAllow: isAllow, principals: try principals(value, isAllow: isAllow),
            actions: actions, isNotAction: isNotAction, resources: resources, isNotResource: isNotResource,
            conditions: try conditions(value["Condition"], &warnings))
    }

    private func effect(_ value: JSONValue?) throws(PolicyError) -> Bool {
        switch value {
        case .string("Allow"): return true
        case .string("Deny"): return false
        case nil: throw PolicyError("Missing required field Effect cannot be empty!")
        case .some(let other): throw PolicyError("Invalid effect: \(Self.shown(other))")
        }
    }

    private func sid(_ value: JSONValue?) throws(PolicyError) -> String? {
        guard let value else { return nil }
        guard let text = value.string else { throw PolicyError("Syntax errors in policy. (Sid is a string)") }
        let isAllowed = text.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                || use == .resource && (scalar == " " || scalar == "-" || scalar == "_")
        }
        guard isAllowed else {
            throw PolicyError(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
                    + "[0-9A-Za-z]*")
        }
        return text
    }

    private func exactlyOne(
        _ value: JSONValue, _ name: String, _ negated: String
    ) throws(PolicyError) -> (JSONValue?, isNegated: Bool) {
        switch (value[name], value[negated]) {
        case (.some, .some): throw PolicyError("Syntax errors in policy. (\(name) and \(negated) in one statement)")
        case (nil, .some(let value)): return (value, true)
        case (let value, nil): return (value, false)
        }
    }

    private func action(_ text: String) throws(PolicyError) -> TextPattern {
        if text == "*" { return TextPattern(text, isFolded: true) }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw PolicyError("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
        }
        let isVendor = parts[0].utf8.allSatisfy { Self.isNameByte($0) }
        guard isVendor else { throw PolicyError("Vendor \(parts[0]) is not valid") }
        guard parts[1].utf8.allSatisfy({ Self.isNameByte($0) || "*?".utf8.contains($0) }) else {
            throw PolicyError("The policy failed legacy parsing (action \(text))")
        }
        return TextPattern(text, isFolded: true)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private func resources(_ value: JSONValue) throws(PolicyError) -> ([ARNPattern], isNegated: Bool) {
        let (listed, isNegated) = try exactlyOne(value, "Resource", "NotResource")
        guard use != .trust else {
            guard listed == nil else { throw PolicyError("Has prohibited field Resource") }
            return ([], false)
        }
        guard let listed else { throw PolicyError("Policy statement must contain resources.") }
        var patterns: [ARNPattern] = []
        for text in try texts(listed) {
            guard let pattern = ARNPattern(text, hasVariables: hasVariables) else {
                throw PolicyError("Resource \(text) must be in ARN format or \"*\".")
            }
            patterns.append(pattern)
        }
        guard !patterns.isEmpty else { throw PolicyError("Policy statement must contain resources.") }
        return (patterns, isNegated)
    }

    private func principals(_ value: JSONValue, isAllow: Bool) throws(PolicyError) -> PrincipalClause? {
        let (listed, isNegated) = try exactlyOne(value, "Principal", "NotPrincipal")
        guard use != .identity else {
            guard listed == nil else { throw PolicyError("Policy document should not specify a principal.") }
            return nil
        }
        guard let listed else { throw PolicyError("Missing required field Principal") }
        guard !(isNegated && isAllow) else {
            throw PolicyError("NotPrincipal is supported with the effect Deny only.")
        }
        if listed == .string("*") { return PrincipalClause(entries: [.everybody], isNegated: isNegated) }
        guard case .object(let members) = listed, !members.isEmpty else {
            throw PolicyError("Invalid principal in policy: \(Self.shown(listed))")
        }
        var entries: [PrincipalClause.Entry] = []
        for member in members {
            for text in try texts(member.value) { entries.append(try principal(member.name, text)) }
        }
        guard !entries.isEmpty else { throw PolicyError("Invalid principal in policy: \(Self.shown(listed))") }
        return PrincipalClause(entries: entries, isNegated: isNegated)
    }

    private func principal(_ kind: String, _ text: String) throws(PolicyError) -> PrincipalClause.Entry {
        let invalid = PolicyError("Invalid principal in policy: \"\(kind)\":\"\(text)\"")
        switch kind {
        case "Service":
            guard !text.isEmpty, !text.contains("*") else { throw invalid }
            return .service(text)
        case "Federated", "CanonicalUser": return .foreign(text)
        case "AWS":
            if text == "*" { return .everybody }
            if AccountID.isValid(text) { return .account(text) }
            if UniqueID.looksLikeOne(text) { return .uniqueID(text) }
            guard let arn = ARN(text), arn.region.isEmpty, AccountID.isValid(arn.account), !text.contains("*"),
                !text.contains("?")
            else { throw invalid }
            switch (arn.service, arn.resource) {
            case ("iam", "root"): return .account(arn.account)
            case ("iam", let name) where name.hasPrefix("user/") || name.hasPrefix("role/"): return .arn(text)
            case ("sts", let name) where name.hasPrefix("assumed-role/"): return .arn(text)
            default: throw invalid
            }
        default: throw invalid
        }
    }

    private func conditions(
        _ value: JSONValue?, _ warnings: inout [String]
    ) throws(PolicyError) -> [PolicyCondition] {
        guard let value else { return [] }
        guard case .object(let operators) = value else {
            throw PolicyError("Syntax errors in policy. (Condition is an object)")
        }
        var conditions: [PolicyCondition] = []
        for member in operators {
            guard case .object(let keys) = member.value else {
                throw PolicyError("Syntax errors in policy. (Condition \(member.name) is an object)")
            }
            for key in keys {
                let values = try texts(key.value)
                let condition = try PolicyCondition(
                    operatorName: member.name, key: key.name, values: values, hasVariables: hasVariables)
                if let warning = condition.warning { warnings.append(warning) }
                conditions.append(condition)
            }
        }
        return conditions
    }

    /// A string, or a list of them; numbers and truth values count as their texts.
    private func texts(_ value: JSONValue) throws(PolicyError) -> [String] {
        let elements = value.array ?? [value]
        var texts: [String] = []
        for element in elements {
            switch element {
            case .string(let text): texts.append(text)
            case .bool, .integer, .number: texts.append(Self.shown(element))
            default: throw PolicyError("Syntax errors in policy. (strings expected, found \(Self.shown(element)))")
            }
        }
        return texts
    }

    private static func shown(_ value: JSONValue) -> String {
        var writer = JSONWriter()
        writer.value(value)
        let text = String(decoding: writer.bytes, as: UTF8.self)
        return text.utf8.count <= 256 ? text : String(text.prefix(253)) + "..."
    }
}
