import Testing

/// The repository checks itself. What each rule is for: CONTRIBUTING.md, "House rules".
@Suite struct TidyTests {
    @Test("the source tree is found")
    func sourceTree() {
        #expect(SourceTree.exists("Package.swift"))
        #expect(SourceTree.modules.contains("VarveStore"))
        #expect(SourceTree.swiftFiles.count > 30)
    }

    @Test("every import points downwards, as Docs/Architecture.md says")
    func imports() {
        let table = ImportTable(markdown: SourceTree.architecture)
        expectNone(table.contradictions())
        expectNone(SourceTree.swiftFiles.flatMap(table.violations(in:)))
    }

    @Test("every module has a row in Docs/Architecture.md, and every row a module")
    func tableIsComplete() {
        let rows = ImportTable(markdown: SourceTree.architecture).rows.keys.sorted()
        #expect(rows == SourceTree.modules)
    }

    @Test("nothing that an embedding program links imports Foundation or NIO")
    func engineIsSmall() {
        let rows = ImportTable(markdown: SourceTree.architecture).rows
        let heavy = rows.filter { row in
            row.value.foreign.contains { $0.hasPrefix("Foundation") || $0.hasPrefix("NIO") }
        }
        #expect(Set(heavy.keys).isSubset(of: ["VarveDelivery", "VarveServer", "VarveREPL", "VarveCommand", "varve"]))
    }

    @Test("lines are at most 120 columns")
    func lineLength() { expectNone(SourceTree.files.flatMap(Rules.lineLength)) }

    @Test("functions are at most 70 lines")
    func functionLength() { expectNone(SourceTree.files.flatMap(Rules.functionLength)) }

    @Test("files are at most 700 lines")
    func fileLength() { expectNone(SourceTree.files.flatMap(Rules.fileLength)) }

    @Test("no marker of unfinished work is left")
    func markers() { expectNone(SourceTree.files.flatMap(Rules.markers)) }

    @Test("nothing is a stub")
    func stubs() { expectNone(SourceTree.files.flatMap(Rules.stubs)) }

    @Test("no forced try, forced cast or unsafe compiler flag")
    func unsafeConstructs() { expectNone(SourceTree.files.flatMap(Rules.unsafeConstructs)) }

    @Test("no path of somebody's machine is written down")
    func machinePaths() { expectNone(SourceTree.files.flatMap(Rules.machinePaths)) }

    @Test("files end with a line break")
    func finalNewline() { expectNone(SourceTree.files.flatMap(Rules.finalNewline)) }

    @Test("types that other modules see have a doc comment")
    func documentation() { expectNone(SourceTree.files.flatMap(Rules.documentation)) }

    @Test("every page that is named exists")
    func missingPages() {
        expectNone(SourceTree.files.flatMap { Rules.missingPages($0, exists: SourceTree.exists) })
    }

    private func expectNone(_ findings: [Finding], sourceLocation: SourceLocation = #_sourceLocation) {
        if !findings.isEmpty { Issue.record("\(findings.listing)", sourceLocation: sourceLocation) }
    }
}
