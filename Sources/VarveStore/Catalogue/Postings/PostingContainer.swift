/// A set of 16-bit numbers, in the form that suits it: one part of a ``PostingList``.
enum PostingContainer: Sendable {
    /// Ascending; at most ``arrayCountMax`` entries.
    case array([UInt16])
    /// 65 536 bits, and how many are set.
    case bitmap([UInt64], count: Int)
    /// Ascending, neither overlapping nor adjacent: first and last number of each run.
    case runs([Run], count: Int)

    struct Run: Sendable, Equatable {
        var first: UInt16
        var last: UInt16
    }

    /// At two bytes an entry, more take more than a bitmap's 8 KiB.
    static let arrayCountMax = 4_096
    static let wordCount = 1_024
    /// At four bytes a run, more take more than a bitmap.
    static let runCountMax = 2_048

    init(_ number: UInt16) { self = .runs([Run(first: number, last: number)], count: 1) }

    var count: Int {
        switch self {
        case .array(let numbers): numbers.count
        case .bitmap(_, let count), .runs(_, let count): count
        }
    }

    /// The smallest number.
    var first: UInt16? {
        switch self {
        case .array(let numbers): return numbers.first
        case .runs(let runs, _): return runs.first?.first
        case .bitmap(let words, _):
            guard let index = words.firstIndex(where: { $0 != 0 }) else { return nil }
            return UInt16(index * 64 + words[index].trailingZeroBitCount)
        }
    }

    func contains(_ number: UInt16) -> Bool {
        switch self {
        case .array(let numbers):
            let position = Self.lowerBound(numbers, number, from: 0)
            return position < numbers.count && numbers[position] == number
        case .bitmap(let words, _): return words[Int(number >> 6)] & (1 << UInt64(number & 63)) != 0
        case .runs(let runs, _):
            var (low, high) = (0, runs.count)
            while low < high {
                let middle = (low + high) / 2
                if runs[middle].last < number { low = middle + 1 } else { high = middle }
            }
            return low < runs.count && runs[low].first <= number
        }
    }

    /// First position at or after `start` whose number is not below `number`: doubling steps, then halving ones, so
    /// that walking through a long list with a short one costs the logarithm of each gap.
    static func lowerBound(_ numbers: [UInt16], _ number: UInt16, from start: Int) -> Int {
        var step = 1
        var low = start
        while low + step < numbers.count, numbers[low + step] < number {
            low += step
            step *= 2
        }
        var high = min(low + step, numbers.count)
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func forEach(_ body: (UInt16) -> Void) {
        switch self {
        case .array(let numbers): for number in numbers { body(number) }
        case .bitmap(let words, _):
            for (index, word) in words.enumerated() {
                var rest = word
                while rest != 0 {
                    body(UInt16(index * 64 + rest.trailingZeroBitCount))
                    rest &= rest - 1
                }
            }
        case .runs(let runs, _): for run in runs { for number in run.first...run.last { body(number) } }
        }
    }
}

// MARK: - Adding

extension PostingContainer {
    /// Adds a number. Appending behind the last one is O(1).
    mutating func insert(_ number: UInt16) {
        switch self {
        case .array(var numbers):
            self = .array([])  // so that `numbers` is changed in place
            if let last = numbers.last, last >= number {
                let position = Self.lowerBound(numbers, number, from: 0)
                if numbers[position] != number { numbers.insert(number, at: position) }
            } else {
                numbers.append(number)
            }
            self = numbers.count > Self.arrayCountMax ? Self.bitmap(of: numbers) : .array(numbers)
        case .bitmap(var words, let count):
            self = .array([])
            let bit: UInt64 = 1 << UInt64(number & 63)
            let isNew = words[Int(number >> 6)] & bit == 0
            words[Int(number >> 6)] |= bit
            self = .bitmap(words, count: isNew ? count + 1 : count)
        case .runs(var runs, let count):
            guard let last = runs.last, number > last.last else {
                if contains(number) { return }
                self = withoutRuns
                return insert(number)
            }
            self = .array([])
            if number == last.last + 1 {
                runs[runs.count - 1].last = number
            } else {
                runs.append(Run(first: number, last: number))
            }
            self = .runs(runs, count: count + 1)
            // An array of the numbers, or a bitmap, would be smaller.
            if runs.count > 8, runs.count * 2 > min(count + 1, Self.runCountMax * 2) { self = withoutRuns }
        }
    }

