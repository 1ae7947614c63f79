import Synchronization
package import VarveAnomaly
package import VarveIO
package import VarveModel

/// What a statement needs to know besides its text.
package struct QueryContext: Sendable {
    package var scope: Scope
    /// "Now" of SINCE and UNTIL, nanoseconds since 1970.
    package var nowNs: Int64
    /// Looked at once per block.
    package var cancellation: CancellationFlag?
    /// Answers from what can be read, with a notice for each place that cannot; otherwise damage is an error.
    package var acceptsGaps: Bool
    /// Samples held at once for percentiles and the like, or for rows; 8 or 16 bytes each.
    package var samplesMax: Int
    /// Series that a SELECT returns at most, whatever its LIMIT. A front that answers as the service does passes 500.
    package var seriesReturnedMax = QueryLimits.seriesReturnedMax
    /// How percentiles and the like are computed: from the samples, or as the service does it.
    package var statisticPath = StatisticPath.exact
    /// For the times of EXPLAIN ANALYZE, which leaves them out without a clock.
    package var clock: (any SystemClock)?
    /// What a detector knows of a series in periods of so many nanoseconds; nil when there is none. May wait for it.
    package var anomalyModel: (@Sendable (MathSubject, Int64) -> KnownAnomalyModel?)?

    package init(
        scope: Scope = .default, nowNs: Int64, cancellation: CancellationFlag? = nil, acceptsGaps: Bool = false,
        samplesMax: Int = QueryLimits.statisticValuesMax, clock: (any SystemClock)? = nil
    ) {
        self.clock = clock
        self.samplesMax = samplesMax
        self.acceptsGaps = acceptsGaps
        self.scope = scope
        self.nowNs = nowNs
        self.cancellation = cancellation
    }

    func checkCancellation() throws(QueryError) {
        if cancellation?.isRaised == true { throw .cancelled }
    }
}

/// What was said and learnt about a series before somebody asks for its band.
package struct KnownAnomalyModel: Sendable {
    package var configuration: AnomalyConfiguration
    /// As it is now; nil where nothing is learnt in such periods.
    package var trainer: AnomalyTrainer?

    package init(configuration: AnomalyConfiguration, trainer: AnomalyTrainer?) {
        self.configuration = configuration
        self.trainer = trainer
    }
}

/// Set by whoever wants a running query to end. Any thread.
package final class CancellationFlag: Sendable {
    private let raised = Atomic<Bool>(false)

    package init() {}
    package func raise() { raised.store(true, ordering: .relaxed) }
    package var isRaised: Bool { raised.load(ordering: .relaxed) }
}
