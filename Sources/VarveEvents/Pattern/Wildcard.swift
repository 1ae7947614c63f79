/// A text in which `*` stands for any run of characters, `\*` and `\\` for themselves.
struct Wildcard: Equatable, Sendable {
    struct Fault: Error, Equatable {
        var detail: String
    }

    /// What stands between the stars: one more than there are stars.
    let segments: [[UInt8]]
    /// How many beginnings of the pattern can match one text at once, at worst.
    let complexity: Int

    /// The service refuses `*:*:*:*:*:event-bus/*` (10) and takes what is documented as usual, up to 6; its own limit
    /// is not published.
    static let complexityMax = 9

    /// Positions in messages count from the opening quote, as the service counts.
    static func compile(_ text: [UInt8]) -> Result<Wildcard, Fault> {
        var segments: [[UInt8]] = [[]]
        var index = 0
        while index < text.count {
            let next = index + 1 < text.count ? text[index + 1] : nil
            switch text[index] {
            case UInt8(ascii: "*"):
                if next == UInt8(ascii: "*") {
                    return .failure(Fault(detail: "Consecutive wildcard characters at pos \(index + 1)"))
                }
                segments.append([])
            case UInt8(ascii: "\\"):
                guard let next, next == UInt8(ascii: "*") || next == UInt8(ascii: "\\") else {
                    return .failure(Fault(detail: "Invalid escape character at pos \(index + 1)"))
                }
                segments[segments.count - 1].append(next)
                index += 1
            default: segments[segments.count - 1].append(text[index])
            }
            index += 1
        }
        return .success(Wildcard(segments: segments, complexity: complexity(of: segments)))
    }

    /// Between the first segment in front and the last at the end the others follow each other; the first place of each
    /// is as good as any later one. O(text + pattern).
    func matches(_ text: [UInt8]) -> Bool {
        guard segments.count > 1 else { return text == segments[0] }
        let first = segments[0]
        let last = segments[segments.count - 1]
        guard text.count >= first.count + last.count, text.starts(with: first),
            text[(text.count - last.count)...].elementsEqual(last)
        else { return false }
        var start = first.count
        let end = text.count - last.count
        for segment in segments.dropFirst().dropLast() {
            guard let found = Self.find(segment, in: text, from: start, to: end) else { return false }
            start = found + segment.count
        }
        return true
    }

    /// Where `segment` comes first in `text[start..<end]`. Never looks back: O(text + segment), also in texts that
    /// repeat themselves.
    private static func find(_ segment: [UInt8], in text: [UInt8], from start: Int, to end: Int) -> Int? {
        if segment.isEmpty { return start }
        guard end - start >= segment.count else { return nil }
        let borders = borders(of: segment)
        var matched = 0
        for index in start..<end {
            while matched > 0, segment[matched] != text[index] { matched = borders[matched - 1] }
            if segment[matched] == text[index] { matched += 1 }
            if matched == segment.count { return index + 1 - matched }
        }
        return nil
    }

    /// For each beginning of `segment` how long its longest proper end is that is a beginning, too.
    private static func borders(of segment: [UInt8]) -> [Int] {
        var borders = [Int](repeating: 0, count: segment.count)
        var length = 0
        for index in segment.indices.dropFirst() {
            while length > 0, segment[length] != segment[index] { length = borders[length - 1] }
            if segment[length] == segment[index] { length += 1 }
            borders[index] = length
        }
        return borders
    }

    /// How many beginnings of the pattern match a text at once, at worst: tried with the text that has nothing
    /// where the
    /// stars are, because there most parts of the pattern look alike. Beginnings without a star are not counted, and
    /// counting ends above the limit. O(pattern × limit).
    private static func complexity(of segments: [[UInt8]]) -> Int {
        // nil: a star.
        var tokens: [UInt8?] = []
        for (index, segment) in segments.enumerated() {
            if index > 0 { tokens.append(nil) }
            tokens += segment.map { $0 }
        }
        // A place is a number of tokens that have been matched; ascending.
        var places = closure([0], tokens)
        var worst = 0
        for byte in segments.joined() {
            var next: [Int] = []
            for place in places {
                if place > 0, tokens[place - 1] == nil, next.last != place { next.append(place) }
                if place < tokens.count, tokens[place] == byte { next.append(place + 1) }
            }
            places = closure(next, tokens)
            worst = max(worst, places.count { $0 > segments[0].count })
            if worst > complexityMax { break }
        }
        return worst
    }

    /// Adds the place behind a star to the one in front of it.
    private static func closure(_ places: [Int], _ tokens: [UInt8?]) -> [Int] {
        var result: [Int] = []
        for place in places {
            if result.last != place { result.append(place) }
            if place < tokens.count, tokens[place] == nil { result.append(place + 1) }
        }
        return result
    }
}
