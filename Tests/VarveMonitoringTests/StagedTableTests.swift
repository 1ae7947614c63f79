import Testing
import VarveModel
import VarveMonitoring

@Suite struct StagedTableTests {
    @Test("what is staged is seen at once, and is durable or forgotten as a whole")
    func stages() {
        var table = StagedTable<Int>()
        table.load("a", 1)
        table.load("b", 2)
        table["a"] = 10
        table["b"] = nil
        table["c"] = 3
        #expect(table.count == 2)
        #expect(table["a"] == 10 && table["b"] == nil && table["c"] == 3)
        #expect(table.current == ["a": 10, "c": 3] && table.durable == ["a": 1, "b": 2])
        table["never"] = nil
        table["c"] = 4
        #expect(table.count == 2)
        table.discard()
        #expect(table.count == 2)
        #expect(table.current == ["a": 1, "b": 2] && !table.hasChanges)
        table["b"] = nil
        let changes = table.commit()
        #expect(changes.count == 1 && changes[0].name == "b" && changes[0].before == 2 && changes[0].after == nil)
        #expect(table.durable == ["a": 1] && table.count == 1)
    }
}
