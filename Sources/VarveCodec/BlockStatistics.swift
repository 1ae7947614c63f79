/// What is known of a run of values without decoding it. Format: Docs/Format/segment.md, "Block index".
///
/// NaN and ±Inf are counted and left out of `minimum`, `maximum`; the sum follows IEEE (``ExactSum``).
package struct BlockStatistics: Sendable, Equatable {
    /// Values, NaN and infinities included.
    package var count: Int
    /// NaN values among them.
    package var nanCount: Int
    /// Smallest and largest finite value; nil when there is none.
    package var minimum: Double?
    package var maximum: Double?
    /// First and last value in row order.
    package var first: Double
    package var last: Double
    /// Exact, so that a result does not depend on how rows are cut into blocks.
    package var sum: ExactSum
}
