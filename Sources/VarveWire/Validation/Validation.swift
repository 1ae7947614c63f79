import VarveJSON

/// Checks an input against the constraints of its operation and says everything that is wrong in one message, as the
/// services do. Two grammars are in use:
///
/// - most operations: `2 validation errors detected: Value 'x' at 'tags.1.member.tagKey' failed to satisfy constraint:
///   …; …`
/// - the older operations of CloudWatch: `The parameter MetricData.member.1.MetricName is required.`, one line each.
struct Validation {
    private let grammar: any ViolationGrammar
    private let operation: OperationTable
    private let shapes: [Shape]

    init(call: WireCall, operation: OperationTable) {
        // The older operations are those that declare the older codes.
        let declares = operation.errors.contains {
            $0 == "InvalidParameterValueException" || $0 == "MissingRequiredParameterException"
        }
        let isOlder = call.service.name == "cloudwatch" && declares
        grammar = isOlder ? ParameterGrammar() : ConstraintGrammar()
        self.operation = operation
        shapes = call.service.shapes
    }

    /// O(input × constraints).
    func check(_ input: JSONValue) throws(ServiceFault) {
        guard let index = operation.input else { return }
        var walk = ValidationWalk(shapes: shapes)
        walk.visit(input, shapes[index], ValuePath())
        if !walk.violations.isEmpty { throw grammar.fault(walk.violations) }
    }
}

/// One broken constraint.
struct Violation {
    enum Rule {
        case required
        case oneOf([String])
        /// Of a number.
        case atLeast(Int64)
        case atMost(Int64)
        /// Of a text, blob, list or map.
        case lengthAtLeast(Int64)
        case lengthAtMost(Int64)
        case pattern(String)
        /// All constraints of the elements of a list of scalars, of the keys or of the values of a map.
        case everyElement([Rule])
        case everyKey([Rule])
        case everyValue([Rule])
    }

    var path: ValuePath
    var rule: Rule
    /// Nil where it must not be shown.
    var value: JSONValue?
    var shape: Shape?
    /// The broken rules of one element, for grammars that name the element; 1-based.
    var element: (number: Int, rule: Rule)?
}

/// Where a value stands: names of members, and numbers of elements from 1.
struct ValuePath {
    enum Part {
        case member(String)
        case element(Int)
        case key(String)
    }

    var parts: [Part] = []

    func adding(_ part: Part) -> ValuePath { ValuePath(parts: parts + [part]) }
}

/// Goes through an input and collects what is wrong, in the order of the model.
struct ValidationWalk {
    /// More than anybody reads; a hostile request may break every rule a million times.
    private static let violationsMax = 100

    let shapes: [Shape]
    private(set) var violations: [Violation] = []

    init(shapes: [Shape]) { self.shapes = shapes }

    mutating func visit(_ value: JSONValue, _ shape: Shape, _ path: ValuePath) {
        if violations.count >= Self.violationsMax { return }
        for rule in Self.broken(by: value, shape) { report(rule, value, shape, path) }
        switch shape.kind {
        case .structure: visitMembers(value, shape, path)
        case .list: visitElements(value, shape, path)
        case .map: visitEntries(value, shape, path)
        default: break
        }
    }

    private mutating func report(_ rule: Violation.Rule, _ value: JSONValue, _ shape: Shape, _ path: ValuePath) {
        guard violations.count < Self.violationsMax else { return }
        let isHidden = shape.isSensitive || shape.kind == .blob
        violations.append(Violation(path: path, rule: rule, value: isHidden ? nil : value, shape: shape))
    }

    private mutating func visitMembers(_ value: JSONValue, _ shape: Shape, _ path: ValuePath) {
        for member in shape.members {
            let inner = path.adding(.member(member.name))
            guard let found = value[member.name] else {
                // Clients fill in a token of idempotency themselves, and the server does for those that do not.
                if member.isRequired, !member.isIdempotencyToken, violations.count < Self.violationsMax {
                    violations.append(Violation(path: inner, rule: .required, value: .null))
                }
                continue
            }
            visit(found, shapes[member.shape], inner)
        }
    }

