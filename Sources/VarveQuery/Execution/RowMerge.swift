/// Puts sorted tables together to one: rows by time, those at one time in the order of the tables.
struct RowMerge: Sendable {
    /// Neighbouring rows of one table that stay neighbours.
    private struct Piece {
        let table: Int
        let rows: Range<Int>
    }

    private let tables: [RowTable]
    private var pieces: [Piece] = []
    private var count = 0

    /// Cells from which a second thread is worth its start: each takes some nanoseconds.
    private static let cellsPerWorkerMin = 1 << 16

    /// - Parameters:
    ///   - tables: each in the order of `newestFirst`. O(tables) for each piece, so not for many.
    ///   - limit: rows kept at most, the first ones.
    init(_ tables: [RowTable], newestFirst: Bool, keeping limit: Int) {
        self.tables = tables
        let order = RowOrder(newestFirst: newestFirst)
        var next = [Int](repeating: 0, count: tables.count)
        while count < limit {
            guard let (table, rival) = Self.first(tables, next, order) else { return }
            let times = tables[table].times
            var end = next[table] + 1
            if let rival {
                // Rows at the time of the rival go first if their table does.
                let bound = order.key(tables[rival].times[next[rival]])
                let isFirst = table < rival
                while end < times.count {
                    let key = order.key(times[end])
                    guard key < bound || isFirst && key == bound else { break }
                    end += 1
                }
            } else {
                end = times.count
            }
            end = min(end, next[table] + (limit - count))
            pieces.append(Piece(table: table, rows: next[table]..<end))
            count += end - next[table]
            next[table] = end
        }
    }

    /// The table with the first of all next rows, and that with the first one of the others.
    private static func first(
        _ tables: [RowTable], _ next: [Int], _ order: RowOrder
    ) -> (table: Int, rival: Int?)? {
        var best: (table: Int, key: UInt64)?
        var rival: (table: Int, key: UInt64)?
        for index in tables.indices where next[index] < tables[index].count {
            let key = order.key(tables[index].times[next[index]])
            if let known = best, known.key <= key {
                if rival.map({ key < $0.key }) ?? true { rival = (index, key) }
            } else {
                rival = best
                best = (index, key)
            }
        }
        return best.map { ($0.table, rival?.table) }
    }

    /// The rows of all tables. O(cells), on `workersMax` threads at most.
    func merged(workersMax: Int) -> RowTable {
        let columnCount = tables.first?.columns.count ?? 0
        let partCount = max(1, min(workersMax, columnCount, count * columnCount / Self.cellsPerWorkerMin))
        let parts = Workers.map(partCount) { part in
            ((columnCount * part / partCount)..<(columnCount * (part + 1) / partCount)).map { column($0) }
        }
        return RowTable(
            times: gathered(tables.map(\.times)), sources: gathered(tables.map(\.sources)),
            columns: parts.flatMap { $0 })
    }

    private func column(_ index: Int) -> RowColumn {
        let columns = tables.map { $0.columns[index] }
        let values = gathered(columns.map(\.values))
        guard columns.contains(where: { !$0.missing.isEmpty }) else { return RowColumn(values) }
        let missing = zip(tables, columns).map { table, column in
            column.missing.isEmpty ? [Bool](repeating: false, count: table.count) : column.missing
        }
        return RowColumn(values, missing: gathered(missing))
    }

    private func gathered<Element: BitwiseCopyable>(_ parts: [[Element]]) -> [Element] {
        [Element](unsafeUninitializedCapacity: count) { target, initializedCount in
            guard var place = target.baseAddress else { return }
            for piece in pieces {
                parts[piece.table].withUnsafeBufferPointer { source in
                    guard let start = source.baseAddress else { return }
                    place.initialize(from: start + piece.rows.lowerBound, count: piece.rows.count)
                }
                place += piece.rows.count
            }
            initializedCount = count
        }
    }
}

/// The order of rows as unsigned numbers.
struct RowOrder: Sendable {
    private let flip: UInt64

    /// With the sign bit turned over, the order of unsigned numbers is that of times; inverted, the opposite one.
    init(newestFirst: Bool) { flip = newestFirst ? 0x7fff_ffff_ffff_ffff : 0x8000_0000_0000_0000 }

    @inline(__always)
    func key(_ time: Int64) -> UInt64 { UInt64(bitPattern: time) ^ flip }
}
