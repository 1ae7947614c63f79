import Foundation
import Glibc
import Testing

/// What only the whole program, run as a process, can show.
@Suite(.serialized) struct ProcessTests {
    private let serve = ["serve", "--data", "data", "--line", "127.0.0.1:0", "--http", "127.0.0.1:0"]

    @Test("--version, /health, /stats and the header Server tell the same version")
    func version() throws {
        try VarveProcess.withDirectory { directory in
            let (code, text) = try VarveProcess.run(["--version"], in: directory)
            #expect(code == 0 && text.hasPrefix("varve "))
            let version = text.dropFirst(6).filter { !$0.isWhitespace }
            let server = try VarveProcess(serve, in: directory)
            let address = try server.address()
            for route in ["health", "stats"] {
                let answer = try Self.get("http://\(address)/\(route)")
                #expect(answer.body.contains("\"version\":\"\(version)\""))
                #expect(answer.server == "varve/\(version)")
            }
            server.send(SIGTERM)
            #expect(server.end() == 0)
        }
    }

    private static func get(_ address: String) throws -> (body: String, server: String?) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["curl", "-s", "-i", address]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let lines = text.split(separator: "\r\n")
        let server = lines.first { $0.lowercased().hasPrefix("server: ") }
        return (text, server.map { String($0.dropFirst(8)) })
    }

    @Test("SIGTERM at any moment after the directory is taken ends the server in order, and no row is lost")
    func termination() throws {
        try VarveProcess.withDirectory { directory in
            let lines = (0..<5_000).map { "app,host=h\($0 % 7) v=\($0)\n" }.joined()
            try lines.write(toFile: "\(directory)/rows.lp", atomically: false, encoding: .utf8)
            #expect(try VarveProcess.run(["ingest", "rows.lp", "--data", "data"], in: directory).code == 0)
            // From before the log is replayed until after the doors are open.
            for delayMs: UInt32 in [0, 1, 3, 10, 30, 60, 100, 200] {
                let lock = "\(directory)/data/LOCK"
                try FileManager.default.removeItem(atPath: lock)
                let server = try VarveProcess(serve, in: directory)
                try server.wait("the server takes the directory") {
                    FileManager.default.fileExists(atPath: lock) ? () : nil
                }
                usleep(delayMs * 1_000)
                server.send(SIGTERM)
                #expect(server.end() == 0, "after \(delayMs) ms: \(server.output)")
                #expect(server.output.contains("stopping"), "after \(delayMs) ms: \(server.output)")
            }
            #expect(try VarveProcess.run(["verify", "data"], in: directory).code == 0)
            let (code, answer) = try VarveProcess.run(
                ["query", "SELECT COUNT(v) FROM app SINCE 1h PERIOD 2h", "--format", "csv"] + ["--data", "data"],
                in: directory)
            let counts = answer.split(separator: "\r\n").dropFirst().compactMap { $0.split(separator: ",").last }
            #expect(code == 0 && counts.compactMap { Double($0) }.reduce(0, +) == 5_000, "\(answer)")
        }
    }

    @Test("output that cannot be written ends a command with 3 and a message", arguments: ["export", "query"])
    func fullOutput(command: String) throws {
        try VarveProcess.withDirectory { directory in
            let lines = (0..<2_000).map { "app,host=h\($0) v=\($0)\n" }.joined()
            try lines.write(toFile: "\(directory)/rows.lp", atomically: false, encoding: .utf8)
            #expect(try VarveProcess.run(["ingest", "rows.lp", "--data", "data"], in: directory).code == 0)
            let statement = command == "query" ? ["SELECT COUNT(v) FROM app SINCE 1h PERIOD 2h"] : []
            let process = try VarveProcess(
                [command] + statement + ["--data", "data"], in: directory, standardOutput: "/dev/full")
            #expect(process.end() == 3)
            #expect(
                process.output.hasPrefix("varve: standard output: writing failed: No space"), "\(process.output)")
        }
    }

    @Test("a server removes the snapshot that a killed one has left unfinished, and nothing else")
    func unfinishedSnapshot() throws {
        try VarveProcess.withDirectory { directory in
            let snapshots = "\(directory)/data/snapshots"
            for name in ["half.unfinished", "mine.unfinished"] {
                try FileManager.default.createDirectory(
                    atPath: "\(snapshots)/\(name)/seg", withIntermediateDirectories: true)
                try Data().write(to: URL(filePath: "\(snapshots)/\(name)/LOCK"))
            }
            try Data().write(to: URL(filePath: "\(snapshots)/mine.unfinished/notes"))
            let server = try VarveProcess(serve, in: directory)
            _ = try server.address()
            #expect(try FileManager.default.contentsOfDirectory(atPath: snapshots) == ["mine.unfinished"])
            #expect(server.output.contains("half.unfinished"))
            server.send(SIGTERM)
            #expect(server.end() == 0)
        }
    }

    @Test("a namespace with a shorter retention in the configuration file loses its old rows, and no other does")
    func retention() throws {
        try VarveProcess.withDirectory { directory in
            let now = Int64(Date().timeIntervalSince1970) * 1_000_000_000
            let old = now - 40 * 86_400_000_000_000
            let lines = "A v=1 \(old)\nA v=2 \(now)\nB v=1 \(old)\nB v=2 \(now)\n"
            try lines.write(toFile: "\(directory)/rows.lp", atomically: false, encoding: .utf8)
            #expect(try VarveProcess.run(["ingest", "rows.lp", "--data", "data"], in: directory).code == 0)
            let file = "\(directory)/varve.yaml"
            // Longer again: what is not removed yet comes back.
            for (days, rowsOfA) in [(30, "1"), (50, "2")] {
                try "retention:\n  namespaces:\n    A: \(days)\n".write(
                    toFile: file, atomically: false, encoding: .utf8)
                let server = try VarveProcess(serve + ["--config", "varve.yaml"], in: directory)
                let address = try server.address()
                for (namespace, count) in [("A", rowsOfA), ("B", "2")] {
                    let statement = "SELECT COUNT(v) FROM \(namespace) SINCE 60d PERIOD 90d"
                    let answer = try VarveProcess.run(
                        ["query", statement, "--connect", address, "--format", "csv"], in: directory)
                    let counts = answer.output.split(separator: "\r\n").dropFirst()
                    let sum = counts.compactMap { $0.split(separator: ",").last.flatMap { Int($0) } }.reduce(0, +)
                    #expect("\(sum)" == count, "\(namespace), \(days) days: \(answer)")
                }
                server.send(SIGTERM)
                #expect(server.end() == 0)
            }
            try "retention:\n  default-days: 0\n".write(toFile: file, atomically: false, encoding: .utf8)
            let refused = try VarveProcess.run(serve + ["--config", "varve.yaml"], in: directory)
            #expect(refused.code == 2 && refused.output.contains("retention.default-days"), "\(refused)")
        }
    }

    @Test("an answer goes into a file by its ending, is drawn as bars, and is compared with earlier")
    func looking() throws {
        try VarveProcess.withDirectory { directory in
            let now = Int64(Date().timeIntervalSince1970) / 3_600 * 3_600_000_000_000
            let lines = [(0, 6), (86_400, 4)].map { "app v=\($0.1) \(now - Int64($0.0) * 1_000_000_000)\n" }.joined()
            try lines.write(toFile: "\(directory)/rows.lp", atomically: false, encoding: .utf8)
            #expect(try VarveProcess.run(["ingest", "rows.lp", "--data", "data"], in: directory).code == 0)
            let statement = "SELECT SUM(v) FROM app SINCE 6h PERIOD 1h"
            func query(_ options: String...) throws -> (code: Int32, output: String) {
                try VarveProcess.run(["query", statement, "--data", "data"] + options, in: directory)
            }
            let compared = try query("--compare", "1d", "--format", "csv")
            #expect(compared.code == 0 && compared.output.contains("Z,6,4,2\r\n"), "\(compared)")
            let bars = try query("--chart", "bar")
            #expect(bars.code == 0 && bars.output.contains("█") && bars.output.contains("└"), "\(bars)")
            for name in ["a.png", "a.csv", "a.json"] {
                let written = try query("--output", name, "--chart", "stacked")
                #expect(written.code == 0 && written.output.contains("wrote \(name): "), "\(written)")
            }
            let picture = try Data(contentsOf: URL(filePath: "\(directory)/a.png"))
            #expect(picture.starts(with: [137, 80, 78, 71]) && picture.count > 3_000)
            for wrong in [
                ["--output", "a"], ["--output", "a.png", "--format", "csv"], ["--chart", "pie"], ["--compare", "soon"],
                ["--chart", "bar", "--format", "csv"],
            ] {
                let refused = try VarveProcess.run(["query", statement, "--data", "data"] + wrong, in: directory)
                #expect(refused.code == 2, "\(wrong): \(refused)")
            }
        }
    }

    @Test("a snapshot is asked of a server by name, restored by copying, and refused with the reason")
    func snapshot() throws {
        try VarveProcess.withDirectory { directory in
            let server = try VarveProcess(serve, in: directory)
            let address = try server.address()
            try "app v=1\napp v=2\n".write(toFile: "\(directory)/rows.lp", atomically: false, encoding: .utf8)
            #expect(try VarveProcess.run(["ingest", "rows.lp", "--connect", address], in: directory).code == 0)
            let made = try VarveProcess.run(["snapshot", "--connect", address, "nightly"], in: directory)
            #expect(made.code == 0 && made.output.hasPrefix("data/snapshots/nightly: 2 files, 0 of them segments, "))
            let again = try VarveProcess.run(["snapshot", "--connect", address, "nightly"], in: directory)
            #expect(again.code == 1 && again.output.contains("data/snapshots/nightly exists already"), "\(again)")
            let outside = try VarveProcess.run(["snapshot", "--connect", address, "../nightly"], in: directory)
            #expect(outside.code == 1 && outside.output.contains("is not the name of a snapshot"), "\(outside)")
            let wrong = try VarveProcess.run(["snapshot", "--connect", address, "a", "b"], in: directory)
            #expect(wrong.code == 2, "\(wrong)")
            server.send(SIGTERM)
            #expect(server.end() == 0)
            try FileManager.default.copyItem(
                atPath: "\(directory)/data/snapshots/nightly", toPath: "\(directory)/restored")
            #expect(try VarveProcess.run(["verify", "restored"], in: directory).code == 0)
            let stats = try VarveProcess.run(["stats", "--data", "restored", "--format", "json"], in: directory)
            #expect(stats.code == 0 && stats.output.contains(#""rows":[[1,2,"#), "\(stats)")
        }
    }
}
