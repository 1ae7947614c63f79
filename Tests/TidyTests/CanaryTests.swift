import Testing

/// Proves that each rule can fail: a check that finds nothing in a bad file would pass for ever.
@Suite struct CanaryTests {
    @Test("an import that the table does not list is found, comments and strings are not taken for imports")
    func imports() {
        let table = ImportTable(
            markdown: """
                ## Import directions
                | Layer | Module | Imports | Others |
                |---|---|---|---|
                | 1 | `VarveBytes` | – | – |
                | 4 | `VarveStore` | `VarveBytes` | `CLZ4` |
                """)
        let file = swift(
            """
            import VarveBytes
            // import Foundation
            package import NIOCore
            import struct Foundation.Data
            let text = "import Darwin"
            import CLZ4
            """, path: "Sources/VarveStore/Bad.swift")
        #expect(table.violations(in: file).map(\.line) == [3, 4])
        #expect(table.violations(in: swift("", path: "Sources/VarveNew/A.swift")).count == 1)
    }

    @Test("a row that points upwards or nowhere is found")
    func contradictions() {
        let table = ImportTable(
            markdown: """
                ## Import directions
                | 1 | `VarveBytes` | `VarveStore` | – |
                | 4 | `VarveStore` | `VarveGone` | – |
                """)
        #expect(table.contradictions().map(\.path) == ["VarveBytes", "VarveStore"])
    }

    @Test("long lines, functions and files are found")
    func lengths() {
        #expect(Rules.lineLength(swift(String(repeating: "a", count: 121))).count == 1)
        #expect(Rules.lineLength(swift(String(repeating: "–", count: 120))).isEmpty)
        #expect(Rules.functionLength(swift(function(lines: 71))).map(\.line) == [2])
        #expect(Rules.functionLength(swift(function(lines: 70))).isEmpty)
        #expect(Rules.fileLength(swift(String(repeating: "\n", count: 701))).count == 1)
        #expect(Rules.fileLength(swift(String(repeating: "\n", count: 700))).isEmpty)
    }

    @Test("bodies of operators, initialisers, subscripts and computed properties count as functions")
    func functionForms() {
        let source = """
            struct A {
                init?(_ text: String) throws(E) where T: P {
                }
                static func == (left: A, right: A) -> Bool { true }
                subscript(index: Int) -> Int { index }
                var sum: Int { 1 }
                var stored = [1].map { $0 }
                deinit { self.init() }
            }
            protocol P { func required(_: Int) }
            """
        let extents = DeclarationScanner(SwiftText(source)).functions()
        #expect(extents.map(\.firstLine) == [2, 4, 5, 6, 8])
        #expect(extents.map(\.lineCount) == [2, 1, 1, 1, 1])
    }

    @Test("comments, strings and interpolations are blanked, code is not")
    func blanking() {
        let source = #"a /* b /* c */ d */ e "f \(g("h")) i" j // k"#
        #expect(SwiftText(source).text.split(separator: " ") == ["a", "e", "j"])
        let raw = ##"x #"one " two \ three"# y """ z" """ w"##
        #expect(SwiftText(raw).text.split(separator: " ") == ["x", "y", "w"])
        #expect(SwiftText(source).bytes.count == source.utf8.count)
    }

    @Test("markers, stubs, traps and machine paths are found")
    func words() {
        #expect(Rules.markers(swift("a // TO" + "DO: later")).count == 1)
        #expect(Rules.markers(swift("let template = \"XX" + "XXXX\"")).isEmpty)
        #expect(Rules.stubs(swift("preconditionFailure(\"under " + "construction\")")).count == 1)
        #expect(Rules.unsafeConstructs(swift("let a = try! b() as! C")).count == 2)
        #expect(Rules.unsafeConstructs(swift("// try! is not used")).isEmpty)
        #expect(Rules.machinePaths(swift("open(\"/ro" + "ot/.profile\")")).count == 1)
    }

    @Test("missing line breaks, doc comments and pages are found")
    func omissions() {
        #expect(Rules.finalNewline(swift("let a = 1")).count == 1)
        let types = swift(
            """
            /// Documented.
            @frozen
            package struct A { package struct Inner {} }
            package enum B {}
            struct C {}
            """, path: "Sources/VarveIO/Bad.swift")
        #expect(Rules.documentation(types).map(\.line) == [4])
        let page = swift("/// Format: Docs/For" + "mat/gone.md, and Docs/For" + "mat/here.md.")
        let missing = Rules.missingPages(page, exists: { $0.hasSuffix("here.md") })
        #expect(missing.map(\.message) == ["Docs/For" + "mat/gone.md does not exist"])
    }

    private func swift(_ text: String, path: String = "Sources/VarveIO/Bad.swift") -> SourceFile {
        SourceFile(path: path, text: text)
    }

    /// A struct with one function of `lines` lines, braces included.
    private func function(lines: Int) -> String {
        "struct A {\nfunc long() {\n" + String(repeating: "\n", count: lines - 2) + "}\n}\n"
    }
}
