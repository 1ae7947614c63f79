import Testing
import VarveModel
import VarveTestKit

@testable import VarveAlarms

/// The graph of composite alarms against one that looks at everything after each change.
@Suite struct CompositeGraphTests {
    private func definition(_ name: String, _ children: [String]) throws -> CompositeAlarmDefinition {
        let rule = children.isEmpty ? "FALSE" : children.map { "ALARM(\($0))" }.joined(separator: " OR ")
        return try Fixture.composite(#"{"AlarmName":"\#(name)","AlarmRule":"\#(rule)"}"#)
    }

    /// Members of circles, from the definition: whoever gets back to itself.
    private func cyclic(_ children: [String: Set<String>]) -> Set<String> {
        Set(
            children.keys.filter { start in
                var seen: Set<String> = []
                var open = Array(children[start] ?? [])
                while let name = open.popLast() {
                    if seen.insert(name).inserted { open += children[name] ?? [] }
                }
                return seen.contains(start)
            })
    }

    @Test("members of circles, parents and children are right after any changes, and after undoing them")
    func model() throws {
        try forEvery("seed", in: 1...(60 as UInt64)) { seed in
            var random = SplitMix64(seed: seed)
            var graph = CompositeGraph()
            var children: [String: Set<String>] = [:]
            for step in 0..<60 {
                let name = "n\(Int.random(in: 0..<8, using: &random))"
                let before = graph
                let links = graph.links(of: name)
                if step % 7 == 6 {
                    graph.remove(name)
                    children[name] = nil
                } else {
                    let count = Int.random(in: 0...3, using: &random)
                    var named: Set<String> = []
                    for _ in 0..<count { named.insert("n\(Int.random(in: 0..<8, using: &random))") }
                    named.remove(name)
                    graph.set(try definition(name, named.sorted()))
                    children[name] = named
                }
                #expect(graph.cyclic == Set(names: cyclic(children)), "\(Trail.here), step \(step)")
                for one in 0..<8 {
                    let namers = children.filter { $0.value.contains("n\(one)") }.map(\.key)
                    #expect(graph.composites(naming: "n\(one)") == Set(names: namers))
                    #expect(graph.children(of: "n\(one)") == (children["n\(one)"] ?? []).sorted())
                }
                var undone = graph
                undone.restore(NameKey(name), links)
                #expect(undone == before, "\(Trail.here), step \(step)")
            }
        }
    }
}
