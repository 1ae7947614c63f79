import Synchronization

/// A regular expression of a model, matched against the whole text.
///
/// The subset that the models use: alternatives, groups, `*`, `+`, `?`, `{n,m}`, classes, `.`, `\d \w \s \p{L}` and
/// their like, `^`, `$`, and a lookahead of one character. It is matched by following all alternatives at once
/// (Thompson 1968): time is characters × pattern, whatever the text. `Tools/service-tables` stops at patterns beyond
/// the subset.
final class Pattern: Sendable {
    /// As the model and messages have it.
    let source: String
    /// An equal pattern within the subset, where the source is not.
    private let equal: String?
    private let program = Mutex<PatternProgram?>(nil)

    init(source: String, equal: String?) {
        self.source = source
        self.equal = equal
    }

    /// Whether the whole text matches. O(characters × pattern). Compiles at the first use.
    func matches(_ text: String) -> Bool {
        // A pattern that cannot be compiled is never in a table that is built in: a test compiles every one.
        guard let program = compiled() else { return true }
        return program.matches(text)
    }

    /// Nil when the pattern is not of the subset.
    func compiled() -> PatternProgram? {
        program.withLock { program in
            if let program { return program }
            program = PatternCompiler.compile(equal ?? source)
            return program
        }
    }
}

/// A compiled pattern.
struct PatternProgram: Sendable {
    enum Step: Sendable {
        /// A character of class number n.
        case take(Int)
        case split(Int, Int)
        case jump(Int)
        case atStart
        case atEnd
        /// The next character is not of class number n.
        case notNext(Int)
        case accept
    }

    var steps: [Step] = []
    var classes: [ScalarClass] = []

    func matches(_ text: String) -> Bool {
        var current = Threads(count: steps.count)
        var next = Threads(count: steps.count)
        var iterator = text.unicodeScalars.makeIterator()
        var scalar = iterator.next()
        add(0, isAtStart: true, before: scalar, to: &current)
        while let taken = scalar {
            if current.list.isEmpty { return false }
            scalar = iterator.next()
            next.clear()
            for step in current.list {
                if case .take(let index) = steps[step], classes[index].contains(taken) {
                    add(step + 1, isAtStart: false, before: scalar, to: &next)
                }
            }
            swap(&current, &next)
        }
        return current.list.contains { if case .accept = steps[$0] { true } else { false } }
    }

    /// The steps reached without taking a character, each once.
    private func add(_ start: Int, isAtStart: Bool, before next: Unicode.Scalar?, to threads: inout Threads) {
        var stack = [start]
        while let step = stack.popLast() {
            guard threads.insert(step) else { continue }
            switch steps[step] {
            case .take, .accept: threads.list.append(step)
            case .jump(let target): stack.append(target)
            case .split(let first, let second):
                stack.append(second)
                stack.append(first)
            case .atStart: if isAtStart { stack.append(step + 1) }
            case .atEnd: if next == nil { stack.append(step + 1) }
            case .notNext(let index): if next.map({ !classes[index].contains($0) }) ?? true { stack.append(step + 1) }
            }
        }
    }

    /// The steps at which the text may stand.
    private struct Threads {
        var list: [Int] = []
        private var marks: [UInt32]
        private var generation: UInt32 = 1

        init(count: Int) { marks = [UInt32](repeating: 0, count: count) }

        mutating func insert(_ step: Int) -> Bool {
            if marks[step] == generation { return false }
            marks[step] = generation
            return true
        }

        mutating func clear() {
            list.removeAll(keepingCapacity: true)
            generation &+= 1
        }
    }
}
