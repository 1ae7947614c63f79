import VarveJSON

/// Reads a pattern into its alternatives. Order of the checks and the words of the messages are the service's.
struct PatternParser {
    /// Alternatives that `$or` may multiply a pattern to.
    static let alternativesMax = 1_000
    /// Conditions of all alternatives together: what a pattern of 4 096 characters can have in a thousand of them stays
    /// far below, and a longer one cannot take memory without bound.
    static let conditionsMax = 100_000

    private var tokens: PatternTokens
    /// Names from the top to the object that is being read.
    private var path: [String] = []

    private init(_ bytes: [UInt8]) { tokens = PatternTokens(bytes) }

    /// Conditions by path, for each alternative.
    static func parse(_ bytes: [UInt8]) throws(PatternFault) -> [[EventPath: [EventMatcher]]] {
        var parser = PatternParser(bytes)
        guard try parser.tokens.next() == .beginObject else { throw parser.tokens.fault("Filter is not an object") }
        var alternatives: [[EventPath: [EventMatcher]]] = []
        try parser.readObject(&alternatives, insideOr: false)
        guard try parser.tokens.next() == .end else { throw parser.tokens.fault("Text after the end of the pattern") }
        return alternatives
    }

    private mutating func readObject(
        _ alternatives: inout [[EventPath: [EventMatcher]]], insideOr: Bool
    ) throws(PatternFault) {
        var isEmpty = true
        while case .name(let name) = try tokens.next() {
            isEmpty = false
            if name == "$or" {
                try readOr(&alternatives)
                continue
            }
            if insideOr, Self.reservedInsideOr.contains(name) {
                throw tokens.fault("\(name) is Ruler reserved fieldName which cannot be used inside $or.")
            }
            switch try tokens.next() {
            case .beginObject:
                path.append(name)
                try readObject(&alternatives, insideOr: insideOr)
                path.removeLast()
            case .beginArray: try readLeaf(name, &alternatives)
            default: throw tokens.fault("\"\(name)\" must be an object or an array")
            }
        }
        if isEmpty { throw tokens.fault("Empty objects are not allowed") }
    }

    private mutating func readOr(_ alternatives: inout [[EventPath: [EventMatcher]]]) throws(PatternFault) {
        guard try tokens.next() == .beginArray else { throw tokens.fault("It must be an Array followed with $or.") }
        let before = alternatives
        alternatives = []
        var count = 0
        while true {
            let token = try tokens.next()
            if token == .endArray { break }
            guard token == .beginObject else {
                throw tokens.fault("Only JSON object is allowed in array of $or relationship.")
            }
            var branch = before.isEmpty ? [[:]] : before
            try readObject(&branch, insideOr: true)
            alternatives += branch
            count += 1
            try checkSize(alternatives)
        }
        guard count >= 2 else { throw tokens.fault("There must have at least 2 Objects in $or relationship.") }
    }

    private func checkSize(_ alternatives: [[EventPath: [EventMatcher]]]) throws(PatternFault) {
        guard alternatives.count <= Self.alternativesMax else {
            throw PatternFault(
                detail: "Rule is too complex - $or makes more than \(Self.alternativesMax) combinations", offset: nil)
        }
        guard alternatives.reduce(0, { $0 + $1.count }) <= Self.conditionsMax else {
            throw PatternFault(
                detail: "Rule is too complex - $or makes more than \(Self.conditionsMax) conditions", offset: nil)
        }
    }

    /// The array of matchers of one key; the same key again replaces the first.
    private mutating func readLeaf(
        _ name: String, _ alternatives: inout [[EventPath: [EventMatcher]]]
    ) throws(PatternFault) {
        var matchers: [EventMatcher] = []
        while true {
            let token = try tokens.next()
            if token == .endArray { break }
            matchers.append(try readMatcher(token))
        }
        if matchers.isEmpty { throw tokens.fault("Empty arrays are not allowed") }
        let key = EventPath(path + [name])
        if alternatives.isEmpty { alternatives = [[:]] }
        for index in alternatives.indices { alternatives[index][key] = matchers }
        if alternatives.count > 1 { try checkSize(alternatives) }
    }

    private mutating func readMatcher(_ token: PatternTokens.Token) throws(PatternFault) -> EventMatcher {
        switch token {
        case .string: return .equals(.string(Array(try tokens.text().utf8)))
        case .number(let value): return .equals(.number(value))
        case .bool(let value): return .equals(.bool(value))
        case .null: return .equals(.null)
        case .beginObject: return try readExpression()
        default: throw tokens.fault("Match value must be String, number, true, false, or null")
        }
    }

    /// Field names that the service keeps for itself inside `$or`.
    private static let reservedInsideOr: Set<String> = [
        "exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr",
        "=",
        "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after",
        "date-before", "date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range",
    ]
}

