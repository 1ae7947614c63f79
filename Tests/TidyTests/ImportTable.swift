/// Which module may import which: the table "Import directions" of Docs/Architecture.md.
struct ImportTable {
    /// One row of the table.
    struct Row {
        var layer: Int
        /// Modules of this package.
        var own: Set<String>
        /// Modules of the toolchain and of other packages.
        var foreign: Set<String>
    }

    private(set) var rows: [String: Row] = [:]

    /// Modules that are part of Swift itself: always allowed.
    static let always: Set<String> = ["Swift", "Synchronization", "Glibc"]

    /// Reads the rows below the heading "Import directions": `| layer | module | own modules | foreign modules |`, with
    /// names in backquotes.
    init(markdown: String) {
        let lines = markdown.split(separator: "\n", omittingEmptySubsequences: false)
        let table = lines.drop { !$0.hasPrefix("## Import directions") }.dropFirst().prefix { !$0.hasPrefix("## ") }
        for line in table {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
            guard cells.count == 6, let layer = Int(cells[1].filter { !$0.isWhitespace }) else { continue }
            for module in Self.names(in: cells[2]) {
                rows[module] = Row(
                    layer: layer, own: Set(Self.names(in: cells[3])), foreign: Set(Self.names(in: cells[4])))
            }
        }
    }

    private static func names(in cell: Substring) -> [String] {
        let parts = cell.split(separator: "`", omittingEmptySubsequences: false)
        return parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) }
    }

    /// Rows that point sideways or up, or to a module without a row.
    func contradictions() -> [Finding] {
        rows.sorted { $0.key < $1.key }.flatMap { module, row in
            row.own.sorted().compactMap { target in
                guard let below = rows[target] else {
                    return Finding(path: module, line: 0, message: "imports \(target), which has no row in the table")
                }
                guard below.layer >= row.layer else { return nil }
                return Finding(
                    path: module, line: 0, message: "layer \(row.layer) imports \(target) of layer \(below.layer)")
            }
        }
    }

    /// Imports of a file below `Sources` that its module's row does not list.
    func violations(in file: SourceFile) -> [Finding] {
        guard file.isSwift, let module = file.module else { return [] }
        guard let row = rows[module] else {
            return [Finding(path: file.path, line: 0, message: "\(module) has no row in Docs/Architecture.md")]
        }
        let allowed = row.own.union(row.foreign).union(Self.always)
        return Self.imports(of: file).filter { !allowed.contains($0.module) }.map {
            Finding(path: file.path, line: $0.line, message: "\(module) may not import \($0.module)")
        }
    }

    /// Top-level module of every `import` line; `import struct Foundation.Data` counts as `Foundation`.
    static func imports(of file: SourceFile) -> [(line: Int, module: String)] {
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        return file.code.lines.enumerated().compactMap { index, line in
            let words = line.split { $0 == " " || $0 == "\t" }
            guard let keyword = words.firstIndex(of: "import") else { return nil }
            let target = words[(keyword + 1)...].first { !kinds.contains($0) }
            return target.map { (index + 1, String($0.prefix { $0 != "." })) }
        }
    }
}
