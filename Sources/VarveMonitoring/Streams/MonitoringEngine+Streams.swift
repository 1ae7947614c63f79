import VarveBytes
import VarveModel

/// A minute of a stream that is due, or the rest of one.
struct StreamTask: Sendable {
    var name: String
    var definition: MetricStreamDefinition
    var progress: StreamProgress

    var minute: TimeRange {
        TimeRange(start: progress.minuteNs, end: progress.minuteNs + Nanoseconds.perMinute)
    }
}

// Metric streams. Page: Docs/MetricStreams.md.
extension MonitoringEngine {
    /// A minute is sent so long after its end: senders that send once a minute have sent then, and have ten seconds for
    /// the way. What comes later is not sent.
    static let streamGraceNs = 70 * Nanoseconds.perSecond
    /// What is older is not sent, as by the service.
    static let streamAgeMaxNs = 2 * Nanoseconds.perHour
    /// Room that a step may need: a page of datapoints and a document beyond it.
    private static let streamStepBytes = 2 << 20
    /// Pause of a stream whose target does not take what waits for it already.
    private static let streamPauseNs = Nanoseconds.perSecond

    func metricStreamARN(_ name: String) -> String {
        "arn:aws:cloudwatch:\(scope.region):\(scope.account):metric-stream/\(name)"
    }

    /// Running streams by name, each with the minute that is next. O(streams).
    func runningStreams(nowNs: Int64) -> [StreamTask] {
        metricStreams.durable.sorted { $0.key < $1.key }.compactMap { key, stream in
            nextMinute(of: key.text, stream, nowNs: nowNs).map {
                StreamTask(name: key.text, definition: stream.definition, progress: $0)
            }
        }
    }

    /// Those that can be sent on. O(streams).
    func dueStreams(nowNs: Int64) -> [StreamTask] { runningStreams(nowNs: nowNs).filter { isDue($0, nowNs: nowNs) } }

    func isDue(_ task: StreamTask, nowNs: Int64) -> Bool {
        nowNs >= streamsPauseUntilNs
            && task.progress.minuteNs <= nowNs - Nanoseconds.perMinute - Self.streamGraceNs
            && nowNs >= streamPauses[task.name] ?? .min && hasRoom(for: task.definition)
    }

    /// When a stream has something to send; nil without running ones. O(streams).
    func nextStreamNs(nowNs: Int64) -> Int64? {
        var next: Int64?
        for (name, stream) in metricStreams.durable {
            guard let progress = nextMinute(of: name.text, stream, nowNs: nowNs) else { continue }
            var dueNs = progress.minuteNs + Nanoseconds.perMinute + Self.streamGraceNs
            dueNs = max(dueNs, streamPauses[name.text] ?? .min)
            if dueNs <= nowNs, !hasRoom(for: stream.definition) { dueNs = nowNs + Self.streamPauseNs }
            next = min(next ?? .max, max(dueNs, streamsPauseUntilNs))
        }
        return next
    }

    private func nextMinute(of name: String, _ stream: MetricStream, nowNs: Int64) -> StreamProgress? {
        guard stream.isRunning, let progress = streamProgress[name] else { return nil }
        // What was noted under a clock that was hours ahead would hold the stream up until then.
        if progress.minuteNs > nowNs + Self.streamAgeMaxNs { return StreamProgress(minuteNs: nowNs.flooredToMinute) }
        let oldestNs = (nowNs - Self.streamAgeMaxNs).flooredToMinute + Nanoseconds.perMinute
        return progress.minuteNs < oldestNs ? StreamProgress(minuteNs: oldestNs) : progress
    }

    /// Whether a step of a stream fits. Half of the outbox is not for streams: a target that is down must not keep
    /// alarms from theirs.
    func hasRoom(for stream: MetricStreamDefinition) -> Bool {
        outbox.hasRoom(
            byteCount: Self.streamStepBytes, endpoint: stream.endpoint, byteCountMax: options.outboxBytesMax / 2)
    }

    /// Stages documents of a task, and how far the stream is with them. Without documents nothing is staged, and how
    /// far it is need not be stored: the next start finds the same nothing.
    mutating func send(_ documents: [[UInt8]], of task: StreamTask, then progress: StreamProgress, nowNs: Int64) {
        guard !documents.isEmpty else { return streamProgress.load(task.name, progress) }
        let endNs = task.progress.minuteNs + Self.streamAgeMaxNs
        let policy = RetryPolicy(
            retriesMax: RetryPolicy.standard.retriesMax,
            ageMaxSeconds: Int(max(0, endNs - nowNs) / Nanoseconds.perSecond))
        var write = MonitoringWrite()
        for document in documents {
            let delivery = Delivery(
                id: makeID(), target: task.definition.firehoseARN, endpoint: task.definition.endpoint,
                subject: "metric stream \(task.name)", body: document, createdNs: nowNs, policy: policy,
                content: task.definition.format == .json ? .lines : .openTelemetry)
            deliver(delivery, in: &write, nowNs: nowNs)
        }
        stage(progress, of: task.name, in: &write)
        stage(write)
    }

    mutating func stage(_ progress: StreamProgress?, of name: String, in write: inout MonitoringWrite) {
        streamProgress[name] = progress
        write.documents.append(.init(kind: .metricStreamProgress, name: name, content: progress?.encoded))
    }

    /// A stream whose progress is lost begins anew.
    mutating func beginStreams(nowNs: Int64) {
        for name in metricStreams.durable.sortedNames where streamProgress[name] == nil {
            streamProgress.load(name, StreamProgress(minuteNs: nowNs.flooredToMinute))
        }
    }

    func streamIdentity(_ name: String) -> StreamIdentity {
        StreamIdentity(name: name, account: scope.account, region: scope.region, arn: metricStreamARN(name))
    }
}

extension Int64 {
    /// The start of the minute of an instant.
    var flooredToMinute: Int64 { flooredQuotient(by: Nanoseconds.perMinute) * Nanoseconds.perMinute }
}
