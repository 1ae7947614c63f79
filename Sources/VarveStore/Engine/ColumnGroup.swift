import VarveModel

/// Series of one source whose rows are the same, and so share timestamps; their values transposed into columns.
///
/// A source that always sends the same fields has one group. One that sends different field lists has a group per set
/// of lists that a series occurs in.
struct ColumnGroup {
    let series: [SeriesID]
    let timestamps: [Int64]
    /// `series.count` columns of `timestamps.count` values, one after the other.
    let values: [Double]

    func column(_ index: Int) -> Range<Int> { (index * timestamps.count)..<((index + 1) * timestamps.count) }
}

extension FrozenRows {
    /// The column groups of a run. Hot: once per source and flush, about 2 ns per value.
    func columnGroups(of run: FlushSlice.Run) -> [ColumnGroup] {
        let rows = order[run.positions]
        let first = shape(rows[rows.startIndex])
        if rows.allSatisfy({ shape($0) == first }) {
            return [transpose(rows, series: catalogue.series(ofShape: first))]
        }
        return mixedGroups(rows, shapes: Set(rows.map { shape($0) }).sorted())
    }

    /// The usual case: every row has the same fields in the same order.
    private func transpose(_ rows: ArraySlice<RowReference>, series: [SeriesID]) -> ColumnGroup {
        let rowCount = rows.count
        let values = [Double](unsafeUninitializedCapacity: rowCount * series.count) { target, initialized in
            guard let base = target.baseAddress else { return }
            for (position, row) in rows.enumerated() {
                let source = self.values(row)
                for column in series.indices { base[column * rowCount + position] = source[column] }
            }
            initialized = rowCount * series.count
        }
        return ColumnGroup(series: series, timestamps: rows.map { timestamp($0) }, values: values)
    }

    /// Where a series stands in each shape that has it.
    private struct Member {
        var series: SeriesID
        /// Parallel to the group's shapes.
        var positions: [Int]
    }

    private func mixedGroups(
        _ rows: ArraySlice<RowReference>, shapes: [UInt32]
    ) -> [ColumnGroup] {
        var places: [SeriesID: [(shape: UInt32, position: Int)]] = [:]
        for shape in shapes {
            for (position, series) in catalogue.series(ofShape: shape).enumerated() {
                places[series, default: []].append((shape, position))
            }
        }
        var groups: [[UInt32]: [Member]] = [:]
        for (series, list) in places {
            groups[list.map(\.shape), default: []].append(Member(series: series, positions: list.map(\.position)))
        }
        let rowsOfShape = Dictionary(grouping: rows, by: { shape($0) })
        return groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { shapes, members in
            gather(shapes.map { rowsOfShape[$0] ?? [] }, members: members.sorted { $0.series < $1.series })
        }
    }

    /// - Parameter rows: of each shape of the group. Only these are touched: a source whose every row has another shape
    ///   has as many groups as rows.
    private func gather(_ rows: [[RowReference]], members: [Member]) -> ColumnGroup {
        var matching = rows.enumerated().flatMap { index, rows in rows.map { (row: $0, index: index) } }
        if rows.count > 1 {
            // As in the run: by time, then by arrival, along which references grow.
            matching.sort { (timestamp($0.row), $0.row) < (timestamp($1.row), $1.row) }
        }
        var values: [Double] = []
        values.reserveCapacity(matching.count * members.count)
        for member in members {
            for place in matching { values.append(self.values(place.row)[member.positions[place.index]]) }
        }
        return ColumnGroup(
            series: members.map(\.series), timestamps: matching.map { timestamp($0.row) }, values: values)
    }
}
