import Varve
package import VarveIO
import VarveStore

/// `varve snapshot`: a consistent copy of a directory that no process has open.
package enum SnapshotCommand {
    /// - Returns: `usage` when the target exists.
    package static func run(
        directory: String, target: String, keyFile: String? = nil, environment: SystemEnvironment, console: Console
    ) -> ExitStatus {
        do throws(StoreError) {
            let keys = try keyFile.map { file throws(StoreError) in
                try FileKeyProvider.open(file, environment: environment)
            }
            let report = try Store.writeSnapshot(
                of: directory, to: target, keyProvider: keys, environment: environment)
            for notice in report.notices { console.complain("note: \(PrintableText.escape(notice))\n") }
            console.print(
                "\(PrintableText.escape(target)): \(report.segmentCount) segments, "
                    + "\(NumberFormat.bytes(report.linkedBytes)) linked, "
                    + "\(NumberFormat.bytes(report.copiedBytes)) copied\n")
            return .ok
        } catch {
            let problem = problem(error, target: target)
            console.report(problem)
            return problem.status
        }
    }

    private static func problem(_ error: StoreError, target: String) -> Problem {
        guard case .disk(.exists(let path)) = error, path == target else { return Problem(DatabaseError(error)) }
        return Problem(.usage, target, "exists already", advice: "name a directory that does not exist yet")
    }
}
