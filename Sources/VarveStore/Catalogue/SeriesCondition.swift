package import VarveModel

/// A condition on the names of a series: its namespace, its metric, its dimensions. Texts are compared by bytes.
package indirect enum SeriesCondition: Sendable {
    case constant(Bool)
    case namespace(TextCondition)
    case metric(TextCondition)
    /// Some dimension has such a name.
    case dimensionName(TextCondition)
    /// Some dimension has such a value.
    case anyValue(TextCondition)
    /// The dimension of this name has such a value; false without the dimension.
    case value(of: String, TextCondition)
    /// Exactly these dimension names, in any order; each stands once.
    case dimensionNames([String])
    case all([SeriesCondition])
    case any([SeriesCondition])
    case not(SeriesCondition)

    /// The meaning, for snapshots without postings and for tests. O(texts).
    package func holds(source: SourceKey, metric: String) -> Bool {
        switch self {
        case .constant(let holds): holds
        case .namespace(let text): text.holds(source.namespace)
        case .metric(let text): text.holds(metric)
        case .dimensionName(let text): source.dimensions.contains { text.holds($0.name) }
        case .anyValue(let text): source.dimensions.contains { text.holds($0.value) }
        case .value(let name, let text):
            source.dimensions.contains { $0.name.hasSameBytes(as: name) && text.holds($0.value) }
        case .dimensionNames(let names):
            source.dimensions.count == names.count
                && source.dimensions.allSatisfy { dimension in names.contains { $0.hasSameBytes(as: dimension.name) } }
        case .all(let parts): parts.allSatisfy { $0.holds(source: source, metric: metric) }
        case .any(let parts): parts.contains { $0.holds(source: source, metric: metric) }
        case .not(let part): !part.holds(source: source, metric: metric)
        }
    }
}

/// What a text has to be.
package enum TextCondition: Sendable {
    case equals(String)
    /// A test of the UTF-8 bytes, made once per distinct text.
    case satisfies(@Sendable (UnsafeRawBufferPointer) -> Bool)

    func holds(_ text: String) -> Bool {
        switch self {
        case .equals(let wanted): text.hasSameBytes(as: wanted)
        case .satisfies(let test): text.withBytes(test)
        }
    }

    func holds(_ bytes: UnsafeRawBufferPointer) -> Bool {
        switch self {
        case .equals(let wanted): wanted.withBytes { $0.elementsEqual(bytes) }
        case .satisfies(let test): test(bytes)
        }
    }
}
