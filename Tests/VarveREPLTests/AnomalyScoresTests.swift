import Testing
import VarveREPL

@Suite struct AnomalyScoresTests {
    @Test("every row comes back as it was written, with a score behind it, in all notations of time")
    func rows() {
        let input = """
            timestamp,value
            2014-04-01 00:00:00,20.0
            2014-04-01T00:05:00Z,2e1
            1396311000,20
            1396311300000,19.5

            """
        let (status, output, _) = run(input)
        #expect(status == .ok)
        let lines = output.split(separator: "\n")
        #expect(lines.first == "timestamp,value,anomaly_score")
        #expect(
            lines.dropFirst() == [
                "2014-04-01 00:00:00,20.0,0.0", "2014-04-01T00:05:00Z,2e1,0.0", "1396311000,20,0.0",
                "1396311300000,19.5,0.0",
            ])
    }

    @Test("columns are found by name, quotes and line ends of other systems are understood")
    func columns() {
        let (status, output, _) = run("host,Value,Timestamp\r\na,\"7\",\"2026-11-22 10:00:00\"\r\n")
        #expect(status == .ok)
        #expect(output == "timestamp,value,anomaly_score\n2026-11-22 10:00:00,7,0.0\n")
    }

    @Test("pieces of any size give the same output, and a spike has a high score")
    func streaming() {
        var input = "timestamp,value\n"
        for index in 0..<400 { input += "\(1_700_000_000 + index * 300),\(index == 350 ? 900 : 10 + index % 3)\n" }
        let (_, whole, _) = run(input)
        let (_, pieces, _) = run(input, pieceBytes: 7)
        #expect(whole == pieces)
        let scores = whole.split(separator: "\n").dropFirst().compactMap {
            $0.split(separator: ",").last.flatMap { Double($0) }
        }
        #expect(scores.count == 400)
        #expect(scores.firstIndex(of: scores.max() ?? 0) == 350)
    }

    @Test(
        "what cannot be read is named with its line, after the rows before it were printed",
        arguments: [
            ("", "line 1: the file is empty"),
            ("time,value\n1,2\n", "line 1: the header names no columns timestamp and value"),
            ("timestamp,value\n1396311000,1\n\nyesterday,2\n", "line 4: \"yesterday\" is not a time"),
            ("timestamp,value\n1396311000,1\n1396311300,many\n", "line 3: \"many\" is not a number"),
            ("timestamp,value\n1396311000,1\n1396311300\n", "line 3: the row has 1 fields"),
        ])
    func errors(input: String, message: String) {
        let (status, output, errors) = run(input)
        #expect(status == .wrongInput)
        #expect(errors.contains(message))
        if input.contains("1396311000") { #expect(output.contains("1396311000,1,0.0")) }
    }

    private func run(_ input: String, pieceBytes: Int = 1 << 20) -> (VarveREPL.ExitStatus, String, String) {
        let recorder = RecordedConsole()
        var rest = Array(input.utf8)[...]
        let command = AnomalyScoresCommand(name: "test.csv") { () throws(Problem) in
            defer { rest = rest.dropFirst(pieceBytes) }
            return Array(rest.prefix(pieceBytes))
        }
        let status = command.run(console: recorder.console())
        return (status, recorder.out, recorder.errors)
    }
}
