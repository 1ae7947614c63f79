import Varve
package import VarveIO
import VarveStore

/// `varve verify`: every checksum and invariant of a directory that no process has open.
package enum VerifyCommand {
    /// Problems on standard output, one place a line, so that a script can count them; the summary is the last line.
    /// - Returns: `wrongInput` when something is wrong with the data.
    /// - Parameter keyFile: of an encrypted database; without it only checksums of what is encrypted are verified.
    package static func run(
        directory: String, keyFile: String? = nil, environment: SystemEnvironment, console: Console
    ) -> ExitStatus {
        var shownCount = 0
        do throws(StoreError) {
            let keys = try keyFile.map { file throws(StoreError) in
                try FileKeyProvider.open(file, environment: environment)
            }
            let report = try StoreVerifier.verify(
                directory: directory, fileSystem: environment.fileSystem, keyProvider: keys
            ) { path in
                guard console.errorIsTerminal else { return }
                shownCount += 1
                console.complain("\r\u{1b}[Kverifying \(PrintableText.escape(path))")
            }
            if shownCount > 0 { console.complain("\r\u{1b}[K") }
            show(report, directory, console)
            return report.problems.isEmpty ? .ok : .wrongInput
        } catch {
            if shownCount > 0 { console.complain("\r\u{1b}[K") }
            var problem = Problem(DatabaseError(error))
            // The usual advice is to run this command.
            if case .corrupt = error { problem.advice = restoreAdvice }
            console.report(problem)
            return problem.status
        }
    }

    private static func show(_ report: StoreVerifier.Report, _ directory: String, _ console: Console) {
        for note in report.notes { console.complain("note: \(PrintableText.escape(note))\n") }
        for problem in report.problems { console.print(PrintableText.escape("\(problem)") + "\n") }
        let counts =
            "\(count(report.fileCount, "file")), \(NumberFormat.bytes(report.byteCount)), "
            + "\(count(report.segmentCount, "segment")), \(report.seriesCount) series, "
            + samples(report)
        let verdict = report.problems.isEmpty ? "no problems" : count(report.problems.count, "problem")
        console.print("\(PrintableText.escape(directory)): \(verdict) in \(counts)\n")
        if !report.problems.isEmpty {
            console.complain(
                "varve: \(PrintableText.escape(directory)): \(verdict); \(restoreAdvice)\n")
        }
    }

    private static let restoreAdvice = "keep a copy of the directory, then restore the named files from a backup"

    /// What is encrypted is not counted without its keys, and nothing is not the same as not known.
    private static func samples(_ report: StoreVerifier.Report) -> String {
        guard report.sampleCount == 0, report.lockedFileCount > 0 else { return count(report.sampleCount, "sample") }
        return "– samples"
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
