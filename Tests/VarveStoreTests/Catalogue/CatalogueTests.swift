import Testing
import VarveBytes
import VarveModel
import VarveStore
import VarveTestKit

@Suite struct CatalogueTests {
    private func resolve(_ catalogue: Catalogue, _ shape: RowShape) throws -> (UInt32, [CatalogueRecord]) {
        var records: [CatalogueRecord] = []
        return (try catalogue.resolve(shape, limits: SeriesLimits(total: 100), nowNs: 0, records: &records), records)
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
            let counts = original.counts
            let series = original.series(in: .default, namespace: "test", metric: metric, counts: counts)
            #expect(copy.series(in: .default, namespace: "test", metric: metric, counts: counts) == series)
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

    @Test("canonically equivalent spellings are different series")
    func bytes() throws {
        let catalogue = Catalogue()
        let spellings = ["caf\u{e9}", "cafe\u{301}"]
        let shapes = spellings.map { value in
            RowShape(
                source: SourceKey(namespace: "n", dimensions: [Dimension(name: "place", value: value)]),
                fields: [FieldKey(metric: "m")])
        }
        #expect(shapes[0].source != shapes[1].source)
        let numbers = try shapes.map { try resolve(catalogue, $0).0 }
        #expect(numbers == [0, 1])
        #expect(try resolve(catalogue, shapes[1]).0 == 1)
        let values = (0..<2).map { catalogue.source(of: SeriesID(rawValue: $0)).dimensions[0].value.utf8.count }
        #expect(values == [5, 6])
        let metrics = spellings.map { FieldKey(metric: $0) }
        #expect(metrics[0] != metrics[1])
        _ = try resolve(catalogue, RowShape(source: shapes[0].source, fields: metrics))
        #expect(catalogue.seriesCount == 4)
    }

    @Test("a source of another kind is another source")
    func kinds() throws {
        let catalogue = Catalogue()
        for kind in SeriesKind.allCases {
            let source = SourceKey(namespace: "n", dimensions: [], kind: kind)
            let (_, records) = try resolve(catalogue, RowShape(source: source, fields: [FieldKey(metric: "m")]))
            var writer = ByteWriter()
            for record in records { record.encode(into: &writer) }
            var cursor = ByteCursor(writer.bytes.span.bytes)
            for record in records {
                let decoded = try CatalogueRecord(decoding: &cursor)
                #expect(decoded == record)
            }
        }
        #expect(catalogue.seriesCount == 4)
        #expect((0..<4).map { catalogue.source(of: SeriesID(rawValue: $0)).kind } == SeriesKind.allCases)
    }

    @Test("activity and replacements survive their encoding")
    func laterRecords() throws {
        let key = SourceKey(namespace: "n", dimensions: [Dimension(name: "a", value: "b")])
        let records: [CatalogueRecord] = [
            .source(ordinal: 7, key, replaces: 3), .activity(day: 20_000, [0..<1, 5..<900, 901..<(.max)]),
            .activity(day: 1, []),
        ]
        var writer = ByteWriter()
        for record in records { record.encode(into: &writer) }
        var cursor = ByteCursor(writer.bytes.span.bytes)
        for record in records {
            let decoded = try CatalogueRecord(decoding: &cursor)
            #expect(decoded == record)
        }
    }

    // MARK: Limits

    private func refusal(_ body: () throws -> Void) -> StoreError? {
        do {
            try body()
            return nil
        } catch {
            return error as? StoreError
        }
    }

    @Test("a namespace has a limit of its own, and the dimension with the most values is named")
    func namespaceLimit() throws {
        let catalogue = Catalogue()
        var limits = SeriesLimits(total: 1_000)
        limits.perNamespace = 300
        var records: [CatalogueRecord] = []
        func create(_ number: Int, namespace: String) throws {
            let source = SourceKey(
                namespace: namespace,
                dimensions: [Dimension(name: "pod_id", value: "p\(number)"), Dimension(name: "zone", value: "z")])
            let shape = RowShape(source: source, fields: [FieldKey(metric: "m")])
            _ = try catalogue.resolve(shape, limits: limits, nowNs: 0, records: &records)
        }
        for number in 0..<300 { try create(number, namespace: "a") }
        let offender = DimensionCount(name: "pod_id", valueCount: 300)
        let error = refusal { try create(300, namespace: "a") }
        #expect(error == .tooManySeries(limit: 300, namespace: "a", SeriesRefusal(.namespace, offender: offender)))
        #expect(
            error?.description == "namespace \"a\" has reached its limit of 300 series; dimension \"pod_id\" has 300 "
                + "values; existing series are still accepted")
        try create(5, namespace: "a")
        try create(300, namespace: "b")
        #expect(catalogue.seriesCount == 301)
    }

    @Test("new series of a namespace come no faster than its bucket refills")
    func rate() throws {
        let catalogue = Catalogue()
        var limits = SeriesLimits(total: 1_000_000)
        limits.burst = 10
        limits.refillPerMinute = 6
        var records: [CatalogueRecord] = []
        var number = 0
        func create(atSecond second: Int64) -> Bool {
            number += 1
            let shape = StoreFixture.shape(host: number, fields: ["a"])
            let now = second * Nanoseconds.perSecond
            return (try? catalogue.resolve(shape, limits: limits, nowNs: now, records: &records)) != nil
        }
        // The first one of a namespace comes before its bucket.
        #expect((0..<20).count { _ in create(atSecond: 0) } == 11)
        #expect((0..<5).count { _ in create(atSecond: 29) } == 2)
        #expect((0..<5).count { _ in create(atSecond: 30) } == 1)
        #expect((0..<5).count { _ in create(atSecond: 20) } == 0)
        #expect((0..<30).count { _ in create(atSecond: 100_000) } == 10)
    }

    @Test("the report counts series by namespace, metric and dimension, largest first")
    func cardinality() throws {
        let catalogue = Catalogue()
        for host in 0..<5 { _ = try resolve(catalogue, StoreFixture.shape(host: host)) }
        for host in 0..<3 {
            _ = try resolve(catalogue, StoreFixture.shape(host: host, fields: ["a"], namespace: "other"))
        }
        let report = catalogue.cardinality(top: 2)
        #expect(report.seriesCount == 13 && report.sourceCount == 8)
        #expect(report.namespaces.map(\.namespace) == ["test", "other"])
        #expect(report.namespaces.map(\.seriesCount) == [10, 3])
        #expect(report.metrics.map(\.metric) == ["a", "b"] && report.metrics.map(\.seriesCount) == [5, 5])
        #expect(report.dimensions == [DimensionCount(name: "host", valueCount: 5)])
    }

    @Test("random bytes are refused or decoded, never trapped", arguments: 0..<200)
    func noise(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let bytes = (0..<40).map { _ in UInt8.random(in: 0...(Bool.random(using: &random) ? 3 : 255), using: &random) }
        var cursor = ByteCursor(bytes.span.bytes)
        while !cursor.isAtEnd, (try? CatalogueRecord(decoding: &cursor)) != nil {}
    }
}
