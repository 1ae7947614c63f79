import VarveModel

/// One file of `Tests/Scripts`, read. Format: `Tests/Scripts/README.md`.
struct Script {
    /// One thing to do, with the line that it stands in.
    struct Step {
        enum Action {
            /// Lines of line protocol, their times in seconds of the script.
            case load([String])
            /// `namespace,name=value metric: 1 2 _ 4`, one value each so many seconds.
            case loadEvery(Int64, [String])
            /// `namespace,name=value metric VALUE WEIGHT SECONDS`
            case loadWeighted([String])
            /// `namespace,name=value metric COUNT SUM MINIMUM MAXIMUM SECONDS`
            case loadSets([String])
            case now(Int64)
            case path(String)
            case eval(Evaluation)
        }

        var line: Int
        var action: Action
    }

    /// A statement and what it answers.
    struct Evaluation {
        var statement: String
        /// Seconds of the script; nil where the statement has its own times.
        var times: (from: Int64, to: Int64, period: Int64?)?
        /// Rows of cells, the heading first.
        var table: [[String]]?
        /// `label: 1 2 _ 4`
        var series: [String]?
        var failure: [String]?
        var notes: [String] = []
    }

    /// What is wrong with a script.
    struct Mistake: Error, CustomStringConvertible {
        var line: Int
        var text: String
        var description: String { "line \(line): \(text)" }
    }

    private(set) var steps: [Step] = []
    /// The items that evaluations begin with.
    private var given = ""

    init(_ text: String) throws(Mistake) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map {
            (number: $0.offset + 1, text: String($0.element))
        }[...]
        lines =
            lines.filter { line in
                let trimmed = line.text.drop { $0 == " " }
                return !trimmed.isEmpty && !trimmed.hasPrefix("#")
            }[...]
        while let line = lines.popFirst() {
            var block: [String] = []
            while let next = lines.first, next.text.hasPrefix(" ") {
                block.append(String(next.text.drop { $0 == " " }))
                lines.removeFirst()
            }
            try add(line.text.split(separator: " ").map(String.init), block, line.number)
        }
    }

    private mutating func add(_ words: [String], _ block: [String], _ line: Int) throws(Mistake) {
        func append(_ action: Step.Action) { steps.append(Step(line: line, action: action)) }
        switch words[0] {
        case "load" where words.count == 1: append(.load(block))
        case "load" where words == ["load", "weighted"]: append(.loadWeighted(block))
        case "load" where words == ["load", "sets"]: append(.loadSets(block))
        case "load" where words.count == 3 && words[1] == "every":
            append(.loadEvery(try number(words[2], line), block))
        case "now" where words.count == 2: append(.now(try number(words[1], line)))
        case "statistics" where words.count == 2: append(.path(words[1]))
        case "given": given = block.joined(separator: "\n")
        case "eval": append(.eval(try evaluation(words, block, line)))
        case "gives", "series", "fails", "notes": try expect(words[0], block, line)
        default: throw Mistake(line: line, text: "'\(words.joined(separator: " "))' is no step of a script")
        }
    }

    private func evaluation(_ words: [String], _ block: [String], _ line: Int) throws(Mistake) -> Evaluation {
        var statement = block.joined(separator: "\n")
        if statement.hasPrefix("RETURN") { statement = "MATH \(given)\n\(statement)" }
        var evaluation = Evaluation(statement: statement)
        if words.count > 1 {
            guard words.count == 3 || words.count == 4 else {
                throw Mistake(line: line, text: "eval takes FROM TO [PERIOD], or nothing")
            }
            let period = words.count == 4 ? try number(words[3], line) : nil
            evaluation.times = (try number(words[1], line), try number(words[2], line), period)
        }
        return evaluation
    }

    private mutating func expect(_ what: String, _ block: [String], _ line: Int) throws(Mistake) {
        guard let last = steps.indices.last, case .eval(var evaluation) = steps[last].action else {
            throw Mistake(line: line, text: "\(what) follows an eval")
        }
        switch what {
        case "gives":
            evaluation.table = block.map { row in
                row.split(separator: "|", omittingEmptySubsequences: false).map {
                    String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
                }
            }
        case "series": evaluation.series = block
        case "fails": evaluation.failure = block
        default: evaluation.notes += block
        }
        steps[last].action = .eval(evaluation)
    }

    private func number(_ text: String, _ line: Int) throws(Mistake) -> Int64 {
        guard let number = Int64(text) else { throw Mistake(line: line, text: "'\(text)' is no whole number") }
        return number
    }
}
