/// One broken house rule: where it is, and what would mend it.
struct Finding: CustomStringConvertible, Equatable {
    /// Path from the top of the repository.
    var path: String
    /// Counted from 1; 0 when the whole file is meant.
    var line: Int
    var message: String

    var description: String { line == 0 ? "\(path): \(message)" : "\(path):\(line): \(message)" }
}

extension [Finding] {
    /// One finding per line, as a test prints it.
    var listing: String { map(\.description).joined(separator: "\n") }
}
