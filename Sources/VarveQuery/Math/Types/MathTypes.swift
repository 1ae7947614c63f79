/// A word that stands as an argument of FILL or SORT.
package enum MathWord: String, CaseIterable, Sendable {
    case repeatLast = "REPEAT"
    case linear = "LINEAR"
    case average = "AVG"
    case minimum = "MIN"
    case maximum = "MAX"
    case sum = "SUM"
    case ascending = "ASC"
    case descending = "DESC"

    var type: MathTypes {
        switch self {
        case .repeatLast, .linear: .fillWord
        case .average, .minimum, .maximum, .sum: .rankWord
        case .ascending, .descending: .orderWord
        }
    }
}

/// The types that a value may have. One before evaluation in most cases; SLICE gives a series or an array, which only
/// the data decide.
package struct MathTypes: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// S: one number.
    package static let scalar = MathTypes(rawValue: 1)
    /// TS: one time series.
    package static let series = MathTypes(rawValue: 2)
    /// TS[]: any number of time series.
    package static let array = MathTypes(rawValue: 4)
    package static let string = MathTypes(rawValue: 8)
    /// `REPEAT`, `LINEAR`
    package static let fillWord = MathTypes(rawValue: 16)
    /// `AVG`, `MIN`, `MAX`, `SUM`
    package static let rankWord = MathTypes(rawValue: 32)
    /// `ASC`, `DESC`
    package static let orderWord = MathTypes(rawValue: 64)

    private static let names: [(type: MathTypes, text: String)] = [
        (.scalar, "a scalar"), (.series, "a time series"), (.array, "an array of time series"),
        (.string, "a string in quotes"), (.fillWord, "REPEAT"), (.fillWord, "LINEAR"), (.rankWord, "AVG"),
        (.rankWord, "MIN"), (.rankWord, "MAX"), (.rankWord, "SUM"), (.orderWord, "ASC"), (.orderWord, "DESC"),
    ]

    /// `a time series or an array of time series`
    var text: String { Self.names.filter { contains($0.type) }.map(\.text).joinedAsAlternatives() }

    /// The types of values that a query may have.
    static let results: MathTypes = [.series, .array]
}
