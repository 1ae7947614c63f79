import VarveQuery
import Glibc

/// Text that does not fit the terminal, shown page by page.
package enum Pager {
    /// Whether `text` is wider or longer than the terminal.
    package static func isNeeded(for text: String, columns: Int, lines: Int) -> Bool {
        var lineCount = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            lineCount += 1
            // Most lines fit even if every byte were a column; only others are measured.
            if line.utf8.count > columns, DisplayWidth.of(String(line)) > columns { return true }
        }
        return lineCount > lines
    }

    /// The command that pages: PAGER, or less with lines chopped instead of wrapped; nil when PAGER is set but empty.
    package static func command(environment: (String) -> String?) -> String? {
        guard let pager = environment("PAGER") else { return "less -SFRX" }
        if pager.isEmpty { return nil }
        return pager == "less" ? "less -SFRX" : pager
    }

    /// Gives `text` to `command` and waits until the reader leaves.
    /// - Returns: false when the command could not be started or found.
    package static func show(_ text: String, command: String) -> Bool {
        guard let pipe = popen(command, "we") else { return false }
        fputs(text, pipe)
        let status = pclose(pipe)
        // The shell's code for a command that does not exist.
        return (status >> 8) & 0xff != 127
    }
}
