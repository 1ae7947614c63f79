/// Limits of metric math, with their derivations.
package enum MathLimits {
    /// Unicode scalars of an expression: the service's number.
    package static let expressionCharactersMax = 2_048
    /// Characters of the first argument of SEARCH: the service's number.
    package static let searchCharactersMax = 1_024
    /// Brackets, signs and powers inside each other. The parser recurses: 100 levels of 8 calls of at most 500 bytes
    /// are 400 kB, which the smallest thread stacks (512 kB) hold.
    package static let nestingMax = 100
    /// Queries of one request: the service's number.
    package static let queriesMax = 500
    /// Metrics Insights statements of one request, hidden ones included: the service's number.
    package static let statementsMax = 1
    /// Bytes of a query's id: the service's number.
    package static let idBytesMax = 255
    /// Series that one SEARCH finds: the service's number.
    package static let searchSeriesMax = 500
    /// Series of one array. `[e1,e1]` doubles with each query that refers to the one before, so a few queries could ask
    /// for any number. As many as the service scans for one statement.
    package static let arraySeriesMax = 10_000
    /// Slots of all series of one array: 16 Mi doubles are 128 MiB.
    package static let arraySlotsMax = 1 << 24
    /// Slots of all series of a request that are held at once: 64 Mi doubles are 512 MiB, enough for 500 queries of as
    /// many slots as the service allows (100 800).
    package static let requestSlotsMax = 1 << 26
    /// The period where neither the query nor anything that it reads has one.
    package static let defaultPeriodNs: Int64 = 60_000_000_000
}
