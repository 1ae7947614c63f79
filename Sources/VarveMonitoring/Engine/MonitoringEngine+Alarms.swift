package import VarveAlarms
import VarveBytes
import VarveEvents
import VarveJSON
package import VarveModel

// What happens to alarms.
extension MonitoringEngine {
    /// An alarm that is due.
    struct DueAlarm: Sendable {
        var name: String
        var watched: WatchedAlarm
    }

    mutating func takeDueAlarms(nowNs: Int64, limit: Int) -> [DueAlarm] {
        schedule.takeDue(nowNs: nowNs, limit: limit).compactMap { name in
            watched[name].map { DueAlarm(name: name, watched: $0) }
        }
    }

    /// Decides on the data of a due alarm; one that is gone meanwhile is passed over.
    mutating func evaluate(_ name: String, _ input: AlarmInput, nowNs: Int64) {
        guard var alarm = alarms[name] else { return }
        let before = alarm
        let effects = alarm.evaluate(input, nowNs: nowNs)
        stage(alarm, before: before, effects, nowNs: nowNs)
    }

    /// Ends periods of suppression and mute windows, and repeats what is to be repeated.
    mutating func tick(nowNs: Int64) {
        for (name, dueNs) in ticks where dueNs <= nowNs {
            guard var alarm = alarms[name] else { continue }
            let before = alarm
            let effects = alarm.tick(nowNs: nowNs)
            stage(alarm, before: before, effects, nowNs: nowNs)
        }
    }

    /// What children did that composite alarms were not told of: the process ended in between.
    mutating func recoverComposites(nowNs: Int64) {
        for (name, alarm) in alarms.durable.sorted(by: { $0.key < $1.key }) {
            guard case .composite = alarm.definition, !graph.cyclic.contains(name) else { continue }
            var alarm = alarm
            let before = alarm
            let effects = alarm.recover(nowNs: nowNs) { alarms[$0]?.standing }
            stage(alarm, before: before, effects, nowNs: nowNs)
        }
    }

    /// Stages an alarm as one decision with everything that follows from it: composite alarms that name it change in the
    /// same write.
    mutating func stage(_ alarm: Alarm, before: Alarm?, _ effects: [AlarmEffect], nowNs: Int64) {
        guard alarm != before else { return }
        var write = MonitoringWrite()
        var open = [(alarm: alarm, before: before, effects: effects)]
        // Members of circles are never told, so this ends.
        while let (alarm, before, effects) = open.popLast() {
            alarms[alarm.name] = alarm
            write.documents.append(
                MonitoringWrite.Document(kind: .alarm, name: alarm.name, content: alarm.encode()))
            for effect in effects { add(effect, to: &write, nowNs: nowNs) }
            guard alarm.state != before?.state else { continue }
            for parent in graph.parents(of: alarm.name) {
                guard var composite = alarms[parent] else { continue }
                let old = composite
                let effects = composite.childChanged(alarm.name, nowNs: nowNs) { alarms[$0]?.standing }
                if composite != old { open.append((composite, old, effects)) }
            }
        }
        stage(write)
    }

    func add(_ effect: AlarmEffect, to write: inout MonitoringWrite, nowNs: Int64) {}
}
