import VarveBytes
import VarveCodec
import VarveIO
import VarveModel

/// Writes everything that a catalogue knows into one file, in columns. Runs on the flush thread, beside a writer that
/// goes on adding: what `counts` cover never changes.
///
/// Sources that were retired long ago, their shapes, series and names are left out; their numbers stay unused.
struct CheckpointWriter {
    private let tables: CatalogueTables
    private let counts: CatalogueCounts
    private let dropBefore: UInt32
    private var days: [UInt32: UInt32]
    /// Numbers in the file; ``CatalogueTables/none`` for what is left out.
    private var nameNumbers: [UInt32]
    private var pairNumbers: [UInt32]
    private var fieldNumbers: [UInt32]

    /// - Parameters:
    ///   - days: activity that the tables do not have yet.
    ///   - dropBefore: retired sources without data since that day are left out.
    init(tables: CatalogueTables, counts: CatalogueCounts, days: [SourceDay], dropBefore: UInt32) {
        self.tables = tables
        self.counts = counts
        self.dropBefore = dropBefore
        self.days = Dictionary(days.map { ($0.source, $0.day) }) { max($0, $1) }
        (nameNumbers, pairNumbers, fieldNumbers) = ([], [], [])
        numberUsed()
    }

    /// Writes the file under `path` and makes its content durable. Returns its length.
    func write(
        path: String, store: UUID16, generation: UInt64, fileSystem: any FileSystem
    ) throws(DiskError) -> Int {
        let file = try fileSystem.open(path, .createOrOpen)
        try file.truncate(0)
        var output = Output(file: file)
        try writeSections(&output)
        try output.pad()
        try file.write(header(output, store: store, generation: generation), at: 0)
        try file.sync()
        try file.close()
        return output.end
    }

    private func header(_ output: Output, store: UUID16, generation: UInt64) -> [UInt8] {
        var writer = ByteWriter(capacity: CheckpointFormat.headerByteCount)
        writer.write(CheckpointFormat.magic)
        writer.write(output.isPadded ? CheckpointFormat.version : 1)
        writer.write(UInt16(0))
        writer.write(UInt32(output.sectionCount))
        writer.write(store)
        writer.write(generation)
        writer.write(UInt64(output.end))
        writer.write(contentsOf: repeatElement(0, count: 12))
        writer.write(CRC32C.checksum(writer.bytes))
        return writer.bytes
    }

    private struct Output {
        let file: any File
        var end = CheckpointFormat.headerByteCount
        var sectionCount = 0
        var memory = CheckpointMemory()
        private(set) var isPadded = false

        init(file: any File) { self.file = file }

        mutating func add(
            _ kind: CheckpointFormat.Section, count: Int, _ content: ByteWriter
        ) throws(DiskError) {
            memory.add(items: count)
            let compressed = content.bytes.withUnsafeBytes {
                LZ4.compress($0, level: .high, byteCountLimit: content.count - 1)
            }
            try write(kind, count: count, content.count, compressed, else: content.bytes)
        }

        /// Makes a file as long as its reader wants it for what it holds.
        mutating func pad() throws(DiskError) {
            var missing = memory.padding(ofFile: end)
            isPadded = missing > 0
            while missing > 0 {
                let zeros = [UInt8](repeating: 0, count: min(missing, CheckpointFormat.nameBytesTarget))
                try write(.padding, count: 0, zeros.count, nil, else: zeros)
                missing -= zeros.count
            }
        }

        private mutating func write(
            _ kind: CheckpointFormat.Section, count: Int, _ rawByteCount: Int, _ compressed: [UInt8]?,
            else raw: [UInt8]
        ) throws(DiskError) {
            let stored = compressed ?? raw
            var rest = ByteWriter(capacity: stored.count + CheckpointFormat.sectionHeaderByteCount)
            rest.write(kind.rawValue)
            rest.write(compressed == nil ? 0 : CheckpointFormat.compressedFlag)
            rest.write(UInt32(rawByteCount))
            rest.write(UInt32(stored.count))
            rest.write(UInt32(count))
            rest.write(contentsOf: stored)
            var section = ByteWriter(capacity: rest.count + 4)
            section.write(CRC32C.checksum(rest.bytes))
            section.write(contentsOf: rest.bytes)
            try file.write(section.bytes, at: end)
            end += section.count
            sectionCount += 1
        }
    }

