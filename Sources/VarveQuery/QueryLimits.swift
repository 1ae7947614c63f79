import VarveModel

/// Every limit on a statement and on what it may cost, with its derivation. Relations are asserted in
/// `QueryLimitsTests`.
package enum QueryLimits {
    /// A statement is typed or sent as one request; the service allows 2 048 characters, generated ones list many keys.
    package static let statementBytesMax = 64 << 10
    /// Aggregates of one SELECT: columns that still fit a wide terminal or a chart legend.
    package static let aggregatesMax = 32
    /// Operators and parentheses of one statement: more than anybody writes, few enough for a recursion on each.
    package static let operatorsMax = 256
    /// Keys of GROUP BY or SCHEMA, and conditions of WHERE: as many as a series can have dimensions.
    package static let keysMax = Limits.dimensionsCeiling
    /// Values of one IN: each is a look-up of its own.
    package static let valuesMax = 1_000
    /// Series that one SELECT may read. The service reads 10 000; an engine on its own disk need not stop there, but
    /// the list of series with their groups is in memory: 1 Mi × about 100 bytes.
    package static let seriesScannedMax = 1 << 20
    /// The LIMIT of a SELECT without LIMIT: the service's number.
    package static let seriesReturnedDefault = 500
    /// Series that one SELECT with a LIMIT returns; rows have a limit of their own. The service returns 500
    /// (``QueryContext/seriesReturnedMax``).
    package static let seriesReturnedMax = 100_000
    /// Buckets of one result series: the service's largest `MaxDatapoints`.
    package static let bucketsMax = 100_800
    /// Accumulators held at once. More groups are worked on in turns, each turn reading its own series:
    /// 512 Ki × about 80 bytes is 40 MiB.
    package static let cellsPerTurn = 1 << 19
    /// Samples held at once for percentiles and the like, of one period at most that many: 8 Mi × 8 bytes is 64 MiB,
    /// and as much again where one period has them all. More groups or periods are worked on in turns.
    package static let statisticValuesMax = 8 << 20
    /// Rows of one result, after LIMIT: each costs an array of values, about 150 bytes.
    package static let resultRowsMax = 1 << 20
    /// Threads of one statement: a second one halves the time of a large answer, more would starve other statements.
    package static let workersMax = 2
    /// Rows of a SHOW SERIES without LIMIT: more than anybody reads.
    package static let shownSeriesDefault = 500
    /// Buckets that a PERIOD chosen by Varve stays within: about the columns of a terminal chart.
    package static let defaultBucketsMax = 200
    /// SINCE of a statement without SINCE: what the service's console shows first.
    package static let defaultRangeNs = 3 * Nanoseconds.perHour
}
