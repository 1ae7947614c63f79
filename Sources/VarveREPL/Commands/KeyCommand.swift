import Varve
package import VarveIO
import VarveStore

/// `varve key`: files of the keys that databases are encrypted with.
package enum KeyCommand {
    package static func create(_ file: String, environment: SystemEnvironment, console: Console) -> ExitStatus {
        report(file, console) { () throws(StoreError) in
            let keys = try FileKeyProvider.create(file, environment: environment)
            return "key \(keys.keyIDs.last ?? "") made; keep a copy of the file elsewhere: without it the data is lost"
        }
    }

    package static func rotate(_ file: String, environment: SystemEnvironment, console: Console) -> ExitStatus {
        report(file, console) { () throws(StoreError) in
            let keys = try FileKeyProvider.rotate(file, environment: environment)
            return "key \(keys.keyIDs.last ?? "") added, \(keys.keyIDs.count) keys in all; start the database with the "
                + "file to put it to use, and keep a copy elsewhere"
        }
    }

    private static func report(
        _ file: String, _ console: Console, _ work: () throws(StoreError) -> String
    ) -> ExitStatus {
        do throws(StoreError) {
            let text = try work()
            console.print("\(PrintableText.escape(file)): \(text)\n")
            return .ok
        } catch {
            let problem: Problem
            switch error {
            case .disk(.exists):
                problem = Problem(
                    .usage, file, "exists already", advice: "a key file is never overwritten; name another")
            case .disk(.notFound): problem = Problem(.usage, file, "no such file", advice: "varve key create makes one")
            default: problem = Problem(DatabaseError(error))
            }
            console.report(problem)
            return problem.status
        }
    }
}