    // MARK: What is kept

    private func day(of source: Int) -> UInt32 {
        let known = tables.activity(of: UInt32(source))
        if known & CatalogueTables.retiredFlag != 0 { return known }
        return max(known, days[UInt32(source)] ?? 0)
    }

    private func isKept(_ source: UInt32) -> Bool {
        guard source != CatalogueTables.none, tables.sources[source].space != CatalogueTables.none else { return false }
        let day = day(of: Int(source))
        return day & CatalogueTables.retiredFlag == 0 || day & ~CatalogueTables.retiredFlag >= dropBefore
    }

    private mutating func numberUsed() {
        var names = [Bool](repeating: false, count: tables.names.count)
        var pairs = [Bool](repeating: false, count: tables.pairs.count)
        var fields = [Bool](repeating: false, count: tables.fields.count)
        for space in 0..<counts.spaces {
            let row = tables.spaces[space]
            for name in [row.account, row.region, row.namespace] { names[Int(name)] = true }
        }
        for source in 0..<UInt32(counts.sources) where isKept(source) {
            for pair in tables.pairs(of: source) { pairs[Int(pair)] = true }
        }
        for pair in pairs.indices where pairs[pair] {
            names[Int(tables.pairs[pair].name)] = true
            names[Int(tables.pairs[pair].value)] = true
        }
        for list in 0..<UInt32(counts.fieldLists) {
            for field in tables.fields(ofList: list) { fields[Int(field)] = true }
        }
        for field in fields.indices where fields[field] { names[Int(tables.fields[field].name)] = true }
        (nameNumbers, pairNumbers, fieldNumbers) = (Self.number(names), Self.number(pairs), Self.number(fields))
    }

    /// Consecutive numbers for what is used.
    private static func number(_ isUsed: [Bool]) -> [UInt32] {
        var next: UInt32 = 0
        return isUsed.map { isUsed in
            guard isUsed else { return CatalogueTables.none }
            defer { next += 1 }
            return next
        }
    }

    // MARK: Sections

    private func writeSections(_ output: inout Output) throws(DiskError) {
        var totals = ByteWriter()
        for total in [counts.sources, counts.fieldLists, counts.shapes, counts.series] { totals.writeCount(total) }
        try output.add(.totals, count: 1, totals)
        try writeNames(&output)
        try add(.spaces, Array(0..<UInt32(counts.spaces)), &output) { spaces, writer in
            let rows = spaces.map { tables.spaces[$0] }
            writer.column(rows.map { nameNumbers[Int($0.account)] })
            writer.column(rows.map { nameNumbers[Int($0.region)] })
            writer.column(rows.map { nameNumbers[Int($0.namespace)] })
            writer.column(rows.map { UInt32($0.kind) })
        }
        try add(.pairs, used(pairNumbers), &output) { pairs, writer in
            writer.column(pairs.map { nameNumbers[Int(tables.pairs[$0].name)] })
            writer.column(pairs.map { nameNumbers[Int(tables.pairs[$0].value)] })
        }
        try add(.fields, used(fieldNumbers), &output) { fields, writer in
            writer.column(fields.map { nameNumbers[Int(tables.fields[$0].name)] })
            writer.column(fields.map { UInt32(tables.fields[$0].unit) })
            writer.column(fields.map { UInt32(tables.fields[$0].resolution) })
        }
        let lists = Array(0..<UInt32(counts.fieldLists))
        output.memory.add(places: lists.reduce(0) { $0 + Int(tables.fieldLists[$1].count) })
        try add(.fieldLists, lists, itemsMax: CheckpointFormat.listsMax, &output) { lists, writer in
            writer.column(lists.map { tables.fieldLists[$0].count })
            writer.column(lists.flatMap { list in tables.fields(ofList: list).map { fieldNumbers[Int($0)] } })
        }
        try add(.metrics, Array(0..<UInt32(counts.metrics)), &output) { metrics, writer in
            writer.column(metrics.map { tables.metrics[$0].space })
            writer.column(metrics.map { fieldNumbers[Int(tables.metrics[$0].field)] })
        }
        try writeSources(&output)
        try writeShapes(&output)
    }

