import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// What no reader of the catalogue accepts is refused before the log has it.
@Suite struct NameExcessTests {
    private static func text(_ count: Int) -> String { String(repeating: "x", count: count) }

    private static func shape(
        account: String = "1", region: String = "r", namespace: String = "n", dimensions: [Dimension] = [],
        metric: String = "m"
    ) -> RowShape {
        let scope = Scope(account: account, region: region)
        let source = SourceKey(scope: scope, namespace: namespace, dimensions: dimensions)
        return RowShape(source: source, fields: [FieldKey(metric: metric)])
    }

    private static func dimensions(_ count: Int) -> [Dimension] {
        (0..<count).map { Dimension(name: "d\($0)", value: "v") }
    }

    /// One shape with the longest of everything, and one each with one byte or dimension more.
    private static let longest: [RowShape] = [
        shape(account: text(255), region: text(255), namespace: text(255), metric: text(255)),
        shape(dimensions: [Dimension(name: text(255), value: text(1_024))]),
        shape(dimensions: dimensions(255)),
    ]
    private static let excesses: [(RowShape, NameExcess)] = [
        (shape(account: text(256)), NameExcess(.account, 256, limit: 255)),
        (shape(region: text(256)), NameExcess(.region, 256, limit: 255)),
        (shape(namespace: text(256)), NameExcess(.namespace, 256, limit: 255)),
        (shape(dimensions: dimensions(256)), NameExcess(.dimensions, 256, limit: 255)),
        (
            shape(dimensions: [Dimension(name: text(256), value: "v")]),
            NameExcess(.dimensionName, 256, limit: 255)
        ),
        (
            shape(dimensions: [Dimension(name: "d", value: text(1_025))]),
            NameExcess(.dimensionValue, 1_025, limit: 1_024)
        ),
        (shape(metric: text(256)), NameExcess(.metric, 256, limit: 255)),
    ]

    private func batch(_ shapes: [RowShape], isDivisible: Bool = false) -> RowBatch {
        var batch = RowBatch()
        for shape in shapes { batch.append(shape: shape, timestamp: StoreFixture.nowNs, values: [1]) }
        batch.isDivisible = isDivisible
        return batch
    }

    @Test("a store refuses names that its readers would take for damage, and can be opened again")
    func excess() throws {
        let world = SimulatedWorld(seed: 1)
        var engine = try StoreEngine.open(
            at: "/data", options: StoreFixture.options, environment: world.environment)
        for (shape, excess) in Self.excesses {
            #expect(throws: StoreError.nameOutOfBounds(excess)) { try engine.commit([batch([shape])])[0].get() }
            let mixed = batch([shape, Self.longest[0]], isDivisible: true)
            let receipt = try engine.commit([mixed])[0].get()
            #expect(receipt.rows == 1 && receipt.refusal == .nameOutOfBounds(excess) && receipt.refusedShapes == [0])
        }
        _ = try engine.commit([batch(Self.longest)])[0].get()
        for round in 0..<2 {
            if round == 1 { try engine.flush() }
            let count = engine.catalogue.seriesCount
            engine.close()
            engine = try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: world.environment)
            #expect(engine.damage.isEmpty && engine.readOnlyReason == nil && engine.catalogue.seriesCount == count)
        }
    }

    @Test("rows with several columns obey the same limits on names")
    func records() throws {
        let world = SimulatedWorld(seed: 2)
        var engine = try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: world.environment)
        let source = SourceKey(namespace: Self.text(256), dimensions: [], kind: .metric)
        var batch = RecordBatch(.weighted)
        batch.append(
            shape: RowShape(source: source, fields: [FieldKey(metric: "m")]), timestamp: StoreFixture.nowNs,
            values: SegmentKind.weighted.schema.columns.map { column in
                column.type == .integer ? .integers([1]) : .floats([1])
            })
        #expect(throws: StoreError.nameOutOfBounds(NameExcess(.namespace, 256, limit: 255))) {
            try engine.commit([.records(batch)])[0].get()
        }
    }
}
