import ArgumentParser
import Glibc
import Varve
import VarveREPL

/// The entry point: reads the arguments, runs the command, turns every failure into an exit code.
@main
enum VarveProgram {
    static func main() async {
        do {
            var command = try VarveTool.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            endIfOutputWasLost()
        } catch let problem as Problem {
            Console.system().report(problem)
            exit(problem.status.rawValue)
        } catch {
            end(with: error)
        }
    }

    /// ArgumentParser's own errors: help goes to standard output, wrong usage to standard error with code 2.
    private static func end(with error: any Error) -> Never {
        guard VarveTool.exitCode(for: error) == .validationFailure else {
            endIfOutputWasLost()
            VarveTool.exit(withError: error)
        }
        // Some of its sentences end in a period, which would stand before our semicolon.
        var message = VarveTool.message(for: error)
        if message.hasSuffix(".") { message.removeLast() }
        let problem = Problem(.usage, "usage", message, advice: "see varve --help")
        Console.system().report(problem)
        exit(ExitStatus.usage.rawValue)
    }

    /// An answer or an export that a full disk cut short must not look like a whole one.
    private static func endIfOutputWasLost() {
        guard let problem = FileDescriptor.outputProblem else { return }
        Console.system().report(problem)
        exit(problem.status.rawValue)
    }
}

/// `varve`
struct VarveTool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "varve",
        abstract: "A time-series database for metrics.",
        discussion: """
            Start with:
              varve serve --collect-host          a server that watches this machine
              varve repl --connect 127.0.0.1:8095 ask it, in a second terminal

            Exit codes: 0 ok, 1 the data or the query is wrong, 2 wrong usage, 3 the server or the disk failed.
            """,
        version: "varve \(ProductVersion.text)",
        subcommands: [
            ServeCommand.self, ReplCommand.self, QueryTool.self, IngestTool.self, ExportTool.self, StatsTool.self,
            VerifyTool.self, InspectTool.self, SnapshotTool.self, CompactTool.self, KeyTool.self, UserTool.self,
            PolicyTool.self,
            AnomalyScoresTool.self, AnomalyTool.self,
            AlarmTool.self,
        ]
    )
}
