import Foundation

/// A text file of the repository.
struct SourceFile: Sendable {
    /// Path from the top of the repository, such as `Sources/VarveIO/DiskError.swift`.
    let path: String
    let text: String
    /// For Swift files the text without comments and strings, otherwise empty.
    let code: SwiftText

    var isSwift: Bool { path.hasSuffix(".swift") }
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

    /// `VarveIO` for a file below `Sources/VarveIO/`, nil elsewhere.
    var module: String? {
        let parts = path.split(separator: "/")
        return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
    }

    init(path: String, text: String) {
        self.path = path
        self.text = text
        code = SwiftText(path.hasSuffix(".swift") ? text : "")
    }
}

/// The files that people wrote: what the house rules apply to.
enum SourceTree {
    /// The directory with `Package.swift`.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Top-level names that are looked into. Build products and data directories are not among them.
    private static let tops = [
        ".ci", "Benchmarks", "CHANGELOG.md", "CONTRIBUTING.md", "Docs", "Package.swift", "README.md", "Sources",
        "Tests",
        "Tools",
    ]
    /// Binary fixtures, and what Python and SwiftPM leave behind.
    private static let skippedParts: Set<String> = [".build", ".swiftpm", "__pycache__", "Golden", "Corpus"]

    /// All text files, sorted by path.
    static let files: [SourceFile] = tops.flatMap { files(at: $0) }.sorted { $0.path < $1.path }
    static let swiftFiles: [SourceFile] = files.filter(\.isSwift)
    static let architecture: String =
        (try? String(contentsOf: root.appending(path: "Docs/Architecture.md"), encoding: .utf8)) ?? ""

    /// Names of the directories below `Sources`.
    static let modules: [String] = names(in: root.appending(path: "Sources"))

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path(percentEncoded: false))
    }

    private static func names(in directory: URL) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path(percentEncoded: false))) ?? []
        return names.sorted()
    }

    private static func files(at path: String) -> [SourceFile] {
        let url = root.appending(path: path)
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path(percentEncoded: false), isDirectory: &isDirectory) else {
            return []
        }
        guard !isLink(url) else { return [] }
        guard isDirectory.boolValue else { return file(at: path, url).map { [$0] } ?? [] }
        return names(in: url).filter(isLookedInto).flatMap { files(at: "\(path)/\($0)") }
    }

    /// What a link points to is looked into at its own place.
    private static func isLink(_ url: URL) -> Bool {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: url.path(percentEncoded: false))) != nil
    }

    private static func isLookedInto(_ name: String) -> Bool {
        !skippedParts.contains(name) && !name.hasPrefix(".build")
    }

    /// nil for what is not UTF-8 text.
    private static func file(at path: String, _ url: URL) -> SourceFile? {
        guard let data = try? Data(contentsOf: url), !data.contains(0) else { return nil }
        return String(data: data, encoding: .utf8).map { SourceFile(path: path, text: $0) }
    }
}
