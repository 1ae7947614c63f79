import VarveEvents
import VarveJSON

/// SplitMix64: the same numbers for the same seed everywhere. Tests are given the seed as their argument, so that a
/// failure prints it.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    /// A copy of `bytes` with a few bytes replaced, removed, doubled or cut off.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for _ in 0...below(4) where !result.isEmpty {
            let place = below(result.count)
            switch below(5) {
            case 0: result[place] = UInt8.random(in: 0...255, using: &self)
            case 1: result.remove(at: place)
            case 2: result.insert(result[below(result.count)], at: place)
            case 3: result.removeSubrange(place...)
            default: result[place] = pick(Array("{}[]\",:\\*<>$.-019eE \u{e9}".utf8))
            }
        }
        return result
    }
}

func json(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8)) }
func text(_ value: JSONValue) -> String { String(decoding: value.encoded, as: UTF8.self) }
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// The refusal that `body` throws.
func refusal(_ body: () throws -> Void) -> EventRefusal? {
    do {
        try body()
        return nil
    } catch {
        return error as? EventRefusal
    }
}

let second: Int64 = 1_000_000_000

/// An instant in UTC, in nanoseconds since 1970; days by counting, so that nothing is shared with what is tested.
func instant(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0, _ seconds: Int = 0) -> Int64 {
    (NaiveCalendar.days(year, month, day) * 86_400 + Int64(hour * 3_600 + minute * 60 + seconds)) * second
}

/// The calendar by counting.
enum NaiveCalendar {
    static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    static func length(_ year: Int, _ month: Int) -> Int {
        [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    /// Days since 1970-01-01, from 1970 on.
    static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        var days = 0
        for earlier in 1970..<max(year, 1970) { days += isLeap(earlier) ? 366 : 365 }
        for earlier in 1..<month { days += length(year, earlier) }
        return Int64(days + day - 1)
    }

    /// 0 is Sunday.
    static func weekday(_ days: Int64) -> Int { Int((days + 4) % 7) }
}
