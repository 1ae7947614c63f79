/// A place in a statement, in UTF-8 bytes: `start` included, `end` not.
package struct SourceSpan: Hashable, Sendable {
    package var start: Int
    package var end: Int

    package init(start: Int, end: Int) {
        self.start = start
        self.end = end
    }

    /// From the start of this place to the end of `other`.
    func through(_ other: SourceSpan) -> SourceSpan { SourceSpan(start: start, end: other.end) }

    /// The error that points here.
    func invalid(_ message: String) -> QueryError {
        .invalid(message: message, offset: start, byteCount: end - start)
    }
}