    private mutating func visitElements(_ value: JSONValue, _ shape: Shape, _ path: ValuePath) {
        let element = shapes[shape.element]
        var broken: (Int, Violation.Rule)?
        for (index, item) in (value.array ?? []).enumerated() {
            if item == .null {
                report(.required, .null, element, path.adding(.element(index + 1)))
            } else if element.isScalar {
                if broken == nil, let rule = Self.broken(by: item, element).first { broken = (index + 1, rule) }
            } else {
                visit(item, element, path.adding(.element(index + 1)))
            }
            if violations.count >= Self.violationsMax { return }
        }
        guard let broken else { return }
        violations.append(
            Violation(
                path: path, rule: .everyElement(Self.rules(of: element)), value: element.isSensitive ? nil : value,
                shape: element, element: broken))
    }

    private mutating func visitEntries(_ value: JSONValue, _ shape: Shape, _ path: ValuePath) {
        guard case .object(let members) = value else { return }
        let (key, element) = (shapes[shape.key], shapes[shape.element])
        let shown = key.isSensitive || element.isSensitive ? nil : value
        if members.contains(where: { !Self.broken(by: .string($0.name), key).isEmpty }) {
            violations.append(Violation(path: path, rule: .everyKey(Self.rules(of: key)), value: shown, shape: key))
        }
        var isBroken = false
        for member in members where violations.count < Self.violationsMax {
            if member.value == .null {
                report(.required, .null, element, path.adding(.key(member.name)))
            } else if element.isScalar {
                isBroken = isBroken || !Self.broken(by: member.value, element).isEmpty
            } else {
                visit(member.value, element, path.adding(.key(member.name)))
            }
        }
        guard isBroken else { return }
        violations.append(
            Violation(path: path, rule: .everyValue(Self.rules(of: element)), value: shown, shape: element))
    }

    /// The rules of a shape that a value of its type breaks.
    static func broken(by value: JSONValue, _ shape: Shape) -> [Violation.Rule] {
        var broken: [Violation.Rule] = []
        if let text = value.string, !shape.enumValues.isEmpty,
            !shape.enumValues.contains(where: { $0.utf8.elementsEqual(text.utf8) })
        {
            broken.append(.oneOf(shape.enumValues))
        }
        if shape.minimum != nil || shape.maximum != nil, let size = size(of: value, shape.kind) {
            let isNumber = shape.isNumber
            if let maximum = shape.maximum, size > Double(maximum) {
                broken.append(isNumber ? .atMost(maximum) : .lengthAtMost(maximum))
                // The text may be as long as the whole body: its pattern does not matter any more.
                if !isNumber { return broken }
            }
            if let minimum = shape.minimum, size < Double(minimum) {
                broken.append(isNumber ? .atLeast(minimum) : .lengthAtLeast(minimum))
            }
        }
        if let pattern = shape.pattern, let text = value.string, !pattern.matches(text) {
            broken.append(.pattern(pattern.source))
        }
        return broken
    }

    /// Every rule of a shape.
    private static func rules(of shape: Shape) -> [Violation.Rule] {
        var rules: [Violation.Rule] = shape.enumValues.isEmpty ? [] : [.oneOf(shape.enumValues)]
        if let maximum = shape.maximum { rules.append(shape.isNumber ? .atMost(maximum) : .lengthAtMost(maximum)) }
        if let minimum = shape.minimum { rules.append(shape.isNumber ? .atLeast(minimum) : .lengthAtLeast(minimum)) }
        if let pattern = shape.pattern { rules.append(.pattern(pattern.source)) }
        return rules
    }

    /// The number itself, or a length: texts count UTF-16 units, as the services' own language does.
    private static func size(of value: JSONValue, _ kind: Shape.Kind) -> Double? {
        switch (kind, value) {
        case (.blob, .string(let text)):
            let padding = text.utf8.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
            return Double(text.utf8.count / 4 * 3 - padding)
        case (_, .string(let text)): return Double(text.utf16.count)
        case (_, .array(let elements)): return Double(elements.count)
        case (_, .object(let members)): return Double(members.count)
        default: return value.double
        }
    }
}

extension Shape {
    var isScalar: Bool { kind != .structure && kind != .list && kind != .map }
    var isNumber: Bool { kind == .integer || kind == .long || kind == .double || kind == .float }
}
