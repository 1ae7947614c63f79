import Glibc

/// `varve-load`: sends a line-protocol file to a server as fast as it takes it and tells how long that took.
@main
enum Main {
    static func main() {
        do throws(UsageError) {
            let options = try Options(Array(CommandLine.arguments.dropFirst()))
            guard !options.wantsHelp else { return print(Options.help) }
            run(options)
        } catch {
            writeError("varve-load: \(error.text)\n\n\(Options.help)")
            exit(2)
        }
    }

    /// Leaves with 3 when the file or the server fails.
    private nonisolated static func run(_ options: Options) {
        do throws(LoadError) {
            let lines = try LineFile(path: options.filePath, batchLineCount: options.batchLineCount)
            let sender = Sender(options: options, lines: lines)
            let start = monotonicSeconds()
            try sender.sendAll()
            report(lines, seconds: monotonicSeconds() - start)
        } catch {
            writeError("varve-load: \(error.text)")
            exit(3)
        }
    }

    private nonisolated static func report(_ lines: LineFile, seconds: Double) {
        let rate = Int(Double(lines.valueCount) / seconds)
        let milliseconds = Int(seconds * 1_000)
        print("\(lines.lineCount) lines, \(lines.valueCount) values, \(milliseconds) ms, \(rate) values/s")
    }

    private nonisolated static func monotonicSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

/// What went wrong with the file or the server.
struct LoadError: Error {
    let text: String

    init(_ text: String) { self.text = text }

    /// With the reason of the latest failed system call.
    static func system(_ action: String) -> LoadError { LoadError("\(action): \(String(cString: strerror(errno)))") }
}

/// Prints to standard error.
private func writeError(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
}
