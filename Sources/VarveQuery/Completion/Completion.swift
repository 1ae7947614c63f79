package import VarveModel
package import VarveStore

/// Texts that can replace the word under the cursor.
package struct Completion: Equatable, Sendable {
    /// UTF-8 bytes; the texts replace `replaceStart..<cursor`.
    package var replaceStart: Int
    /// As they must be written, quotes included; sorted, distinct.
    package var texts: [String]
}

extension QueryEngine {
    /// How many texts a completion has at most; nobody reads more.
    package static let completionsMax = 200
    /// Series that are looked at for dimension names and values: enough for a list, quick enough for a key press.
    private static let seriesSampledMax = 20_000

    /// Completes the word at `cursor` (UTF-8 bytes) with what the grammar allows there and the data has.
    package static func complete(
        _ statement: String, cursor: Int, on snapshot: some MetricSnapshot, in scope: Scope
    ) -> Completion {
        let context = completionContext(statement: statement, cursor: cursor)
        let data = CompletionData(snapshot: snapshot, scope: scope, seriesMax: seriesSampledMax)
        let texts = Set(context.candidates.flatMap { data.texts(for: $0, prefix: context.prefix) })
        return Completion(replaceStart: context.wordStart, texts: Array(texts.sorted().prefix(completionsMax)))
    }
}

/// Names and values of a snapshot that begin with a prefix, compared without case.
private struct CompletionData<Snapshot: MetricSnapshot> {
    let snapshot: Snapshot
    let scope: Scope
    let seriesMax: Int

    func texts(for candidate: CompletionContext.Candidate, prefix: String) -> [String] {
        let lowerPrefix = prefix.lowercased()
        func matches(_ text: String) -> Bool { text.lowercased().hasPrefix(lowerPrefix) }
        switch candidate {
        case .keyword(let words): return matches(words) ? [words] : []
        case .namespace: return snapshot.namespaces(in: scope).filter(matches).map(Quoting.namespace)
        case .metric(let namespace): return metrics(of: namespace).filter(matches).map(Quoting.name)
        case .dimensionName(let namespace):
            return dimensions(of: namespace).map(\.name).filter(matches).map(Quoting.key)
        case .dimensionValue(let name, let namespace):
            return dimensions(of: namespace).filter { $0.name == name }.map(\.value).filter(matches).map(Quoting.value)
        case .time: return matches("now") ? ["now"] : []
        case .duration: return []
        }
    }

    private func namespaces(_ namespace: String?) -> [String] {
        namespace.map { [$0] } ?? snapshot.namespaces(in: scope)
    }

    private func metrics(of namespace: String?) -> Set<String> {
        Set(namespaces(namespace).flatMap { snapshot.metrics(in: scope, namespace: $0) })
    }

    private func dimensions(of namespace: String?) -> Set<Dimension> {
        var dimensions: Set<Dimension> = []
        var left = seriesMax
        for namespace in namespaces(namespace) {
            for metric in snapshot.metrics(in: scope, namespace: namespace) where left > 0 {
                let series = snapshot.series(in: scope, namespace: namespace, metric: metric).prefix(left)
                left -= series.count
                for id in series { dimensions.formUnion(snapshot.source(of: id).dimensions) }
            }
        }
        return dimensions
    }
}