    private func used(_ numbers: [UInt32]) -> [UInt32] {
        numbers.indices.filter { numbers[$0] != CatalogueTables.none }.map { UInt32($0) }
    }

    /// Cuts items into sections.
    private func add(
        _ kind: CheckpointFormat.Section, _ items: [UInt32], itemsMax: Int = CheckpointFormat.itemsMax,
        _ output: inout Output, _ encode: (ArraySlice<UInt32>, inout ByteWriter) -> Void
    ) throws(DiskError) {
        for start in stride(from: 0, to: items.count, by: itemsMax) {
            let part = items[start..<min(start + itemsMax, items.count)]
            var writer = ByteWriter()
            encode(part, &writer)
            try output.add(kind, count: part.count, writer)
        }
    }

    /// Each name without what it shares with the one before: names that are made by counting are nearly gone then.
    private func writeNames(_ output: inout Output) throws(DiskError) {
        var (shared, lengths, rest) = ([UInt32](), [UInt32](), ByteWriter())
        var previous: UnsafeRawBufferPointer?
        func section() -> ByteWriter {
            var writer = ByteWriter(capacity: rest.count)
            writer.column(shared)
            writer.column(lengths)
            writer.write(contentsOf: rest.bytes)
            return writer
        }
        for name in used(nameNumbers) {
            let bytes = tables.names.bytes(name)
            output.memory.add(nameByteCount: bytes.count)
            let common = previous.map { zip($0, bytes).prefix { $0 == $1 }.count } ?? 0
            shared.append(UInt32(common))
            lengths.append(UInt32(bytes.count - common))
            rest.write(raw: UnsafeRawBufferPointer(rebasing: bytes[common...]))
            previous = bytes
            if shared.count == CheckpointFormat.itemsMax || rest.count >= CheckpointFormat.nameBytesTarget {
                try output.add(.names, count: shared.count, section())
                (shared, lengths, rest, previous) = ([], [], ByteWriter(), nil)
            }
        }
        if !shared.isEmpty { try output.add(.names, count: shared.count, section()) }
    }

    /// Dimensions by position: the first dimension of all sources, then the second one …: neighbours have the same name
    /// there, and often the same value.
    private func writeSources(_ output: inout Output) throws(DiskError) {
        let kept = (0..<UInt32(counts.sources)).filter { isKept($0) }
        output.memory.add(places: kept.reduce(0) { $0 + Int(tables.sources[$1].pairCount) })
        try add(.sources, kept, &output) { sources, writer in
            let rows = sources.map { tables.sources[$0] }
            writer.column(Array(sources))
            writer.column(rows.map(\.space))
            writer.column(sources.map { day(of: Int($0)) })
            writer.column(rows.map(\.pairCount))
            for position in 0..<(rows.map(\.pairCount).max() ?? 0) {
                let longer = rows.filter { $0.pairCount > position }
                writer.column(longer.map { pairNumbers[Int(tables.sourcePairs[$0.pairStart + position])] })
            }
        }
    }

    private func writeShapes(_ output: inout Output) throws(DiskError) {
        let kept = (0..<UInt32(counts.shapes)).filter { isKept(tables.shapes[$0].source) }
        output.memory.add(places: kept.reduce(0) { $0 + Int(tables.shapeWidths[$1]) })
        try add(.shapes, kept, itemsMax: CheckpointFormat.listsMax, &output) { shapes, writer in
            writer.column(Array(shapes))
            writer.column(shapes.map { tables.shapes[$0].source })
            writer.column(shapes.map { tables.shapes[$0].fieldList })
            var previous: Int64 = -1
            let differences = shapes.flatMap { shape in
                tables.series(ofShape: shape).map { series in
                    defer { previous = Int64(series.rawValue) }
                    return Int64(series.rawValue) - previous - 1
                }
            }
            differences.withUnsafeBufferPointer { IntegerStream.encode($0, into: &writer) }
        }
    }
}

extension ByteWriter {
    /// An integer stream of as many numbers as the reader expects.
    fileprivate mutating func column(_ numbers: [UInt32]) {
        numbers.map { Int64($0) }.withUnsafeBufferPointer { IntegerStream.encode($0, into: &self) }
    }
}