    private static func bitmap(of numbers: [UInt16]) -> PostingContainer {
        var words = [UInt64](repeating: 0, count: wordCount)
        for number in numbers { words[Int(number >> 6)] |= 1 << UInt64(number & 63) }
        return .bitmap(words, count: numbers.count)
    }

    /// The same numbers as an array or a bitmap.
    private var withoutRuns: PostingContainer {
        guard case .runs(_, let count) = self else { return self }
        if count > Self.arrayCountMax { return .bitmap(words, count: count) }
        var numbers: [UInt16] = []
        numbers.reserveCapacity(count)
        forEach { numbers.append($0) }
        return .array(numbers)
    }

    /// The numbers as 65 536 bits.
    private var words: [UInt64] {
        if case .bitmap(let words, _) = self { return words }
        var words = [UInt64](repeating: 0, count: Self.wordCount)
        forEach { words[Int($0 >> 6)] |= 1 << UInt64($0 & 63) }
        return words
    }
}

// MARK: - Combining

extension PostingContainer {
    private var array: [UInt16]? {
        if case .array(let numbers) = withoutRuns { return numbers }
        return nil
    }

    /// nil when nothing is in both.
    func intersection(_ other: PostingContainer) -> PostingContainer? {
        let (small, large) = count <= other.count ? (self, other) : (other, self)
        guard let numbers = small.array else { return Self.combine(self, other) { $0 & $1 } }
        guard case .array(let others) = large else { return Self.make(numbers.filter { large.contains($0) }) }
        var both: [UInt16] = []
        var position = 0
        for number in numbers {
            position = Self.lowerBound(others, number, from: position)
            if position == others.count { break }
            if others[position] == number { both.append(number) }
        }
        return Self.make(both)
    }

    func union(_ other: PostingContainer) -> PostingContainer {
        if let left = array, let right = other.array, left.count + right.count <= Self.arrayCountMax {
            var merged: [UInt16] = []
            merged.reserveCapacity(left.count + right.count)
            var (one, two) = (0, 0)
            while one < left.count || two < right.count {
                if two == right.count || one < left.count && left[one] < right[two] {
                    merged.append(left[one])
                    one += 1
                } else {
                    if one < left.count, left[one] == right[two] { one += 1 }
                    merged.append(right[two])
                    two += 1
                }
            }
            return .array(merged)
        }
        return Self.combine(self, other) { $0 | $1 } ?? self
    }

    /// nil when nothing is left.
    func subtracting(_ other: PostingContainer) -> PostingContainer? {
        if let numbers = array { return Self.make(numbers.filter { !other.contains($0) }) }
        return Self.combine(self, other) { $0 & ~$1 }
    }

    private static func make(_ numbers: [UInt16]) -> PostingContainer? { numbers.isEmpty ? nil : .array(numbers) }

    private static func combine(
        _ left: PostingContainer, _ right: PostingContainer, _ operation: (UInt64, UInt64) -> UInt64
    ) -> PostingContainer? {
        var words = left.words
        let others = right.words
        var count = 0
        for index in words.indices {
            words[index] = operation(words[index], others[index])
            count += words[index].nonzeroBitCount
        }
        if count == 0 { return nil }
        let bitmap = PostingContainer.bitmap(words, count: count)
        guard count <= arrayCountMax else { return bitmap }
        var numbers: [UInt16] = []
        numbers.reserveCapacity(count)
        bitmap.forEach { numbers.append($0) }
        return .array(numbers)
    }
}
