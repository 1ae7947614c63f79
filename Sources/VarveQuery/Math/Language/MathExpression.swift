/// A parsed expression: its nodes in the order in which they can be worked out, each operand before what is made of
/// it, the whole expression last. No pointers, so neither checking nor evaluating nor freeing it recurses.
package struct MathExpression: Sendable {
    /// One step. Operands are indices of earlier nodes; every node is the operand of exactly one other, but the last.
    enum Node: Equatable, Sendable {
        case number(Double)
        case string(String)
        /// `REPEAT`, `ASC`, …
        case word(MathWord)
        /// The result of another query.
        case reference(String)
        case negated(Int)
        case binary(MathOperator, Int, Int)
        case call(MathFunction, [Int])
        case array([Int])
    }

    /// As written.
    package let text: String
    private(set) var nodes: [Node] = []
    /// Where each node stands in `text`.
    private(set) var spans: [SourceSpan] = []

    init(text: String) { self.text = text }

    /// Adds a node and returns its index.
    mutating func append(_ node: Node, at span: SourceSpan) -> Int {
        nodes.append(node)
        spans.append(span)
        return nodes.count - 1
    }

    /// Brackets around a node belong to its place.
    mutating func widen(_ node: Int, to span: SourceSpan) { spans[node] = span }

    /// Ids that the expression refers to, in order of appearance, each once.
    package var references: [String] {
        var seen: Set<String> = []
        return nodes.compactMap { node in
            guard case .reference(let id) = node, seen.insert(id).inserted else { return nil }
            return id
        }
    }

    /// Every function that is called.
    package var functions: Set<MathFunction> {
        Set(
            nodes.compactMap { node in
                guard case .call(let function, _) = node else { return nil }
                return function
            })
    }

    /// The first place where `function` is called.
    func span(of function: MathFunction) -> SourceSpan? {
        let index = nodes.firstIndex { node in
            guard case .call(function, _) = node else { return false }
            return true
        }
        return index.map { spans[$0] }
    }

    /// What stands at `span`, cut to a length that fits a message.
    func excerpt(_ span: SourceSpan) -> String {
        let text = String(decoding: text.utf8.dropFirst(span.start).prefix(span.end - span.start), as: UTF8.self)
        return text.count > 40 ? "\(text.prefix(40))…" : text
    }
}

extension MathExpression: Equatable {
    /// Equal when the meaning is: blanks and brackets do not count.
    package static func == (left: Self, right: Self) -> Bool { left.nodes == right.nodes }
}

extension MathExpression: CustomStringConvertible {
    /// The expression in one way of writing, every operation in brackets; reads back as the same expression.
    package var description: String { texts.last ?? "" }

    /// One node and its operands, written in that way.
    func text(of node: Int) -> String { texts[node] }

    private var texts: [String] {
        var texts: [String] = []
        for node in nodes {
            switch node {
            case .number(let value): texts.append("\(value)")
            case .string(let text): texts.append(Quoting.value(text))
            case .word(let word): texts.append(word.rawValue)
            case .reference(let id): texts.append(id)
            case .negated(let operand): texts.append("(-\(texts[operand]))")
            case .binary(let sign, let left, let right):
                texts.append("(\(texts[left]) \(sign.rawValue) \(texts[right]))")
            case .call(let function, let arguments):
                texts.append("\(function.rawValue)(\(arguments.map { texts[$0] }.joined(separator: ", ")))")
            case .array(let elements):
                texts.append("[\(elements.map { texts[$0] }.joined(separator: ", "))]")
            }
        }
        return texts
    }
}
