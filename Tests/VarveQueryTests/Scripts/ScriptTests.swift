import Foundation
import Testing
import VarveQuery

@Suite struct ScriptTests {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Scripts")

    private static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        return files.filter { $0.hasSuffix(".varve") }.sorted()
    }()

    @Test("scripts are found") func found() { #expect(Self.names.count >= 8) }

    @Test("a script gives what it says, wherever its rows lie", arguments: names, ScriptRun.Layout.allCases)
    func script(name: String, layout: ScriptRun.Layout) throws {
        let text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
        let script = try Script(text)
        var run = try ScriptRun(layout)
        try run.run(script)
        #expect(run.complaints.isEmpty, "\(name) \(layout):\n\(run.complaints.joined(separator: "\n"))")
    }
}
