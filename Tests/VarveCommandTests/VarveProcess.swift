import Foundation
import Glibc
import Testing

/// The program `varve` as it was built, run as a process of its own. Owned by one test.
final class VarveProcess {
    private let process = Process()
    private let outputPath: String

    /// Starts `varve` with some arguments; both its outputs go into a file of `directory`, or standard output somewhere
    /// else.
    init(_ arguments: [String], in directory: String, standardOutput: String? = nil) throws {
        outputPath = "\(directory)/output-\(UUID().uuidString)"
        try #require(FileManager.default.createFile(atPath: outputPath, contents: nil))
        let output = try #require(FileHandle(forWritingAtPath: outputPath))
        process.executableURL = try Self.program()
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: directory)
        process.standardOutput = try standardOutput.map { try #require(FileHandle(forWritingAtPath: $0)) } ?? output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        try output.close()
    }

    /// It lies beside the program that runs the tests.
    private static func program() throws -> URL {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = URL(filePath: tests).deletingLastPathComponent().appending(path: "varve")
        try #require(FileManager.default.isExecutableFile(atPath: program.path), "build the package first")
        return program
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    var output: String {
        let bytes = FileManager.default.contents(atPath: outputPath) ?? Data()
        return String(decoding: bytes, as: UTF8.self)
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits for the end.
    /// - Returns: the exit code; 128 and the signal's number when one ended the process.
    func end() -> Int32 {
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    }

    /// Waits up to ten seconds until `condition` gives something.
    func wait<Value>(_ what: Comment, for condition: () throws -> Value?) throws -> Value {
        for _ in 0..<5_000 {
            if let value = try condition() { return value }
            usleep(2_000)
        }
        return try #require(nil as Value?, what)
    }

    /// Where a server takes HTTP, once it has told so.
    func address() throws -> String {
        try wait("the server says where it listens") {
            let output = self.output
            guard let range = output.range(of: "http://127.0.0.1:"), output.contains("varve repl --connect") else {
                return nil
            }
            return String(output[range.lowerBound...].dropFirst(7).prefix { !$0.isWhitespace })
        }
    }

    /// Runs `varve` to its end.
    static func run(_ arguments: [String], in directory: String) throws -> (code: Int32, output: String) {
        let process = try VarveProcess(arguments, in: directory)
        return (process.end(), process.output)
    }

    /// A directory below /tmp that is removed afterwards.
    static func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = "/tmp/varve-process-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        // Best effort: what stays below /tmp harms no later test, because each has a name of its own.
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }
}