// Matchers that are objects.
extension PatternParser {
    private mutating func readExpression() throws(PatternFault) -> EventMatcher {
        guard case .name(let name) = try tokens.next() else { throw tokens.fault("Match expression name not found") }
        switch name {
        case "exactly":
            return .equals(.string(try onlyString("exact match pattern must be a string")))
        case "prefix", "suffix": return try readAffix(name)
        case "equals-ignore-case":
            return .equalsIgnoringCase(
                CaseFolding.fold(try onlyString("equals-ignore-case match pattern must be a string")))
        case "wildcard": return try readWildcard()
        case "numeric": return try readNumeric()
        case "cidr": return try readCIDR()
        case "exists": return try readExists()
        case "anything-but": return try readAnythingBut()
        default: throw tokens.fault("Unrecognized match type \(name)")
        }
    }

    /// The value is a string, and nothing stands behind it.
    private mutating func onlyString(_ message: String) throws(PatternFault) -> [UInt8] {
        guard try tokens.next() == .string else { throw tokens.fault(message) }
        let text = try tokens.text()
        try endExpression()
        return Array(text.utf8)
    }

    private mutating func endExpression() throws(PatternFault) {
        guard try tokens.next() == .endObject else { throw tokens.fault("Only one key allowed in match expression") }
    }

    private mutating func readAffix(_ name: String) throws(PatternFault) -> EventMatcher {
        let token = try tokens.next()
        if token == .beginObject {
            let text = CaseFolding.fold(try readAffixIgnoringCase(name))
            return name == "prefix" ? .prefixIgnoringCase(text) : .suffixIgnoringCase(text)
        }
        guard token == .string else { throw tokens.fault("\(name) match pattern must be a string") }
        let text = Array(try tokens.text().utf8)
        try endExpression()
        return name == "prefix" ? .prefix(text) : .suffix(text)
    }

    private mutating func readAffixIgnoringCase(_ name: String) throws(PatternFault) -> [UInt8] {
        let title = name == "prefix" ? "Prefix" : "Suffix"
        guard case .name(let inner) = try tokens.next() else {
            throw tokens.fault("\(title) expression name not found")
        }
        guard inner == "equals-ignore-case" else { throw tokens.fault("Unsupported \(name) pattern: \(inner)") }
        let text = try onlyString("equals-ignore-case match pattern must be a string")
        try endExpression()
        return text
    }

    private mutating func readWildcard() throws(PatternFault) -> EventMatcher {
        guard try tokens.next() == .string else { throw tokens.fault("wildcard match pattern must be a string") }
        let text = try tokens.text()
        let wildcard = try compileWildcard(Array(text.utf8))
        try endExpression()
        return .wildcard(wildcard)
    }

    private func compileWildcard(_ text: [UInt8]) throws(PatternFault) -> Wildcard {
        switch Wildcard.compile(text) {
        case .success(let wildcard):
            guard wildcard.complexity <= Wildcard.complexityMax else {
                throw PatternFault(
                    detail: "Rule is too complex - try using fewer wildcard characters or fewer repeating character"
                        + " sequences after a wildcard character", offset: nil)
            }
            return wildcard
        case .failure(let fault): throw tokens.fault(fault.detail)
        }
    }

    private mutating func readCIDR() throws(PatternFault) -> EventMatcher {
        // The service's own words, for a cidr too.
        guard try tokens.next() == .string else { throw tokens.fault("prefix match pattern must be a string") }
        let range = try AddressRange.parse(try tokens.text())
        try endExpression()
        return .cidr(range)
    }

    private mutating func readExists() throws(PatternFault) -> EventMatcher {
        guard case .bool(let exists) = try tokens.next() else {
            throw tokens.fault("exists match pattern must be either true or false.")
        }
        try endExpression()
        return exists ? .exists : .absent
    }
}

// Numbers.
extension PatternParser {
    private mutating func readNumeric() throws(PatternFault) -> EventMatcher {
        guard try tokens.next() == .beginArray else { throw tokens.fault("Value of numeric must be an array.") }
        guard try tokens.next() == .string else { throw tokens.fault("Invalid member in numeric match") }
        let range = try readComparison(try tokens.text())
        guard try tokens.next() == .endObject else { throw tokens.fault("Too many elements in numeric expression") }
        return .numeric(range)
    }

    private mutating func readComparison(_ sign: String) throws(PatternFault) -> NumericRange {
        let token = try tokens.next()
        guard ["=", "<", "<=", ">", ">="].contains(sign) else {
            throw tokens.fault("Unrecognized numeric range operator: \(sign)")
        }
        guard case .number(let value) = token else {
            throw tokens.fault("Value of \(sign == "=" ? "equals" : sign) must be numeric")
        }
        let closing = try tokens.next()
        if sign == ">" || sign == ">=" {
            let bottom = NumericRange.Bound(value: value, isOpen: sign == ">")
            if closing == .endArray { return NumericRange(bottom: bottom, top: nil) }
            return try readUpperBound(closing, bottom)
        }
        guard closing == .endArray else { throw tokens.fault("Too many elements in numeric expression") }
        if sign == "=" {
            let bound = NumericRange.Bound(value: value, isOpen: false)
            return NumericRange(bottom: bound, top: bound)
        }
        return NumericRange(bottom: nil, top: NumericRange.Bound(value: value, isOpen: sign == "<"))
    }

