import VarveQuery

/// How far an ingest has come, as one line for a terminal.
package struct IngestProgress: Equatable, Sendable {
    package var name: String
    /// Bytes of the whole input; nil when nobody knows (a pipe).
    package var totalBytes: Int?
    package var doneBytes = 0
    package var rowCount = 0
    package var refusedCount = 0
    package var elapsedNs: Int64 = 0

    package init(name: String, totalBytes: Int?) {
        self.name = name
        self.totalBytes = totalBytes
    }

    /// `a.lp [█████░░░░░] 50 %  1.2 MiB  1 234 rows  5.2k rows/s  ETA 3s`, at most `width` columns.
    package func line(width: Int) -> String {
        var parts: [String] = []
        if let share {
            let filled = Int(share * Double(Self.barWidth))
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.barWidth - filled)
            parts.append("[\(bar)] \(Int(share * 100)) %")
        }
        parts += [NumberFormat.bytes(doneBytes), "\(NumberFormat.grouped(rowCount)) rows"]
        if elapsedNs > 0 { parts.append("\(NumberFormat.si(rowsPerSecond.rounded())) rows/s") }
        if refusedCount > 0 { parts.append("\(NumberFormat.grouped(refusedCount)) refused") }
        if let share, share > 0, share < 1 {
            parts.append("ETA \(ElapsedText.short(ns: Int64(Double(elapsedNs) / share * (1 - share))))")
        }
        return DisplayWidth.truncate("\(PrintableText.escape(name)) \(parts.joined(separator: "  "))", to: width)
    }

    private var share: Double? {
        guard let totalBytes, totalBytes > 0 else { return nil }
        return min(1, Double(doneBytes) / Double(totalBytes))
    }

    package var rowsPerSecond: Double { Double(rowCount) / max(1e-9, Double(elapsedNs) / 1e9) }

    private static let barWidth = 10
}
