package import VarveBytes
package import VarveModel

/// One fact of the catalogue. Facts are only ever added, each naming the number it defines, so that applying a record
/// twice is harmless. Format: Docs/Format/catalogue.md, "Records"; the same bytes travel in WAL groups.
package enum CatalogueRecord: Equatable, Sendable {
    /// A source; `replaces` is the retired one that had the same key.
    case source(ordinal: UInt32, SourceKey, replaces: UInt32? = nil)
    case fieldList(ordinal: UInt32, [FieldKey])
    /// A source reporting a field list; one series per field.
    case shape(ordinal: UInt32, source: UInt32, fieldList: UInt32, series: [SeriesID])
    /// Ranges of sources, ascending, that have data of a day (since 1970) in segments. In the catalogue log only.
    case activity(day: UInt32, [Range<UInt32>])

    // Written to disk: do not renumber.
    private enum Tag: UInt8 {
        case source = 1
        case fieldList = 2
        case shape = 3
        case sourceOfKind = 4
        case activity = 5
    }

    /// Ranges of one activity record; more go to another.
    static let rangesMax = 1 << 16
    /// Days are 16-bit numbers on disk: up to the year 2149.
    static let dayMax = 0xffff

    package func encode(into writer: inout ByteWriter) {
        switch self {
        case .source(let ordinal, let key, let replaced):
            let isPlain = key.kind == .metric && replaced == nil
            writer.write(isPlain ? Tag.source.rawValue : Tag.sourceOfKind.rawValue)
            writer.writeVarint(UInt64(ordinal))
            if !isPlain {
                writer.write(key.kind.rawValue)
                writer.writeVarint(replaced.map { UInt64($0) + 1 } ?? 0)
            }
            key.encode(into: &writer)
        case .fieldList(let ordinal, let fields):
            writer.write(Tag.fieldList.rawValue)
            writer.writeVarint(UInt64(ordinal))
            writer.writeCount(fields.count)
            for field in fields { field.encode(into: &writer) }
        case .shape(let ordinal, let source, let fieldList, let series):
            writer.write(Tag.shape.rawValue)
            writer.writeVarint(UInt64(ordinal))
            writer.writeVarint(UInt64(source))
            writer.writeVarint(UInt64(fieldList))
            Self.encode(series, into: &writer)
        case .activity(let day, let ranges):
            writer.write(Tag.activity.rawValue)
            writer.writeVarint(UInt64(day))
            writer.writeCount(ranges.count)
            var end: UInt32 = 0
            for range in ranges {
                writer.writeVarint(UInt64(range.lowerBound - end))
                writer.writeVarint(UInt64(range.count - 1))
                end = range.upperBound
            }
        }
    }

    /// Series of a new shape are usually new themselves and so consecutive: then each difference is one byte.
    private static func encode(_ series: [SeriesID], into writer: inout ByteWriter) {
        writer.writeCount(series.count)
        var previous: Int64 = -1
        for identifier in series {
            writer.writeSignedVarint(Int64(identifier.rawValue) - previous - 1)
            previous = Int64(identifier.rawValue)
        }
    }

    /// - Throws: `.malformed` for an unknown tag or a number beyond 32 bits; never traps.
    @_lifetime(cursor: copy cursor)
    package init(decoding cursor: inout ByteCursor) throws(CatalogueError) {
        do throws(BytesError) {
            let offset = cursor.offset
            let tag: UInt8 = try cursor.read()
            switch Tag(rawValue: tag) {
            case .source:
                let ordinal = try cursor.readOrdinal()
                self = .source(ordinal: ordinal, try SourceKey(decoding: &cursor))
            case .fieldList:
                let ordinal = try cursor.readOrdinal()
                self = .fieldList(ordinal: ordinal, try Self.decodeFields(&cursor))
            case .shape:
                let ordinal = try cursor.readOrdinal()
                let source = try cursor.readOrdinal()
                let fieldList = try cursor.readOrdinal()
                let series = try Self.decodeSeries(&cursor)
                self = .shape(ordinal: ordinal, source: source, fieldList: fieldList, series: series)
            case .sourceOfKind: self = try Self.decodeSource(&cursor)
            case .activity: self = try Self.decodeActivity(&cursor)
            case nil:
                throw .countAboveLimit(offset: offset, count: UInt64(tag), limit: Int(Tag.activity.rawValue))
            }
        } catch {
            throw .malformed(error)
        }
    }

    /// How many of the first records take `byteCount` bytes, the last of them beginning below that.
    static func countFitting(_ records: [CatalogueRecord], byteCount: Int) -> Int {
        var total = 0
        for (index, record) in records.enumerated() {
            if total >= byteCount { return index }
            total += record.byteCountEstimate
        }
        return records.count
    }

    /// Encoded bytes, to within a few per name.
    private var byteCountEstimate: Int {
        switch self {
        case .source(_, let key, _): key.byteCountEstimate
        case .fieldList(_, let fields): fields.reduce(8) { $0 + $1.byteCountEstimate }
        case .shape(_, _, _, let series): 24 + series.count * 5
        case .activity(_, let ranges): 8 + ranges.count * 5
        }
    }

    @_lifetime(cursor: copy cursor)
    private static func decodeSource(_ cursor: inout ByteCursor) throws(BytesError) -> CatalogueRecord {
        let ordinal = try cursor.readOrdinal()
        let offset = cursor.offset
        let code: UInt8 = try cursor.read()
        guard let kind = SeriesKind(rawValue: code) else {
            throw .countAboveLimit(offset: offset, count: UInt64(code), limit: SeriesKind.allCases.count - 1)
        }
        let replaced = try cursor.readOrdinal()
        let key = try SourceKey(decoding: &cursor, kind: kind)
        return .source(ordinal: ordinal, key, replaces: replaced == 0 ? nil : replaced - 1)
    }

    @_lifetime(cursor: copy cursor)
    private static func decodeActivity(_ cursor: inout ByteCursor) throws(BytesError) -> CatalogueRecord {
        let day = try cursor.readCount(limit: dayMax)
        let count = try cursor.readCount(limit: rangesMax)
        var ranges: [Range<UInt32>] = []
        var end = 0
        for _ in 0..<count {
            let start = end + (try cursor.readCount(limit: Int(UInt32.max) - end))
            let last = start + (try cursor.readCount(limit: Int(UInt32.max) - 1 - min(start, Int(UInt32.max) - 1)))
            end = min(last + 1, Int(UInt32.max))
            guard start < end else {
                throw .countAboveLimit(offset: cursor.offset, count: UInt64(start), limit: Int(UInt32.max) - 1)
            }
            ranges.append(UInt32(start)..<UInt32(end))
        }
        return .activity(day: UInt32(day), ranges)
    }

    @_lifetime(cursor: copy cursor)
    private static func decodeFields(_ cursor: inout ByteCursor) throws(BytesError) -> [FieldKey] {
        let count = try cursor.readCount(limit: Limits.fieldsPerRowMax)
        var fields: [FieldKey] = []
        for _ in 0..<count { fields.append(try FieldKey(decoding: &cursor)) }
        return fields
    }

    @_lifetime(cursor: copy cursor)
    private static func decodeSeries(_ cursor: inout ByteCursor) throws(BytesError) -> [SeriesID] {
        let count = try cursor.readCount(limit: Limits.fieldsPerRowMax)
        var series: [SeriesID] = []
        var previous: Int64 = -1
        for _ in 0..<count {
            let offset = cursor.offset
            let value = previous &+ 1 &+ (try cursor.readSignedVarint())
            guard let raw = UInt32(exactly: value) else {
                throw .countAboveLimit(offset: offset, count: UInt64(bitPattern: value), limit: Int(UInt32.max))
            }
            series.append(SeriesID(rawValue: raw))
            previous = value
        }
        return series
    }
}

/// Why catalogue records cannot be used.
package enum CatalogueError: Error, Equatable, Sendable {
    case malformed(BytesError)
    /// A record contradicts what is already known: the number it defines is not the next one, or has another meaning.
    case inconsistent(detail: String)
}

extension CatalogueError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let error): "catalogue record malformed \(error)"
        case .inconsistent(let detail): "catalogue record inconsistent: \(detail)"
        }
    }
}

extension ByteCursor {
    /// A number of a source, field list or shape.
    @_lifetime(self: copy self)
    mutating func readOrdinal() throws(BytesError) -> UInt32 { UInt32(try readCount(limit: Int(UInt32.max))) }
}

extension SourceKey {
    /// Encoded bytes, to within a few per name.
    var byteCountEstimate: Int {
        let names = scope.account.utf8.count + scope.region.utf8.count + namespace.utf8.count + 16
        return dimensions.reduce(names) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
    }
}

extension FieldKey {
    /// Encoded bytes, to within a few.
    var byteCountEstimate: Int { metric.utf8.count + 4 }
}
