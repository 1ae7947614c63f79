import VarveModel
import VarveQuery
import VarveStore

/// Reads what models are shown. Detectors of single metrics over the same periods are read together.
struct DetectorDataReader<Source: MathSource> {
    let source: Source

    /// One list per training, in order: a value per period, NaN where there is none; nil where nothing can be read now.
    /// O(series × periods + samples in them).
    func values(of trainings: [DetectorTraining]) -> [[Double]?] {
        var values = [[Double]?](repeating: nil, count: trainings.count)
        var together: [Key: [Int]] = [:]
        for (index, training) in trainings.enumerated() {
            if training.subject.metric != nil {
                together[Key(training), default: []].append(index)
            } else {
                values[index] = self.values(of: training)
            }
        }
        for indices in together.values {
            let read = metricValues(indices.map { trainings[$0] })
            for (index, list) in zip(indices, read) { values[index] = list }
        }
        return values
    }

    private struct Key: Hashable {
        var startNs: Int64
        var endNs: Int64
        var periodNs: Int64

        init(_ training: DetectorTraining) {
            startNs = training.range.start
            endNs = training.range.end
            periodNs = training.key.periodNs
        }
    }

    private func metricValues(_ trainings: [DetectorTraining]) -> [[Double]?] {
        let stats = trainings.compactMap { training -> MathMetricStat? in
            var stat = training.subject.metric
            stat?.periodNs = training.key.periodNs
            return stat
        }
        do throws(QueryError) {
            return try source.fetch(stats, over: trainings[0].range).map(\.series.values)
        } catch {
            // One that cannot be read must not keep the others from learning.
            guard trainings.count > 1 else { return [missing(trainings[0], error)] }
            let half = trainings.count / 2
            return metricValues(Array(trainings[..<half])) + metricValues(Array(trainings[half...]))
        }
    }

    private func values(of training: DetectorTraining) -> [Double]? {
        do throws(QueryError) {
            return try source.values(of: training.subject, periodNs: training.key.periodNs, over: training.range)
        } catch {
            return missing(training, error)
        }
    }

    /// What cannot be computed has no values; what cannot be read may be read later.
    private func missing(_ training: DetectorTraining, _ error: QueryError) -> [Double]? {
        switch error {
        case .invalid, .limit:
            let count = (training.range.end - training.range.start) / training.key.periodNs
            return [Double](repeating: .nan, count: Int(count))
        case .cancelled, .store: return nil
        }
    }
}
