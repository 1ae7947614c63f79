/// Finds what somebody probably meant.
enum Spelling {
    /// The candidate that is closest to `word`, when it is close: one edit per three characters, compared without case.
    /// O(candidates × length²); candidates longer than 64 bytes are not looked at.
    static func suggestion(for word: String, among candidates: [String]) -> String? {
        let wordBytes = Array(word.lowercased().utf8)
        guard (2...64).contains(wordBytes.count) else { return nil }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates where candidate.utf8.count <= 64 {
            let distance = distance(wordBytes, Array(candidate.lowercased().utf8))
            guard distance <= max(1, wordBytes.count / 3), distance < best?.distance ?? .max else { continue }
            best = (candidate, distance)
        }
        return best?.candidate
    }

    /// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforePrevious: [Int] = []
        var previous = Array(0...right.count)
        for (row, leftByte) in left.enumerated() {
            var current = [row + 1]
            for (column, rightByte) in right.enumerated() {
                var cost = min(previous[column + 1], current[column]) + 1
                cost = min(cost, previous[column] + (leftByte == rightByte ? 0 : 1))
                let isSwap = row > 0 && column > 0 && leftByte == right[column - 1] && left[row - 1] == rightByte
                if isSwap { cost = min(cost, beforePrevious[column - 1] + 1) }
                current.append(cost)
            }
            (beforePrevious, previous) = (previous, current)
        }
        return previous[right.count]
    }
}
