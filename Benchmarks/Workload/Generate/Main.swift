import Glibc

/// `varve-workload`: writes the cpu-only devops workload of the Time Series Benchmark Suite as line protocol.
@main
enum Main {
    static func main() {
        do throws(UsageError) {
            let options = try Options(Array(CommandLine.arguments.dropFirst()))
            guard !options.wantsHelp else { return print(Options.help) }
            run(options)
        } catch {
            writeError("varve-workload: \(error.text)\n\n\(Options.help)")
            exit(2)
        }
    }

    /// Writes everything; leaves with 3 when the output fails.
    private nonisolated static func run(_ options: Options) {
        var output = Output(path: options.outputPath)
        var workload = Workload(options)
        for tick in 0..<options.tickCount {
            workload.write(tick: tick, to: &output)
        }
        output.flush()
    }
}

/// Prints to standard error.
func writeError(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
}
