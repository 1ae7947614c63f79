/// Turns the text of a pattern into steps.
struct PatternCompiler {
    /// The largest pattern of the models has about 900 steps.
    private static let stepsMax = 20_000
    private static let depthMax = 32

    private indirect enum Node {
        case item(ScalarClass.Item)
        case sequence([Node])
        case alternatives([Node])
        case repeated(Node, Int, Int?)
        case atStart
        case atEnd
        case notNext(ScalarClass.Item)
    }

    private struct Unsupported: Error {}

    private let scalars: [Unicode.Scalar]
    private var offset = 0
    private var dotMatchesLineEnds = false
    private var program = PatternProgram()

    /// Nil for a pattern beyond the subset.
    static func compile(_ pattern: String) -> PatternProgram? {
        var compiler = PatternCompiler(scalars: Array(pattern.unicodeScalars))
        do {
            if pattern.hasPrefix("(?s)") {
                compiler.offset = 4
                compiler.dotMatchesLineEnds = true
            }
            let node = try compiler.alternatives(depth: 0)
            guard compiler.offset == compiler.scalars.count else { return nil }
            try compiler.emit(node)
            compiler.program.steps.append(.accept)
            return compiler.program
        } catch {
            return nil
        }
    }

    private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    private var peek: Unicode.Scalar? { offset < scalars.count ? scalars[offset] : nil }

    private mutating func take(_ text: String) -> Bool {
        guard scalars[offset...].starts(with: text.unicodeScalars) else { return false }
        offset += text.unicodeScalars.count
        return true
    }

    private mutating func next() throws(Unsupported) -> Unicode.Scalar {
        guard let scalar = peek else { throw Unsupported() }
        offset += 1
        return scalar
    }
}

// Text to nodes.
extension PatternCompiler {
    private mutating func alternatives(depth: Int) throws(Unsupported) -> Node {
        guard depth <= Self.depthMax else { throw Unsupported() }
        var choices: [Node] = []
        repeat {
            var parts: [Node] = []
            while let scalar = peek, scalar != "|", scalar != ")" { parts.append(try repeated(depth: depth)) }
            choices.append(.sequence(parts))
        } while take("|")
        return choices.count == 1 ? choices[0] : .alternatives(choices)
    }

    private mutating func repeated(depth: Int) throws(Unsupported) -> Node {
        var node = try atom(depth: depth)
        while let scalar = peek {
            switch scalar {
            case "*": node = .repeated(node, 0, nil)
            case "+": node = .repeated(node, 1, nil)
            case "?": node = .repeated(node, 0, 1)
            case "{":
                offset += 1
                node = try counted(node)
                continue
            default: return node
            }
            offset += 1
            if peek == "?" || peek == "+" { throw Unsupported() }
        }
        return node
    }

    /// After `{`.
    private mutating func counted(_ node: Node) throws(Unsupported) -> Node {
        let low = try number()
        var high: Int? = low
        if take(",") { high = peek == "}" ? nil : try number() }
        guard take("}"), high.map({ $0 >= low }) ?? true else { throw Unsupported() }
        return .repeated(node, low, high)
    }

    private mutating func number() throws(Unsupported) -> Int {
        let start = offset
        while let scalar = peek, scalar.isASCII, scalar.properties.numericType == .decimal { offset += 1 }
        guard offset - start <= 4, let number = Int(String(String.UnicodeScalarView(scalars[start..<offset]))) else {
            throw Unsupported()
        }
        return number
    }

    private mutating func atom(depth: Int) throws(Unsupported) -> Node {
        if take("(?!") {
            let item = try item()
            guard take(")") else { throw Unsupported() }
            return .notNext(item)
        }
        if take("(?:") || take("(") {
            guard peek != "?" else { throw Unsupported() }
            let inner = try alternatives(depth: depth + 1)
            guard take(")") else { throw Unsupported() }
            return inner
        }
        switch peek {
        case "^":
            offset += 1
            return .atStart
        case "$":
            offset += 1
            return .atEnd
        case "*", "+", "?", "{": throw Unsupported()
        default: return .item(try item())
        }
    }

    private mutating func item() throws(Unsupported) -> ScalarClass.Item {
        let scalar = try next()
        switch scalar {
        case "[": return try set()
        case ".": return dotMatchesLineEnds ? ScalarClass.any : .not(ScalarClass.lineEnd)
        case "\\": return try escape()
        default: return .range(scalar.value...scalar.value)
        }
    }

