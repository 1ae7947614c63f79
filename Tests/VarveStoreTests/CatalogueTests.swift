import Testing
import VarveBytes
import VarveModel
import VarveStore
import VarveTestKit

@Suite struct CatalogueTests {
    private func resolve(_ catalogue: Catalogue, _ shape: RowShape) throws -> (UInt32, [CatalogueRecord]) {
        var records: [CatalogueRecord] = []
        return (try catalogue.resolve(shape, seriesMax: 100, records: &records), records)
    }

    @Test("a known shape creates nothing")
    func known() throws {
        let catalogue = Catalogue()
        let (first, records) = try resolve(catalogue, StoreFixture.shape(host: 1))
        #expect(records.count == 3)
        let (second, none) = try resolve(catalogue, StoreFixture.shape(host: 1))
        #expect(first == second && none.isEmpty)
        #expect(catalogue.seriesCount == 2)
    }

    @Test("applying the records in another catalogue gives the same answers, also twice")
    func replay() throws {
        let (original, copy) = (Catalogue(), Catalogue())
        var records: [CatalogueRecord] = []
        for host in 0..<3 {
            for fields in [["a", "b"], ["b", "c"]] {
                records += try resolve(original, StoreFixture.shape(host: host, fields: fields)).1
            }
        }
        for record in records + records { try copy.apply(record) }
        #expect(copy.seriesCount == 9)
        for metric in ["a", "b", "c"] {
            let series = original.series(in: .default, namespace: "test", metric: metric)
            #expect(copy.series(in: .default, namespace: "test", metric: metric) == series)
            #expect(series.map { copy.source(of: $0) } == series.map { original.source(of: $0) })
        }
    }

    @Test("records survive their encoding")
    func encoding() throws {
        let catalogue = Catalogue()
        var records: [CatalogueRecord] = []
        for fields in [["a", "b"], ["c", "a", "d"]] {
            records += try resolve(catalogue, StoreFixture.shape(host: 1, fields: fields)).1
        }
        var writer = ByteWriter()
        for record in records { record.encode(into: &writer) }
        var cursor = ByteCursor(writer.bytes.span.bytes)
        for record in records {
            let decoded = try CatalogueRecord(decoding: &cursor)
            #expect(decoded == record)
        }
        let isAtEnd = cursor.isAtEnd
        #expect(isAtEnd)
    }

    @Test("contradictions are refused and change nothing")
    func contradictions() throws {
        let catalogue = Catalogue()
        _ = try resolve(catalogue, StoreFixture.shape(host: 1))
        let other = SourceKey(namespace: "other", dimensions: [])
        let bad: [CatalogueRecord] = [
            .source(ordinal: 0, other), .source(ordinal: 2, other), .fieldList(ordinal: 0, [FieldKey(metric: "z")]),
            .fieldList(ordinal: 1, []), .shape(ordinal: 1, source: 5, fieldList: 0, series: []),
            .shape(ordinal: 1, source: 0, fieldList: 0, series: [SeriesID(rawValue: 1), SeriesID(rawValue: 0)]),
            .shape(ordinal: 1, source: 0, fieldList: 0, series: [SeriesID(rawValue: 7), SeriesID(rawValue: 8)]),
        ]
        for record in bad { #expect(throws: CatalogueError.self, "\(record)") { try catalogue.apply(record) } }
        #expect(catalogue.seriesCount == 2)
    }

    @Test("dimension order does not matter, anything else does")
    func identity() throws {
        func shape(_ dimensions: [(String, String)], unit: Unit = .none) -> RowShape {
            RowShape(
                source: SourceKey(namespace: "n", dimensions: dimensions.map { Dimension(name: $0.0, value: $0.1) }),
                fields: [FieldKey(metric: "m", unit: unit)])
        }
        let catalogue = Catalogue()
        let (first, _) = try resolve(catalogue, shape([("a", "1"), ("b", "2")]))
        #expect(try resolve(catalogue, shape([("b", "2"), ("a", "1")])).0 == first)
        #expect(try resolve(catalogue, shape([("a", "1")])).0 != first)
        #expect(try resolve(catalogue, shape([("a", "1"), ("b", "2")], unit: .bytes)).0 != first)
        #expect(catalogue.seriesCount == 3)
    }

    @Test("random bytes are refused or decoded, never trapped", arguments: 0..<200)
    func noise(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let bytes = (0..<40).map { _ in UInt8.random(in: 0...(Bool.random(using: &random) ? 3 : 255), using: &random) }
        var cursor = ByteCursor(bytes.span.bytes)
        while !cursor.isAtEnd, (try? CatalogueRecord(decoding: &cursor)) != nil {}
    }
}
