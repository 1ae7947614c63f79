package import VarveBytes
package import VarveModel

/// One fact of the catalogue. Facts are only ever added, each naming the number it defines, so that applying a record
/// twice is harmless. Format: Docs/Format/catalogue.md, "Records"; the same bytes travel in WAL groups.
package enum CatalogueRecord: Equatable, Sendable {
    case source(ordinal: UInt32, SourceKey)
    case fieldList(ordinal: UInt32, [FieldKey])
    /// A source reporting a field list; one series per field.
    case shape(ordinal: UInt32, source: UInt32, fieldList: UInt32, series: [SeriesID])

    // Written to disk: do not renumber.
    private enum Tag: UInt8 {
        case source = 1
        case fieldList = 2
        case shape = 3
    }

    package func encode(into writer: inout ByteWriter) {
        switch self {
        case .source(let ordinal, let key):
            writer.write(Tag.source.rawValue)
            writer.writeVarint(UInt64(ordinal))
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
            case nil:
                throw .countAboveLimit(offset: offset, count: UInt64(tag), limit: Int(Tag.shape.rawValue))
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
        case .source(_, let key): key.byteCountEstimate
        case .fieldList(_, let fields): fields.reduce(8) { $0 + $1.byteCountEstimate }
        case .shape(_, _, _, let series): 24 + series.count * 5
        }
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
