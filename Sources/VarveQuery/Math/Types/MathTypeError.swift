/// The messages of type errors, for the check before evaluation and for values whose type only the data decide.
enum MathTypeError {
    /// An argument, operand or element that does not fit.
    struct Found {
        let text: String
        let types: MathTypes
        let span: SourceSpan
    }

    static func operand(of sign: String, _ found: Found) -> MathError {
        let wanted = "a scalar, a time series or an array of time series"
        return MathError(.type, "'\(sign)' expects \(wanted), \(found.text) is \(found.types.text)", at: found.span)
    }

    static func operands(of sign: MathOperator, _ left: Found, _ right: Found) -> MathError {
        let numeric: MathTypes = [.scalar, .series, .array]
        if let found = [left, right].first(where: { $0.types.isDisjoint(with: numeric) }) {
            return operand(of: sign.rawValue, found)
        }
        return MathError(
            .type, "'\(sign.rawValue)' cannot combine two arrays of time series, \(left.text) and \(right.text)",
            hint: "make one series of an array with SUM, AVG, MAX, MIN or FIRST",
            at: left.span.through(right.span))
    }

    static func element(_ found: Found) -> MathError {
        MathError(
            .type, "an array holds time series, \(found.text) is \(found.types.text)",
            hint: hint(found: found.types, wanted: .series), at: found.span)
    }

    /// - Precondition: the arguments fit no overload.
    static func call(of function: MathFunction, _ arguments: [Found], at span: SourceSpan) -> MathError {
        let overloads = MathSignatures.overloads(of: function)
        var candidates = overloads.filter { $0.parameters.count == arguments.count }
        guard !candidates.isEmpty else { return argumentCount(of: function, overloads, arguments.count, at: span) }
        for (index, found) in arguments.enumerated() {
            let fitting = candidates.filter { !$0.parameters[index].isDisjoint(with: found.types) }
            guard fitting.isEmpty else {
                candidates = fitting
                continue
            }
            let wanted = candidates.reduce(into: MathTypes()) { $0.formUnion($1.parameters[index]) }
            return argument(of: function, index, of: arguments.count, found, wanted: wanted)
        }
        preconditionFailure("every argument fits, so an overload does")
    }

    private static func argument(
        of function: MathFunction, _ index: Int, of count: Int, _ found: Found, wanted: MathTypes
    ) -> MathError {
        let place = count == 1 ? "" : " as argument \(index + 1)"
        let message =
            "\(function.rawValue) expects \(wanted.text)\(place), \(found.text) is \(found.types.text)"
        return MathError(.type, message, hint: hint(found: found.types, wanted: wanted), at: found.span)
    }

    private static func argumentCount(
        of function: MathFunction, _ overloads: [MathOverload], _ count: Int, at span: SourceSpan
    ) -> MathError {
        let counts = Set(overloads.map(\.parameters.count)).sorted()
        let wanted = counts.map { $0 == 0 ? "no" : "\($0)" }.joinedAsAlternatives()
        let noun = counts == [1] ? "argument" : "arguments"
        return MathError(
            .argumentCount, "\(function.rawValue) takes \(wanted) \(noun), found \(count)",
            hint: overloads.map { usage(of: function, $0) }.joinedAsAlternatives(), at: span)
    }

    /// `SORT(TS[], AVG|MIN|MAX|SUM, ASC|DESC)`
    static func usage(of function: MathFunction, _ overload: MathOverload) -> String {
        "\(function.rawValue)(\(overload.parameters.map(\.shortText).joined(separator: ", ")))"
    }

    private static func hint(found: MathTypes, wanted: MathTypes) -> String? {
        if found == .array, wanted.contains(.series) {
            return "make one series of an array with SUM, AVG, MAX, MIN or FIRST"
        }
        if found == .scalar, wanted.contains(.series) { return "TIME_SERIES(…) makes a series of a number" }
        if found == .series, wanted == .array { return "brackets make an array of series: [m1, m2]" }
        if found == .series, wanted == .scalar { return "make one number of a series with SUM, AVG, MAX or MIN" }
        return nil
    }
}

extension MathTypes {
    /// `TS[]`, `AVG|MIN|MAX|SUM`
    var shortText: String {
        let names: [(MathTypes, String)] = [
            (.scalar, "S"), (.series, "TS"), (.array, "TS[]"), (.string, "'…'"), (.fillWord, "REPEAT|LINEAR"),
            (.rankWord, "AVG|MIN|MAX|SUM"), (.orderWord, "ASC|DESC"),
        ]
        return names.filter { contains($0.0) }.map(\.1).joined(separator: "|")
    }
}
