import VarveModel
import VarveStore

extension MonitoringLoop {
    /// Series of a step; some ten milliseconds.
    private static let seriesPerPage = 1_000
    /// Minutes without data that a step passes over, when a stream catches up.
    private static let emptyMinutesPerStep = 10
    /// Documents of a step end here, whatever the number of series.
    private static let bytesPerPage = 1 << 20
    /// Pause after what could not be read or stored.
    private static let pauseNs = 5 * Nanoseconds.perSecond

    /// Sends the next page of each metric stream that is due. How far a stream is and what it sends are stored
    /// together; nothing is sent that is not stored, so that nothing is sent twice unmarked.
    func stream(_ run: inout Run, nowNs: Int64) {
        let running = run.engine.runningStreams(nowNs: nowNs)
        run.streamSelections.begin(running, seriesMax: run.engine.options.streamSeriesPerStep)
        for task in run.streamSelections.inTurn(running) where run.engine.isDue(task, nowNs: nowNs) {
            guard run.unsaved.isEmpty else {
                run.engine.streamsPauseUntilNs = nowNs + Self.pauseNs
                return
            }
            do throws(StoreError) {
                try sendNext(of: task, &run, nowNs: nowNs)
            } catch {
                // What one cannot read keeps no other from going on.
                run.engine.discard()
                run.engine.streamPauses[task.name] = nowNs + Self.pauseNs
                warn("metric stream \(task.name) waits: \(error)")
                continue
            }
            run.engine.streamPauses[task.name] = nil
            do throws(StoreError) {
                try storeDecisions(&run, nowNs: nowNs)
            } catch {
                run.engine.discard()
                run.engine.streamsPauseUntilNs = nowNs + Self.pauseNs
                warn("metric streams wait: \(error)")
                return
            }
        }
    }

    private func sendNext(of task: StreamTask, _ run: inout Run, nowNs: Int64) throws(StoreError) {
        var next: StreamTask? = task
        for _ in 0..<Self.emptyMinutesPerStep {
            guard let task = next else { return }
            let isWhole = try sendPage(of: task, &run, nowNs: nowNs)
            if !isWhole || run.engine.hasWrites { return }
            next = run.engine.dueStreams(nowNs: nowNs).first { $0.name == task.name }
        }
    }

    /// - Returns: false when the series of the minute are still being looked for: nothing has changed then.
    private func sendPage(of task: StreamTask, _ run: inout Run, nowNs: Int64) throws(StoreError) -> Bool {
        let reader = StreamReader(snapshot: store.snapshot(), scope: run.engine.scope, nowNs: nowNs, warn: warn)
        guard let active = try run.streamSelections.series(for: task, reader) else { return false }
        let first = task.progress.after.map { active.firstIndex(after: SeriesID(rawValue: $0)) } ?? 0
        let page = active[first..<min(active.count, first + Self.seriesPerPage)]
        var batches = StreamBatches(run.engine.streamIdentity(task.name), task.definition.format)
        var last = page.last
        for (series, point) in reader.points(of: page, active: active, stream: task.definition, in: task.minute) {
            batches.add(point)
            if batches.byteCount >= Self.bytesPerPage {
                last = series
                break
            }
        }
        batches.close()
        var progress = StreamProgress(minuteNs: task.progress.minuteNs, after: last?.rawValue)
        if page.isEmpty || last == active.last { progress = StreamProgress(minuteNs: task.minute.end) }
        run.engine.send(batches.finished, of: task, then: progress, nowNs: nowNs)
        return true
    }
}
