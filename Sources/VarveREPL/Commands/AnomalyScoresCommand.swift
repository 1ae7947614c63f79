import VarveAnomaly
import VarveModel

/// `varve anomaly-scores`: rows of a CSV file with the score of each, row by row as they are read.
///
/// Scores are causal: a row's depends on it and on the rows above it only.
package struct AnomalyScoresCommand {
    /// For messages: the path, or `standard input`.
    package var name: String
    /// The next bytes; empty at the end.
    package var read: () throws(Problem) -> [UInt8]

    package init(name: String, read: @escaping () throws(Problem) -> [UInt8]) {
        self.name = name
        self.read = read
    }

    /// Reads to the end and prints `timestamp,value,anomaly_score`. The first row that cannot be read ends the run:
    /// what follows could not be scored as if it had been there.
    package func run(console: Console) -> ExitStatus {
        var table = ScoredTable(name: name)
        var chunker = LineChunker()
        do throws(Problem) {
            while true {
                let bytes = try read()
                let piece = bytes.isEmpty ? chunker.finish() : chunker.append(bytes)
                if let line = chunker.takePassedOver().first {
                    throw table.problem(line: line, "the line is too long", advice: "rows are timestamp,value")
                }
                if let piece { try print(piece, of: &table, console: console) }
                if bytes.isEmpty || console.outputIsClosed() { break }
            }
            try table.requireHeader()
            return .ok
        } catch {
            console.report(error)
            return error.status
        }
    }
}

extension AnomalyScoresCommand {
    /// Rows above one that cannot be read are printed, too.
    private func print(
        _ piece: LineChunker.Piece, of table: inout ScoredTable, console: Console
    ) throws(Problem) {
        var output = ""
        do throws(Problem) {
            try table.score(piece, into: &output)
        } catch {
            console.print(output)
            throw error
        }
        console.print(output)
    }
}

/// The rows read so far and the model that has learnt them.
struct ScoredTable {
    private let name: String
    private var model = AnomalyModel()
    /// Positions of the two columns, once the header was read.
    private var columns: (time: Int, value: Int)?

    init(name: String) { self.name = name }

    /// Appends the rows of a piece with their scores, each with a line feed.
    mutating func score(_ piece: LineChunker.Piece, into output: inout String) throws(Problem) {
        let lines = String(decoding: piece.bytes, as: UTF8.self)
            .split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
            try append(line, number: piece.linesBefore + index + 1, to: &output)
        }
    }

    /// An empty file has no header.
    func requireHeader() throws(Problem) {
        guard columns == nil else { return }
        throw problem(line: 1, "the file is empty", advice: "begin with the header timestamp,value")
    }

    private mutating func append(_ line: Substring, number: Int, to output: inout String) throws(Problem) {
        let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(Self.unquoted)
        guard let columns else {
            columns = try header(fields, number: number)
            output += "timestamp,value,anomaly_score\n"
            return
        }
        guard fields.count > max(columns.time, columns.value) else {
            throw problem(line: number, "the row has \(fields.count) fields", advice: "it lacks columns of the header")
        }
        let (time, value) = (fields[columns.time], fields[columns.value])
        let timeNs = try instant(time, number: number)
        guard let magnitude = Double(value) else {
            throw problem(line: number, "\"\(value)\" is not a number", advice: "the column value holds numbers")
        }
        let score = model.observe(timeNs: timeNs, value: magnitude)
        output += "\(time),\(value),\(score.value)\n"
    }

    private func header(_ fields: [String], number: Int) throws(Problem) -> (time: Int, value: Int) {
        let names = fields.map { $0.lowercased() }
        guard let time = names.firstIndex(of: "timestamp"), let value = names.firstIndex(of: "value") else {
            throw problem(
                line: number, "the header names no columns timestamp and value", advice: "begin with timestamp,value")
        }
        return (time, value)
    }

    /// `2026-11-22 10:15:00` as well as everything that queries take for a time.
    private func instant(_ text: String, number: Int) throws(Problem) -> Int64 {
        var written = text
        let separator = text.utf8.index(text.startIndex, offsetBy: 10, limitedBy: text.endIndex) ?? text.endIndex
        if separator < text.endIndex, text.utf8[separator] == UInt8(ascii: " ") {
            written.replaceSubrange(separator...separator, with: "T")
        }
        do {
            return try InstantText.parse(written)
        } catch {
            throw problem(
                line: number, "\"\(text)\" is not a time",
                advice: "write 2026-11-22 10:15:00, ISO 8601, or seconds or milliseconds since 1970")
        }
    }

    func problem(line: Int, _ why: String, advice: String) -> Problem {
        Problem(.wrongInput, "\(name), line \(line)", why, advice: advice)
    }

    private static func unquoted(_ field: Substring) -> String {
        let trimmed = String(field).trimmingSpaces()
        guard trimmed.count >= 2, trimmed.hasPrefix("\""), trimmed.hasSuffix("\"") else { return trimmed }
        return String(trimmed.dropFirst().dropLast())
    }
}

extension String {
    /// Without blanks and tabs at both ends.
    fileprivate func trimmingSpaces() -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
            return ""
        }
        return String(self[first...last])
    }
}