    private mutating func readUpperBound(
        _ token: PatternTokens.Token, _ bottom: NumericRange.Bound
    ) throws(PatternFault) -> NumericRange {
        guard token == .string else { throw tokens.fault("Bad value in numeric range") }
        let sign = try tokens.text()
        guard sign == "<" || sign == "<=" else { throw tokens.fault("Bad numeric range operator: \(sign)") }
        guard case .number(let value) = try tokens.next() else {
            throw tokens.fault("Value of \(sign) must be numeric")
        }
        guard try tokens.next() == .endArray else { throw tokens.fault("Too many terms in numeric range expression") }
        guard NumericRange.isLess(bottom.value, value) else { throw tokens.fault("Bottom must be less than top") }
        return NumericRange(bottom: bottom, top: NumericRange.Bound(value: value, isOpen: sign == "<"))
    }
}

// Everything but something.
extension PatternParser {
    private mutating func readAnythingBut() throws(PatternFault) -> EventMatcher {
        var token = try tokens.next()
        guard token == .beginObject else {
            let matcher = try readAnythingButValues(token)
            guard try tokens.next() == .endObject else { throw tokens.fault("Too many elements in numeric expression") }
            return matcher
        }
        guard case .name(let kind) = try tokens.next() else {
            throw tokens.fault("Anything-But expression name not found")
        }
        guard ["prefix", "suffix", "equals-ignore-case", "wildcard"].contains(kind) else {
            throw tokens.fault("Unsupported anything-but pattern: \(kind)")
        }
        token = try tokens.next()
        let texts = try readAnythingButTexts(token, kind: kind)
        let matcher = try compileAnythingBut(texts, kind: kind)
        for _ in 0..<2 {
            guard try tokens.next() == .endObject else { throw tokens.fault("Too many elements in numeric expression") }
        }
        return matcher
    }

    private func wrongAnythingButValue() -> PatternFault {
        tokens.fault("Value of anything-but must be an array or single string/number value.")
    }

    /// Literals: one, or a list of one type.
    private mutating func readAnythingButValues(_ token: PatternTokens.Token) throws(PatternFault) -> EventMatcher {
        if token == .string { return .anythingBut([.string(Array(try tokens.text().utf8))]) }
        if case .number(let value) = token { return .anythingBut([.number(value)]) }
        guard token == .beginArray else { throw wrongAnythingButValue() }
        var strings: [EventScalar] = []
        var numbers: [EventScalar] = []
        while true {
            let member = try tokens.next()
            if member == .endArray { break }
            switch member {
            case .string: strings.append(.string(Array(try tokens.text().utf8)))
            case .number(let value): numbers.append(.number(value))
            default: throw insideList("Inside anything but list, start|null|boolean is not supported.")
            }
        }
        guard strings.isEmpty != numbers.isEmpty else {
            throw tokens.fault(
                "Inside anything but list, either all values are number or string, mixed type is not supported")
        }
        return .anythingBut(strings + numbers)
    }

    private func insideList(_ detail: String) -> PatternFault {
        PatternFault(detail: detail, offset: tokens.offset, isPlaceDoubled: true)
    }

    /// One string, or a list of strings.
    private mutating func readAnythingButTexts(
        _ token: PatternTokens.Token, kind: String
    ) throws(PatternFault) -> [[UInt8]] {
        switch token {
        case .string: return [try readAnythingButText(kind, isInList: false)]
        case .number: throw tokens.fault(Self.textExpected(kind))
        case .beginArray: break
        default: throw wrongAnythingButValue()
        }
        var texts: [[UInt8]] = []
        while true {
            let member = try tokens.next()
            if member == .endArray { break }
            guard member == .string else { throw insideList(Self.textExpected(kind)) }
            texts.append(try readAnythingButText(kind, isInList: true))
        }
        // The service takes an empty list and then matches everything that is there.
        return texts
    }

    private mutating func readAnythingButText(_ kind: String, isInList: Bool) throws(PatternFault) -> [UInt8] {
        let text = Array(try tokens.text().utf8)
        if text.isEmpty, kind == "prefix" || kind == "suffix" {
            throw isInList
                ? insideList("Null prefix/suffix not allowed") : tokens.fault("Null prefix/suffix not allowed")
        }
        return text
    }

    private static func textExpected(_ kind: String) -> String {
        switch kind {
        case "equals-ignore-case":
            "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
        case "wildcard": "wildcard match pattern must be a string"
        default: "prefix/suffix match pattern must be a string"
        }
    }

    private func compileAnythingBut(_ texts: [[UInt8]], kind: String) throws(PatternFault) -> EventMatcher {
        switch kind {
        case "prefix": return .anythingButPrefix(texts)
        case "suffix": return .anythingButSuffix(texts)
        case "equals-ignore-case": return .anythingButIgnoringCase(texts.map { CaseFolding.fold($0) })
        default:
            var wildcards: [Wildcard] = []
            for text in texts { wildcards.append(try compileWildcard(text)) }
            return .anythingButWildcard(wildcards)
        }
    }
}
