/// Placeholder of the exact accumulator.
package struct ExactSum: Sendable, Equatable {}
