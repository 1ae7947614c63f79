/// The house rules that need no more than one file. Each returns where it is broken.
enum Rules {
    static let lineColumnsMax = 120
    static let functionLinesMax = 70
    static let fileLinesMax = 700

    static func lineLength(_ file: SourceFile) -> [Finding] {
        guard file.isSwift else { return [] }
        return file.lines.enumerated().filter { $0.element.count > lineColumnsMax }.map {
            Finding(
                path: file.path, line: $0.offset + 1, message: "\($0.element.count) columns, at most \(lineColumnsMax)")
        }
    }

    static func functionLength(_ file: SourceFile) -> [Finding] {
        guard file.isSwift else { return [] }
        let functions = DeclarationScanner(file.code).functions()
        return functions.filter { $0.lineCount > functionLinesMax }.map {
            let message = "a function of \($0.lineCount) lines, at most \(functionLinesMax): which two things is it?"
            return Finding(path: file.path, line: $0.firstLine, message: message)
        }
    }

    static func fileLength(_ file: SourceFile) -> [Finding] {
        guard file.isSwift, file.lines.count > fileLinesMax + 1 else { return [] }
        let message = "\(file.lines.count - 1) lines, at most \(fileLinesMax): which two things is this?"
        return [Finding(path: file.path, line: 0, message: message)]
    }

    /// Work left for later belongs into an issue. The words are put together here so that this file passes its rule.
    static func markers(_ file: SourceFile) -> [Finding] {
        let markers: Set<String> = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]
        return file.lines.enumerated().flatMap { index, line in
            line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.filter { markers.contains(String($0)) }.map {
                Finding(path: file.path, line: index + 1, message: "\($0): finish it, or write an issue")
            }
        }
    }

    /// Nothing that is shipped is a stub.
    static func stubs(_ file: SourceFile) -> [Finding] {
        find(["under " + "construction", "not " + "implemented yet"], in: file) { "\"\($0)\": nothing here is a stub" }
    }

    /// Constructs that turn an operating error or a type mistake into a trap, or switch the compiler's safety net off.
    static func unsafeConstructs(_ file: SourceFile) -> [Finding] {
        guard file.isSwift else { return [] }
        let constructs = ["try!", "as!", "unsafeFlags", "fatalError("]
        return find(constructs, in: file.code.lines, of: file.path) { "\($0) is not used in this code base" }
    }

    /// Paths that exist on one machine only.
    static func machinePaths(_ file: SourceFile) -> [Finding] {
        let paths = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "../sha" + "red"]
        return find(paths, in: file) { "\($0) exists on one machine only" }
    }

    static func finalNewline(_ file: SourceFile) -> [Finding] {
        guard !file.text.isEmpty, !file.text.hasSuffix("\n") else { return [] }
        return [Finding(path: file.path, line: file.lines.count, message: "no line break at the end of the file")]
    }

    /// Types that other modules see say what they are.
    static func documentation(_ file: SourceFile) -> [Finding] {
        guard file.isSwift, file.path.hasPrefix("Sources/") else { return [] }
        let lines = file.lines
        return DeclarationScanner(file.code).visibleTopLevelTypes()
            .filter { !isDocumented(line: $0.line, in: lines) }
            .map { Finding(path: file.path, line: $0.line, message: "\($0.name) has no doc comment") }
    }

    /// Pages that are named by their path and are not there.
    static func missingPages(_ file: SourceFile, exists: (String) -> Bool) -> [Finding] {
        file.lines.enumerated().flatMap { index, line in
            pages(namedIn: line).filter { !exists($0) }.map {
                Finding(path: file.path, line: index + 1, message: "\($0) does not exist")
            }
        }
    }

    private static func pages(namedIn line: Substring) -> [String] {
        line.split { !($0.isLetter || $0.isNumber || "/._-".contains($0)) }
            .filter { $0.hasPrefix("Docs/") }
            .map { $0.hasSuffix(".") ? $0.dropLast() : $0 }
            .filter { $0.hasSuffix(".md") }
            .map(String.init)
    }

    /// Attributes and conditional compilation may stand between the comment and the declaration.
    private static func isDocumented(line: Int, in lines: [Substring]) -> Bool {
        let above = lines[..<(line - 1)].reversed().first { text in
            let trimmed = text.drop { $0 == " " }
            return !trimmed.hasPrefix("@") && !trimmed.hasPrefix("#")
        }
        return above?.drop { $0 == " " }.hasPrefix("///") ?? false
    }

    private static func find(_ needles: [String], in file: SourceFile, message: (String) -> String) -> [Finding] {
        find(needles, in: file.lines, of: file.path, message: message)
    }

    private static func find(
        _ needles: [String], in lines: [Substring], of path: String, message: (String) -> String
    ) -> [Finding] {
        lines.enumerated().flatMap { index, line in
            needles.filter { line.contains($0) }.map {
                Finding(path: path, line: index + 1, message: message($0))
            }
        }
    }
}
