package import VarveModel

/// Writes rows as line protocol that ``LineParser`` reads back to the same rows.
///
/// Canonical: tags sorted by name, a backslash only where one is needed, floats in the shortest form that reads back
/// exactly, timestamps in nanoseconds. Units and storage resolutions are not part of the protocol and are left out, and
/// so are account and region. Owned by one thread.
package struct LineFormatter {
    /// The text so far, in UTF-8; take it and empty it at any time.
    package var text: [UInt8] = []

    package init() {}

    /// Appends one line per row.
    /// - Throws: ``LineFormatError`` at the first row that cannot be written; the lines of the rows before it stay.
    package mutating func append(_ batch: RowBatch) throws(LineFormatError) {
        var valueIndex = 0
        for row in 0..<batch.rowCount {
            let shape = batch.shapes[Int(batch.rowShapes[row])]
            let values = batch.values[valueIndex..<(valueIndex + shape.fields.count)]
            valueIndex = values.endIndex
            try append(shape: shape, timestamp: batch.timestamps[row], values: values)
        }
    }

    /// Appends the line of one row.
    /// - Throws: ``LineFormatError``; nothing is appended then.
    package mutating func append(
        shape: RowShape, timestamp: Int64, values: some Collection<Double>
    ) throws(LineFormatError) {
        precondition(values.count == shape.fields.count, "one value per field")
        try Self.check(shape.source)
        var line = LineSpelling.prefix(of: shape.source)
        var separator = ASCII.space
        for (field, value) in zip(shape.fields, values) {
            guard LineSpelling.canSpell(field.metric, .tagOrField) else { throw .name(field.metric) }
            guard value.isFinite else { throw .value(metric: field.metric, value) }
            line.append(separator)
            LineSpelling.append(field.metric, .tagOrField, to: &line)
            line.append(ASCII.equals)
            Self.append(value, to: &line)
            separator = ASCII.comma
        }
        guard timestamp > .min + 1, timestamp < .max else { throw .timestamp(timestamp) }
        line.append(ASCII.space)
        line.append(contentsOf: String(timestamp).utf8)
        line.append(ASCII.lineFeed)
        text.append(contentsOf: line)
    }

    private static func check(_ source: SourceKey) throws(LineFormatError) {
        guard LineSpelling.canSpell(source.namespace, .measurement) else { throw .name(source.namespace) }
        for dimension in source.dimensions {
            guard LineSpelling.canSpell(dimension.name, .tagOrField) else { throw .name(dimension.name) }
            guard LineSpelling.canSpell(dimension.value, .tagOrField) else { throw .name(dimension.value) }
        }
    }

    /// Whole numbers below 2^53 without a fraction; everything else in the shortest form that reads back exactly.
    private static func append(_ value: Double, to line: inout [UInt8]) {
        if let whole = Int64(exactly: value), whole.magnitude <= 1 << 53, !(whole == 0 && value.sign == .minus) {
            line.append(contentsOf: String(whole).utf8)
        } else {
            line.append(contentsOf: value.description.utf8)
        }
    }
}

/// Why a row cannot be written as a line.
package enum LineFormatError: Error, Equatable, Sendable {
    /// A namespace, metric, dimension name or value that is empty, contains control characters or ends in a backslash,
    /// or a namespace that begins with `#`.
    case name(String)
    /// NaN or infinite.
    case value(metric: String, Double)
    /// One of the three instants at the ends of the representable time that the protocol leaves out.
    case timestamp(Int64)
}

extension LineFormatError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .name(let name): "line protocol cannot spell the name \(name.debugDescription)"
        case .value(let metric, let value):
            "line protocol cannot spell the value \(value) of \(metric.debugDescription)"
        case .timestamp(let timestamp): "line protocol cannot spell the timestamp \(timestamp)"
        }
    }
}
