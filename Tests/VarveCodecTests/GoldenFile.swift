import Glibc

/// Files under Tests/Golden.
enum GoldenFile {
    struct Missing: Error { let path: String }

    /// The text of the file at `path`, relative to Tests/Golden.
    static func text(_ path: String, from testFile: String = #filePath) throws -> String {
        let folder = testFile.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
        let full = "\(folder)/Golden/\(path)"
        guard let file = fopen(full, "r") else { throw Missing(path: full) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while true {
            let character = fgetc(file)
            if character == EOF { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(UInt8(truncatingIfNeeded: character))
        }
    }
}
