/// Where in nested ``forEvery(_:in:_:)`` loops the current task is, for comments of expectations.
package enum Trail {
    @TaskLocal static var labels: [String] = []

    /// Such as `rows = 3, crashAfter = 17`.
    package static var here: String { labels.joined(separator: ", ") }
}

/// A failure inside ``forEvery(_:in:_:)``, with the way to it.
package struct TrailError: Error, CustomStringConvertible {
    package let trail: String
    package let underlying: any Error

    package var description: String { "at \(trail): \(underlying)" }
}

/// Runs `body` for every value: the way to enumerate small worlds. Nest freely; an error that leaves the outermost call
/// says at which value of each loop it happened, and ``Trail/here`` says it inside.
package func forEvery<Values: Sequence>(
    _ label: String, in values: Values, _ body: (Values.Element) throws -> Void
) throws {
    for value in values {
        try Trail.$labels.withValue(Trail.labels + ["\(label) = \(value)"]) {
            do {
                try body(value)
            } catch let error as TrailError {
                throw error
            } catch {
                throw TrailError(trail: Trail.here, underlying: error)
            }
        }
    }
}
