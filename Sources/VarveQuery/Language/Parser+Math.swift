// math := "MATH" item ("," item)* ["RETURN" item ("," item)*] times       or RETURN at once
// item := [name "="] (select | expression) ["AS" '…'] ["PERIOD" duration]
//
// A SELECT has no times of its own; an expression ends at a comma outside of brackets, at RETURN, AS, SINCE, UNTIL, and
// at a PERIOD that is no function. Its grammar: MathParser.
extension Parser {
    /// What follows the word MATH.
    mutating func mathStatement() throws(QueryError) -> MathSyntax {
        mathNames = []
        var math = MathSyntax()
        if !current.isKeyword("RETURN") {
            let (items, last) = try mathItems(isLast: false)
            math.items = items
            math.times = last.times
        }
        if take(keyword: "RETURN") {
            for item in math.items where item.name == nil {
                throw item.content.span.invalid(
                    "what stands before RETURN needs a name to be referred to, such as e1 = …")
            }
            let (returned, last) = try mathItems(isLast: true)
            math.returned = returned
            math.times = last.times
        }
        return math
    }

    /// An item with the times behind it, which belong to the statement when nothing follows.
    private struct Item {
        var syntax: MathSyntax.Item
        var times: TimesSyntax
    }

    /// - Parameter isLast: whether no RETURN can follow.
    /// - Returns: also the last item again, with the times behind it.
    private mutating func mathItems(isLast: Bool) throws(QueryError) -> ([MathSyntax.Item], Item) {
        var items: [MathSyntax.Item] = []
        while true {
            var item = try mathItem()
            if let name = item.syntax.name { mathNames?.append(name.content) }
            let goesOn = take(sign: ",")
            if goesOn || !isLast && current.isKeyword("RETURN") {
                item.syntax.periodNs = try ownPeriod(item.times)
                item.times = TimesSyntax()
            }
            items.append(item.syntax)
            guard goesOn else { return (items, item) }
            guard items.count < MathLimits.queriesMax else {
                throw previous.span.invalid("more than \(MathLimits.queriesMax) expressions")
            }
        }
    }

    /// In the middle of a statement only PERIOD stands behind an item.
    private func ownPeriod(_ times: TimesSyntax) throws(QueryError) -> Int64? {
        if let moment = times.since ?? times.until {
            throw moment.span.invalid("SINCE and UNTIL stand at the end of the statement and hold for all of it")
        }
        return times.periodNs?.content
    }

    private mutating func mathItem() throws(QueryError) -> Item {
        let name = try mathName()
        let start = current.span
        let content: MathSyntax.Item.Content
        var times = TimesSyntax()
        if take(keyword: "SELECT") {
            if isAtRows {
                throw current.span.invalid(
                    "SELECT * shows samples, expressions need series; aggregate them, such as SELECT AVG(metric)")
            }
            var select = try selectStatement()
            times = select.times
            select.times = TimesSyntax()
            content = .select(select)
        } else {
            content = .expression(try mathExpression())
        }
        let span = start.through(previous.span)
        let label = try mathLabel()
        if times == TimesSyntax() { times = try self.times() }
        let item = MathSyntax.Item(
            name: name, content: Located(content: content, span: span), label: label, periodNs: nil)
        return Item(syntax: item, times: times)
    }

    private mutating func mathLabel() throws(QueryError) -> String? {
        guard take(keyword: "AS") else { return nil }
        guard case .value(let label) = current.kind, !label.isEmpty else {
            throw current.span.invalid("expected a label in single quotes, such as AS 'load', found \(foundText)")
        }
        advance()
        return label
    }

    // MARK: Names

    /// Whether a comma is followed by `name =`: then it ends the SELECT before it.
    var isBeforeMathItem: Bool {
        mathNames != nil && current.kind == .symbol(",") && isMathName(ahead: 1)
    }

    /// `name =`, but not `name ==`.
    private func isMathName(ahead count: Int) -> Bool {
        switch token(ahead: count)?.kind {
        case .word, .oddName, .quotedName: break
        default: return false
        }
        guard let sign = token(ahead: count + 1), sign.kind == .symbol("=") else { return false }
        guard let second = token(ahead: count + 2), second.kind == .symbol("=") else { return true }
        return second.span.start > sign.span.end
    }

    /// `name =`, when it is there.
    private mutating func mathName() throws(QueryError) -> Located<String>? {
        guard isMathName(ahead: 0) else { return nil }
        let span = current.span
        guard case .word(let name) = current.kind, Self.isMathID(name) else {
            throw span.invalid(
                "a name begins with a lower-case letter, then letters, digits and '_', found \(foundText)")
        }
        guard !Self.mathWords.contains(name.uppercased()) else {
            throw span.invalid("'\(name)' is a word of the statement; take another name")
        }
        guard mathNames?.contains(name) != true else { throw span.invalid("'\(name)' is defined twice") }
        guard name.utf8.count <= MathLimits.idBytesMax else {
            throw span.invalid("the name has \(name.utf8.count) bytes; the limit is \(MathLimits.idBytesMax)")
        }
        advance()
        advance()
        return Located(content: name, span: span)
    }

    private static func isMathID(_ name: String) -> Bool {
        guard let first = name.utf8.first, first >= UInt8(ascii: "a"), first <= UInt8(ascii: "z") else { return false }
        return name.utf8.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: ".") && Lexer.isWordByte($0) }
    }

    // MARK: Expressions

    /// Words that end an expression.
    private static let mathWords: Set<String> = ["RETURN", "AS", "SINCE", "UNTIL", "PERIOD", "SELECT"]

    private var isAtMathEnd: Bool {
        switch current.kind {
        case .end, .symbol(";"), .symbol(","): return true
        case .word(let word):
            let upper = word.uppercased()
            // PERIOD(m1) is a function.
            return Self.mathWords.contains(upper) && !(word == "PERIOD" && next?.kind == .symbol("("))
        default: return false
        }
    }

    /// The text of an expression, whose grammar is checked.
    private mutating func mathExpression() throws(QueryError) -> String {
        note(.mathOperand(mathNames ?? []))
        let start = current.span
        guard !isAtMathEnd else { throw unexpected() }
        var depth = 0
        while current.kind != .end, depth > 0 || !isAtMathEnd {
            switch current.kind {
            case .symbol("("), .unknown("["): depth += 1
            case .symbol(")"), .unknown("]"): depth = max(0, depth - 1)
            default: break
            }
            advance()
        }
        let end = previous.span.end
        let text = String(decoding: statement.utf8.dropFirst(start.start).prefix(end - start.start), as: UTF8.self)
        do throws(MathError) {
            _ = try MathParser.parse(text)
        } catch {
            if current.kind == .end, MathParser.wantsOperand(after: text) { note(.mathOperand(mathNames ?? [])) }
            throw error.queryError.moved(by: start.start, in: start.through(previous.span))
        }
        return text
    }
}

extension QueryError {
    /// The error of a part of a statement as one of the whole: `place` is where the part stands, for errors that have
    /// no place of their own.
    func moved(by offset: Int, in place: SourceSpan) -> QueryError {
        switch self {
        case .invalid(let message, let start, let byteCount):
            byteCount == 0 && start == 0
                ? place.invalid(message)
                : .invalid(message: message, offset: offset + start, byteCount: byteCount)
        case .limit(let message): place.invalid(message)
        case .cancelled, .store: self
        }
    }
}
