import VarveAlarms
import VarveQuery

/// What can go on in an unfinished statement about alarms. Language: Docs/Query.md, "Alarms". Any text; never fails.
package struct AlarmCompletion: Equatable, Sendable {
    /// Where the word that is being typed begins, UTF-8 bytes.
    package var replaceStart: Int
    /// As they must be written, quotes included; those that begin with what is typed, in the order of the language.
    package var texts: [String]
    /// The statement is about alarms already; otherwise these texts are offered beside those of other statements.
    package var isComplete: Bool

    /// - Parameters:
    ///   - unfinished: up to the cursor.
    ///   - names: of alarms; asked for where one can stand.
    /// - Returns: nil where nothing about alarms can go on.
    package init?(_ unfinished: String, names: () -> [String]) {
        let typed = TypedWords(unfinished)
        let first = typed.words.prefix(3).map { $0.uppercased() }
        let offered: [String]
        switch first {
        case ["SHOW"]: (offered, isComplete) = (["ALARMS"], false)
        case ["EXPLAIN"]: (offered, isComplete) = (["ALARM"], false)
        case ["SELECT", "*", "FROM"] where typed.words.count == 3: (offered, isComplete) = (["alarms"], false)
        case ["SELECT", "*", "FROM"] where typed.words[3].uppercased() == "ALARMS":
            offered = Self.conditions(typed.words.dropFirst(4), of: .history, names)
            isComplete = true
        case let words where words.starts(with: ["SHOW", "ALARMS"]):
            offered = Self.conditions(typed.words.dropFirst(2), of: .states, names)
            isComplete = true
        case ["EXPLAIN", "ALARM"]: (offered, isComplete) = (names().map(Quoting.namespace), true)
        case let words where words.starts(with: ["EXPLAIN", "ALARM"]):
            (offered, isComplete) = (Self.times(typed.words.dropFirst(3)), true)
        default: return nil
        }
        replaceStart = typed.wordStart
        let prefix = typed.word.lowercased()
        texts = offered.filter { $0.lowercased().hasPrefix(prefix) }
    }

    private enum Table {
        case states, history

        var columns: [String] { self == .states ? ["AlarmName", "State", "Type"] : ["AlarmName", "Type"] }
        var ends: [String] { self == .states ? ["LIMIT"] : ["SINCE", "UNTIL", "LIMIT"] }
    }

    /// What follows the table: `WHERE column = value AND …`, then times.
    private static func conditions(
        _ words: ArraySlice<String>, of table: Table, _ names: () -> [String]
    ) -> [String] {
        guard let last = words.last?.uppercased() else { return ["WHERE"] + table.ends }
        if last == "WHERE" || last == "AND" { return table.columns }
        if table.columns.contains(where: { $0.uppercased() == last }) { return ["=", "!="] }
        if last == "=" || last == "!=" {
            return values(of: words.dropLast().last?.uppercased() ?? "", in: table, names)
        }
        let ends = words.map { $0.uppercased() }.filter { table.ends.contains($0) }
        // The value of a time or a limit is for whoever types it.
        if ends.contains(last) { return [] }
        let open = table.ends.filter { !ends.contains($0) }
        return ends.isEmpty ? ["AND"] + open : open
    }

    private static func values(of column: String, in table: Table, _ names: () -> [String]) -> [String] {
        switch (column, table) {
        case ("STATE", _): AlarmState.allCases.map { Quoting.value($0.rawValue) }
        case ("ALARMNAME", _): names().map(Quoting.value)
        case ("TYPE", .states): AlarmType.allCases.map { Quoting.value($0.rawValue) }
        case ("TYPE", .history): HistoryItemType.allCases.map { Quoting.value($0.rawValue) }
        default: []
        }
    }

    private static func times(_ words: ArraySlice<String>) -> [String] {
        let used = words.map { $0.uppercased() }
        if used.last == "SINCE" || used.last == "UNTIL" { return [] }
        return ["SINCE", "UNTIL"].filter { !used.contains($0) }
    }
}

/// An unfinished text as words, the last of which is being typed. Quotes hold words together.
private struct TypedWords {
    /// Finished ones, without quotes.
    private(set) var words: [String] = []
    /// The one that is being typed, with its opening quote; empty behind a blank.
    private(set) var word = ""
    /// UTF-8 bytes.
    private(set) var wordStart = 0

    init(_ text: String) {
        var quote: Character?
        var offset = 0
        for character in text {
            let byteCount = character.utf8.count
            if quote == nil, character.isWhitespace {
                finish()
                wordStart = offset + byteCount
            } else {
                if let open = quote {
                    if character == open { quote = nil }
                } else if word.isEmpty, character == "'" || character == "\"" {
                    quote = character
                }
                word.append(character)
            }
            offset += byteCount
        }
    }

    private mutating func finish() {
        if !word.isEmpty {
            let mark = word.first
            let isQuoted = word.count > 1 && (mark == "'" || mark == "\"") && word.last == mark
            words.append(isQuoted ? String(word.dropFirst().dropLast()) : word)
        }
        word = ""
    }
}
