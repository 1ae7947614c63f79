package import Varve

/// `varve compact`: merges the segments of a directory that no process has open.
package enum CompactCommand {
    package static func run(directory: String, keyFile: String?, console: Console) -> ExitStatus {
        do throws(DatabaseError) {
            let options = DatabaseOptions(createIfMissing: false, keyFile: keyFile)
            return try run(try Database.open(directory, options: options), directory: directory, console: console)
        } catch {
            let problem = Problem(error)
            console.report(problem)
            return problem.status
        }
    }

    /// Closes the database.
    package static func run(
        _ database: Database, directory: String, console: Console
    ) throws(DatabaseError) -> ExitStatus {
        defer { database.close() }
        let before = database.statistics
        try database.compact()
        let after = database.statistics
        console.print(
            "\(PrintableText.escape(directory)): \(before.segmentCount) segments of "
                + "\(NumberFormat.bytes(before.segmentBytes)) merged into \(after.segmentCount) of "
                + "\(NumberFormat.bytes(after.segmentBytes))\n")
        return .ok
    }
}
