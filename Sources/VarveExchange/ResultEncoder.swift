package import VarveJSON
import VarveModel
package import VarveQuery

/// Writes an answer as JSON piece by piece, so that nobody has to hold all of its text.
package struct ResultEncoder: Sendable {
    /// What is written next.
    private enum Step {
        case head
        case row(Int)
        /// Label and groups of a series; the end of the list when there is none of that number.
        case series(Int)
        case timestamps(Int, from: Int)
        case values(Int, from: Int)
        case tail
        case done
    }

    private let result: QueryResult
    private let text: RowText
    private var step = Step.head

    package init(_ result: QueryResult) {
        self.result = result
        text = RowText(result.rows, dialect: Self.dialect)
    }

    /// Every row ends with a comma; that behind the last one of a piece is taken away.
    private static let dialect = RowDialect(
        rowStart: Array("[".utf8), separator: Array(",".utf8), rowEnd: Array("],".utf8), missing: Array("null".utf8),
        appendText: { JSONWriter.appendQuoted($0, to: &$1) })

    /// Whether the document is complete.
    package var isDone: Bool { if case .done = step { true } else { false } }

    /// Writes on until the writer holds `byteCount` bytes, a row or a number more, or the document is complete. O(what
    /// is written).
    package mutating func write(to writer: inout JSONWriter, upTo byteCount: Int) {
        while writer.bytes.count < byteCount {
            switch step {
            case .head: writeHead(to: &writer)
            case .row(let row): writeRows(from: row, to: &writer, upTo: byteCount)
            case .series(let index): writeSeries(index, to: &writer)
            case .timestamps(let index, let start):
                writeTimestamps(of: index, from: start, to: &writer, upTo: byteCount)
            case .values(let index, let start): writeValues(of: index, from: start, to: &writer, upTo: byteCount)
            case .tail: writeTail(to: &writer)
            case .done: return
            }
        }
    }

    private mutating func writeHead(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("columns")
        writer.beginArray()
        for column in result.columns {
            writer.beginObject()
            writer.key("name")
            writer.string(column.name)
            writer.key("kind")
            writer.string(column.kind.wireName)
            writer.endObject()
        }
        writer.endArray()
        writer.key("rows")
        writer.beginArray()
        step = .row(0)
    }

    private mutating func writeRows(from start: Int, to writer: inout JSONWriter, upTo byteCount: Int) {
        var row = start
        if row < result.rows.count, writer.bytes.count < byteCount {
            writer.elements { bytes in
                row = text.append(from: row, to: &bytes, upTo: byteCount)
                bytes.removeLast()
            }
        }
        guard row == result.rows.count else { return step = .row(row) }
        writer.endArray()
        guard result.series != nil else { return step = .tail }
        writer.key("series")
        writer.beginArray()
        step = .series(0)
    }

    private mutating func writeSeries(_ index: Int, to writer: inout JSONWriter) {
        guard let series = result.series, index < series.count else {
            writer.endArray()
            return step = .tail
        }
        writer.beginObject()
        writer.key("label")
        writer.string(series[index].label)
        writer.key("groupValues")
        writer.beginArray()
        for value in series[index].groupValues { writer.string(value) }
        writer.endArray()
        writer.key("timestamps")
        writer.beginArray()
        step = .timestamps(index, from: 0)
    }

    private mutating func writeTimestamps(
        of index: Int, from start: Int, to writer: inout JSONWriter, upTo byteCount: Int
    ) {
        let timestamps = result.series?[index].timestamps ?? []
        var next = start
        while next < timestamps.count, writer.bytes.count < byteCount {
            writer.integer(timestamps[next])
            next += 1
        }
        guard next == timestamps.count else { return step = .timestamps(index, from: next) }
        writer.endArray()
        writer.key("values")
        writer.beginArray()
        step = .values(index, from: 0)
    }

    private mutating func writeValues(of index: Int, from start: Int, to writer: inout JSONWriter, upTo byteCount: Int)
    {
        let values = result.series?[index].values ?? []
        var next = start
        while next < values.count, writer.bytes.count < byteCount {
            writer.number(values[next])
            next += 1
        }
        guard next == values.count else { return step = .values(index, from: next) }
        writer.endArray()
        writer.endObject()
        step = .series(index + 1)
    }

    private mutating func writeTail(to writer: inout JSONWriter) {
        if let periodNs = result.periodNs {
            writer.key("periodNs")
            writer.integer(periodNs)
        }
        if let range = result.range {
            writer.key("range")
            writer.beginObject()
            writer.key("start")
            writer.integer(range.start)
            writer.key("end")
            writer.integer(range.end)
            writer.endObject()
        }
        writer.key("partial")
        writer.bool(result.isPartial)
        writer.key("notices")
        writer.beginArray()
        for notice in result.notices { writer.string(notice) }
        writer.endArray()
        writer.endObject()
        step = .done
    }
}
