import VarveModel

/// One field of a cron expression: which values it may have and what people call them.
struct CronField {
    var range: ClosedRange<Int>
    /// Upper case, with their values.
    var names: [String: Int] = [:]
    /// Whether `22-2` goes over the end, and steps are limited by the range. Years do neither.
    var isCyclic = true

    static let minute = CronField(range: 0...59)
    static let hour = CronField(range: 0...23)
    static let dayOfMonth = CronField(range: 1...31)
    static let month = CronField(
        range: 1...12,
        names: [
            "JAN": 1, "FEB": 2, "MAR": 3, "APR": 4, "MAY": 5, "JUN": 6, "JUL": 7, "AUG": 8, "SEP": 9, "OCT": 10,
            "NOV": 11, "DEC": 12,
        ])
    /// SUN is 1 in expressions of six fields.
    static let dayOfWeek = CronField(
        range: 1...7, names: ["SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7])
    /// SUN is 0 or 7 in expressions of five fields.
    static let dayOfWeekFromZero = CronField(
        range: 0...7, names: ["SUN": 0, "MON": 1, "TUE": 2, "WED": 3, "THU": 4, "FRI": 5, "SAT": 6])
    /// As the service documents it.
    static let year = CronField(range: 1970...2199, isCyclic: false)

    /// A number of this field or a name, in any case.
    func value(_ text: Substring) -> Int? {
        if let value = names[text.uppercased()] { return value }
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text).flatMap { range.contains($0) ? $0 : nil }
    }

    /// `*`, `a`, `a-b`, `a/n`, `a-b/n`, `*/n`. nil for anything else.
    func values(_ item: Substring, allowsSteps: Bool) -> [Int]? {
        let parts = item.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 1 || (parts.count == 2 && allowsSteps) else { return nil }
        guard let span = span(parts[0], isOpen: parts.count == 2) else { return nil }
        guard parts.count == 2 else { return span }
        guard let step = step(parts[1]) else { return nil }
        return stride(from: 0, to: span.count, by: step).map { span[$0] }
    }

    /// In the order in which they come; with a step behind it, `a` alone means from `a` to the end.
    private func span(_ text: Substring, isOpen: Bool) -> [Int]? {
        if text == "*" { return Array(range) }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2, let first = value(ends[0]) else { return nil }
        guard ends.count == 2 else { return isOpen ? Array(first...range.upperBound) : [first] }
        guard let last = value(ends[1]) else { return nil }
        if first <= last { return Array(first...last) }
        return isCyclic ? Array(first...range.upperBound) + Array(range.lowerBound...last) : nil
    }

    /// A step that never comes round inside the field is a mistake.
    private func step(_ text: Substring) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let step = Int(text), step >= 1, !isCyclic || step <= range.upperBound
        else { return nil }
        return step
    }
}

extension UInt64 {
    /// Bit `value` for each value.
    init(bits values: some Sequence<Int>) { self = values.reduce(0) { $0 | 1 << UInt64($1) } }

    func hasBit(_ bit: Int) -> Bool { self >> UInt64(bit) & 1 == 1 }

    /// The lowest set bit at or above `bit`; nil when there is none. O(1).
    func firstBit(from bit: Int) -> Int? {
        guard bit < 64 else { return nil }
        let rest = self & (.max << UInt64(bit))
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }
}
