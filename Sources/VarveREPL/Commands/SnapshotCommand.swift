import Varve
import VarveExchange
package import VarveIO
import VarveStore

/// `varve snapshot`: a consistent copy of a database.
package enum SnapshotCommand {
    /// Lets a server copy its database, below its directory for snapshots.
    package static func run(name: String, session: RemoteSession, console: Console) -> ExitStatus {
        do throws(Problem) {
            let answer = try session.snapshot(name: name)
            let duration = " in \(NumberFormat.fixed(answer.seconds, decimals: 3)) s"
            show(answer.report, place: answer.path, console, after: duration)
            return .ok
        } catch {
            console.report(error)
            return error.status
        }
    }

    /// Copies a directory that no process has open.
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
            show(report, place: target, console)
            return .ok
        } catch {
            let problem = problem(error, target: target)
            console.report(problem)
            return problem.status
        }
    }

    private static func show(_ report: SnapshotReport, place: String, _ console: Console, after duration: String = "") {
        for notice in report.notices { console.complain("note: \(PrintableText.escape(notice))\n") }
        console.print(
            "\(PrintableText.escape(place)): \(report.fileCount) files, \(report.segmentCount) of them segments, "
                + "\(NumberFormat.bytes(report.linkedBytes)) linked, "
                + "\(NumberFormat.bytes(report.copiedBytes)) copied\(duration)\n")
    }

    private static func problem(_ error: StoreError, target: String) -> Problem {
        guard case .disk(.exists(let path)) = error, path == target else { return Problem(DatabaseError(error)) }
        return Problem(.usage, target, "exists already", advice: "name a directory that does not exist yet")
    }
}