    /// After `[`.
    private mutating func set() throws(Unsupported) -> ScalarClass.Item {
        let isNegated = take("^")
        var items: [ScalarClass.Item] = []
        while items.isEmpty || peek != "]" {
            guard peek != "[", !take("&&") else { throw Unsupported() }
            let first = try setItem()
            // A dash is a range between two characters, otherwise itself.
            guard case .range(let low) = first, low.count == 1, peek == "-", offset + 1 < scalars.count,
                scalars[offset + 1] != "]"
            else {
                items.append(first)
                continue
            }
            let dash = offset
            offset += 1
            if case .range(let high) = try setItem(), high.count == 1 {
                guard low.lowerBound <= high.lowerBound else { throw Unsupported() }
                items.append(.range(low.lowerBound...high.lowerBound))
            } else {
                offset = dash
                items.append(first)
            }
        }
        offset += 1
        return isNegated ? .not(.anyOf(items)) : .anyOf(items)
    }

    private mutating func setItem() throws(Unsupported) -> ScalarClass.Item {
        let scalar = try next()
        return scalar == "\\" ? try escape() : .range(scalar.value...scalar.value)
    }

    /// After a backslash.
    private mutating func escape() throws(Unsupported) -> ScalarClass.Item {
        let scalar = try next()
        switch scalar {
        case "d": return ScalarClass.digit
        case "D": return .not(ScalarClass.digit)
        case "w": return ScalarClass.word
        case "W": return .not(ScalarClass.word)
        case "s": return ScalarClass.space
        case "S": return .not(ScalarClass.space)
        case "t": return .range(0x09...0x09)
        case "n": return .range(0x0a...0x0a)
        case "r": return .range(0x0d...0x0d)
        case "x":
            let code = try code(2)
            return .range(code...code)
        case "u": return try unicodeEscape()
        case "p":
            guard take("{") else { throw Unsupported() }
            let start = offset
            while try next() != "}" {}
            let name = String(String.UnicodeScalarView(scalars[start..<offset - 1]))
            guard let category = ScalarClass.Category(rawValue: name) else { throw Unsupported() }
            return .category(category)
        default:
            guard !scalar.properties.isAlphabetic, scalar.properties.numericType == nil else { throw Unsupported() }
            return .range(scalar.value...scalar.value)
        }
    }

    /// Four digits, two surrogates, or one of the two codes beyond them that the models write with more digits.
    private mutating func unicodeEscape() throws(Unsupported) -> ScalarClass.Item {
        if take("10000") { return .range(0x1_0000...0x1_0000) }
        if take("10FFFF") { return .range(0x10_ffff...0x10_ffff) }
        let first = try code(4)
        guard (0xd800...0xdbff).contains(first) else { return .range(first...first) }
        guard take("\\u") else { throw Unsupported() }
        let second = try code(4)
        guard (0xdc00...0xdfff).contains(second) else { throw Unsupported() }
        let scalar = 0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)
        return .range(scalar...scalar)
    }

    private mutating func code(_ digitCount: Int) throws(Unsupported) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<digitCount {
            guard let digit = Character(try next()).hexDigitValue else { throw Unsupported() }
            code = code << 4 | UInt32(digit)
        }
        return code
    }
}

// Nodes to steps.
extension PatternCompiler {
    private mutating func append(_ step: PatternProgram.Step) throws(Unsupported) {
        guard program.steps.count < Self.stepsMax else { throw Unsupported() }
        program.steps.append(step)
    }

    private mutating func classIndex(_ item: ScalarClass.Item) -> Int {
        program.classes.append(ScalarClass(item))
        return program.classes.count - 1
    }

    private mutating func emit(_ node: Node) throws(Unsupported) {
        switch node {
        case .item(let item): try append(.take(classIndex(item)))
        case .notNext(let item): try append(.notNext(classIndex(item)))
        case .atStart: try append(.atStart)
        case .atEnd: try append(.atEnd)
        case .sequence(let parts): for part in parts { try emit(part) }
        case .alternatives(let choices): try emitAlternatives(choices)
        case .repeated(let inner, let low, let high): try emitRepetition(inner, low, high)
        }
    }

    private mutating func emitAlternatives(_ choices: [Node]) throws(Unsupported) {
        var exits: [Int] = []
        for choice in choices.dropLast() {
            let split = program.steps.count
            try append(.split(split + 1, 0))
            try emit(choice)
            exits.append(program.steps.count)
            try append(.jump(0))
            program.steps[split] = .split(split + 1, program.steps.count)
        }
        if let last = choices.last { try emit(last) }
        for exit in exits { program.steps[exit] = .jump(program.steps.count) }
    }

    private mutating func emitRepetition(_ inner: Node, _ low: Int, _ high: Int?) throws(Unsupported) {
        for _ in 0..<low { try emit(inner) }
        guard let high else {
            let split = program.steps.count
            try append(.split(split + 1, 0))
            try emit(inner)
            try append(.jump(split))
            program.steps[split] = .split(split + 1, program.steps.count)
            return
        }
        var exits: [Int] = []
        for _ in low..<high {
            exits.append(program.steps.count)
            try append(.split(program.steps.count + 1, 0))
            try emit(inner)
        }
        for exit in exits { program.steps[exit] = .split(exit + 1, program.steps.count) }
    }
}
