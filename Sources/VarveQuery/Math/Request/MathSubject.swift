/// A series by how it is made: the queries that it needs and nothing else, the last of which gives it. Equal for
/// everybody who asks for the same, whatever labels there are and whatever else is asked for.
package struct MathSubject: Hashable, Sendable {
    /// Only the last returns data; none has a label.
    package let definitions: [MathDefinition]

    /// - Precondition: there is a definition.
    package init(_ definitions: [MathDefinition]) {
        precondition(!definitions.isEmpty, "a series is made of something")
        self.definitions = definitions.enumerated().map { index, definition in
            var definition = definition
            definition.label = nil
            definition.returnsData = index == definitions.count - 1
            if case .metric(var stat) = definition.content {
                stat.dimensions.sort()
                definition.content = .metric(stat)
            }
            return definition
        }
    }

    /// The metric, when the series is nothing else.
    package var metric: MathMetricStat? {
        guard definitions.count == 1, case .metric(let stat) = definitions[0].content else { return nil }
        return stat
    }
}

/// A call of ANOMALY_DETECTION_BAND as it is written.
package struct MathBandCall: Sendable {
    /// The query in which it stands.
    package let queryID: String
    /// What the band is around.
    package let subject: MathSubject
    /// Period of the subject.
    package let periodNs: Int64
    /// Standard deviations to either side; nil where they are computed.
    package let deviations: Double?
    /// Whether the query is this call and nothing else.
    package let isWholeQuery: Bool
}

extension MathPlan {
    /// The entry and what it reads.
    package func subject(of index: Int) -> MathSubject {
        MathSubject(definitions(readBy: entries[index].inputs) + [entries[index].definition])
    }

    /// What a node of an entry's expression gives.
    func subject(of node: Int, in expression: MathExpression, _ entry: Entry) -> MathSubject {
        if case .reference(let id) = expression.nodes[node], let index = indices[id] { return subject(of: index) }
        let part = MathDefinition(
            id: "\(Self.partPrefix)\(entry.id)", .expression(expression.text(of: node)),
            periodNs: entry.definition.periodNs)
        return MathSubject(definitions(readBy: entry.inputs) + [part])
    }

    /// Before the id of a query that is a part of another one.
    private static let partPrefix = "partOf_"

    /// All calls of ANOMALY_DETECTION_BAND that the answer needs.
    package var bandCalls: [MathBandCall] {
        entries.filter(\.isNeeded).flatMap { entry -> [MathBandCall] in
            guard case .expression(let expression) = entry.content else { return [] }
            return expression.nodes.indices.compactMap { index in
                guard case .call(.anomalyDetectionBand, let arguments) = expression.nodes[index] else { return nil }
                return bandCall(arguments, isWhole: index == expression.nodes.count - 1, expression, entry)
            }
        }
    }

    private func bandCall(
        _ arguments: [Int], isWhole: Bool, _ expression: MathExpression, _ entry: Entry
    ) -> MathBandCall {
        var deviations: Double? = arguments.count > 1 ? nil : 2
        if arguments.count > 1 {
            switch expression.nodes[arguments[1]] {
            case .number(let number): deviations = number
            case .negated(let node):
                if case .number(let number) = expression.nodes[node] { deviations = -number }
            default: break
            }
        }
        var periodNs = entry.periodNs
        if case .reference(let id) = expression.nodes[arguments[0]], let index = indices[id] {
            periodNs = entries[index].periodNs
        }
        return MathBandCall(
            queryID: entry.id, subject: subject(of: arguments[0], in: expression, entry), periodNs: periodNs,
            deviations: deviations, isWholeQuery: isWhole)
    }

    /// These entries and all that they read, in the order of the request.
    private func definitions(readBy inputs: [Int]) -> [MathDefinition] {
        var needed: Set<Int> = []
        var open = inputs
        while let index = open.popLast() {
            if needed.insert(index).inserted { open += entries[index].inputs }
        }
        return needed.sorted().map { entries[$0].definition }
    }
}
