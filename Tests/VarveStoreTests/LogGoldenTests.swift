import Foundation
import Testing
import VarveBytes
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Logs of versions 1 and 3 and a catalogue of version 1, written down byte by byte from Docs/Format; every later
/// version must read them.
@Suite struct LogGoldenTests {
    private let world = SimulatedWorld(seed: 1)
    private let store = UUID16(high: 7, low: 9)

    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Golden")

    /// The bytes of a golden file: hexadecimal digits, `#` starts a comment.
    private func golden(_ name: String) throws -> [UInt8] {
        let text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
        let digits = text.split(separator: "\n").map { $0.prefix { $0 != "#" } }.joined()
        return try #require(Hex.decode(digits.filter { !$0.isWhitespace }), "\(name) is not hexadecimal")
    }

    /// A store of that identity with one more file in it.
    private func makeStore(
        _ bytes: [UInt8], at path: String, _ change: (inout Manifest) -> Void = { _ in }
    ) throws -> StoreEngine {
        let fileSystem = world.fileSystem
        for name in ["wal", "seg", "catalog", "tmp", "orphan", "manifest"] {
            try fileSystem.createDirectory("/data/\(name)")
        }
        var manifest = Manifest(storeUUID: store, createdNs: 0)
        manifest.generation = 1
        change(&manifest)
        try ManifestStore(store: "/data", fileSystem: fileSystem).install(manifest)
        try fileSystem.open(path, .createNew).write(bytes, at: 0)
        return try StoreEngine.open(at: "/data", options: StoreFixture.options, environment: world.environment)
    }

    @Test("a log of version 1 is read as it was written")
    func log() throws {
        let engine = try makeStore(try golden("wal-v1/log.hex"), at: "/data/wal/00000000000000000001.log")
        #expect(engine.damage.isEmpty && engine.readOnlyReason == nil)
        let now = StoreFixture.nowNs
        let a = [(now - 1, Double.infinity), (now, 1.5), (now + 10 * Nanoseconds.perSecond, 2)]
        let nan = Double(bitPattern: 0x7ff8_0000_0000_0001)
        let b = [(now - 1, nan), (now, -0.0), (now + 10 * Nanoseconds.perSecond, 3)]
        for (metric, rows) in [("a", a), ("b", b)] {
            let expected = rows.map { Observation(host: "h0", timestamp: $0.0, bits: $0.1.bitPattern) }
            #expect(try StoreFixture.read(engine.snapshot(), metric: metric) == expected)
        }
    }

    @Test("a log of version 3 is read with its rows of other kinds")
    func records() throws {
        var engine = try makeStore(try golden("wal-v3/log.hex"), at: "/data/wal/00000000000000000001.log")
        #expect(engine.damage.isEmpty && engine.readOnlyReason == nil)
        let now = StoreFixture.nowNs
        let bits = 2.5.bitPattern
        #expect(
            try StoreFixture.read(engine.snapshot(), metric: "a")
                == [Observation(host: "h0", timestamp: now, bits: bits)])
        let event: [SegmentColumnValues] = [
            .identifiers([UUID16(high: 1, low: 2)]), .strings([Array("PutKey".utf8)]), .strings([Array("kms".utf8)]),
            .strings([[]]), .strings([Array("AKIA".utf8)]), .stringLists([[Array("arn:a".utf8), []]]), .integers([1]),
            .bodies([Array(#"{"a":1}"#.utf8)]),
        ]
        let found = engine.bufferedRecords
        #expect(found.map(\.kind) == [.trail, .weighted, .key])
        #expect(found.map(\.timestamps) == [[now], [now, now - 1], [now, now + 1, now + 2]])
        #expect(found.map { $0.series.map(\.rawValue) } == [[1], [0, 0], [2, 2, 2]])
        #expect(found[0].columns == event)
        #expect(found[1].columns == [.floats([1.5, -0.0]), .floats([3, 1])])
        #expect(found[2].columns[2] == .bodies([64, 0, 200].map { Array(repeating: 97, count: $0) }))
        var again = RecordBatch(.weighted)
        again.token = RetryToken(bytes: Array("tok".utf8))
        for _ in 0..<2 {
            again.append(
                shape: RecordFixture.shape(.weighted, host: 0), timestamp: now, values: [.floats([1]), .floats([1])])
        }
        #expect(try engine.commit([.records(again)])[0].get().isRepetition)
    }

    @Test("a catalogue of version 1 is read as it was written")
    func catalogue() throws {
        let bytes = try golden("catalogue-v1/catalogue.hex")
        let engine = try makeStore(bytes, at: "/data/catalog/00000000000000000000.log") {
            $0.catalogueByteCount = UInt64(bytes.count)
        }
        let snapshot = engine.snapshot()
        let series = snapshot.series(in: .default, namespace: "test", metric: "b")
        #expect(series.map(\.rawValue) == [1, 3])
        #expect(series.map { snapshot.field(of: $0).unit } == [.percent, .percent])
        #expect(
            series.map { snapshot.source(of: $0).dimensions.map { "\($0.name)=\($0.value)" } }
                == [["host=h0"], ["host=aaaaaaaaaaaaaaaaaaaaaaaa", "zone=z"]])
    }
}
