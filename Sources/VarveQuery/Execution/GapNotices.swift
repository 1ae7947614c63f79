import VarveModel
import VarveStore

extension DataGap {
    /// The rows of a chunk that could not be decoded.
    init(place: Corruption, _ chunk: any SampleChunk) {
        let last = chunk.lastTimestamp
        let range = TimeRange(start: chunk.firstTimestamp, end: last == .max ? last : last + 1)
        self.init(place: place, range: range, rowCountMax: chunk.rowCount)
    }

    /// Places that are named; more of them help nobody.
    private static let noticesMax = 5

    /// Sentences for the reader of an answer: where rows are missing, and why. Equal places once.
    static func notices(_ gaps: [DataGap]) -> [String] {
        var places: [DataGap] = []
        for gap in gaps {
            if let index = places.firstIndex(where: { $0.place == gap.place }) {
                let start = min(places[index].range.start, gap.range.start)
                places[index].range = TimeRange(start: start, end: max(places[index].range.end, gap.range.end))
                places[index].rowCountMax += gap.rowCountMax
            } else {
                places.append(gap)
            }
        }
        let shown = places.prefix(noticesMax).map { gap in
            let from = InstantText.format(gap.range.start)
            let to = InstantText.format(gap.range.end)
            return "gap: up to \(gap.rowCountMax) rows between \(from) and \(to) are missing (\(gap.place))"
        }
        let rest = places.count - shown.count
        return rest > 0 ? shown + ["gap: and \(rest) more places that cannot be read"] : shown
    }
}
