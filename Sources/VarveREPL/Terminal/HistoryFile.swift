import Glibc

/// The statements of earlier sessions: a text file with one statement a line, readable by its owner only.
///
/// Owned by one thread. Two shells at once both append; nothing is lost. Failures are silent on purpose: a shell
/// without history is better than none.
package struct HistoryFile: Sendable {
    package let path: String
    /// Lines kept. 5 000 statements are about half a megabyte and years of typing.
    private let linesMax: Int

    package init(path: String, linesMax: Int = 5_000) {
        self.path = path
        self.linesMax = linesMax
    }

    /// `HISTFILE`, or `.varve_history` at home; nil without either, or when HISTFILE is set but empty.
    package static func standard(environment: (String) -> String?) -> HistoryFile? {
        if let path = environment("HISTFILE") { return path.isEmpty ? nil : HistoryFile(path: path) }
        guard let home = environment("HOME"), !home.isEmpty else { return nil }
        return HistoryFile(path: "\(home)/.varve_history")
    }

    /// The kept lines, oldest first. Rewrites the file when it has grown to twice what is kept.
    package func load() -> [String] {
        guard let file = fopen(path, "re") else { return [] }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        fclose(file)
        let lines = bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        let kept = Array(lines.suffix(linesMax))
        if lines.count > 2 * linesMax { rewrite(kept) }
        return kept
    }

    /// Adds a line at the end.
    package func append(_ line: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        // An older file may have been created with other permissions.
        fchmod(descriptor, 0o600)
        FileDescriptor.write(line.split(whereSeparator: \.isNewline).joined(separator: " ") + "\n", to: descriptor)
        close(descriptor)
    }

    /// Written beside the file and moved over it, so that a crash leaves the old or the new one.
    private func rewrite(_ lines: [String]) {
        let temporary = "\(path).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        FileDescriptor.write(lines.joined(separator: "\n") + "\n", to: descriptor)
        close(descriptor)
        rename(temporary, path)
    }
}
