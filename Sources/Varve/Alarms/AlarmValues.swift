import VarveAlarms
import VarveJSON
import VarveMonitoring

extension Alarms {
    /// What an alarm says of its data. The raw value is the service's spelling.
    public enum State: String, CaseIterable, Sendable {
        /// Within the threshold.
        case ok = "OK"
        /// Beyond it, for as many periods as the definition says.
        case alarm = "ALARM"
        /// Nothing can be said, or nothing was looked at yet.
        case insufficientData = "INSUFFICIENT_DATA"
    }

    /// An alarm as it is.
    public struct Status: Sendable, Equatable {
        /// Names are unique within a database.
        public let name: String
        /// What its data say.
        public let state: State
        /// When it came into this state, nanoseconds since 1970.
        public let sinceNs: Int64
        /// Why it is in this state, for people; empty when nobody said.
        public let reason: String
        /// Whether it watches other alarms instead of data.
        public let isComposite: Bool
        /// Whether its actions are taken.
        public let actionsEnabled: Bool

        init(_ alarm: Alarm) {
            name = alarm.name
            state = State(alarm.state)
            sinceNs = alarm.value.transitionedNs
            reason = alarm.value.reason ?? ""
            isComposite = alarm.type == .composite
            actionsEnabled = alarm.definition.actionsEnabled
        }
    }

    /// An alarm went from one state to another.
    public struct Change: Sendable, Equatable {
        /// Its name.
        public let alarm: String
        /// Nanoseconds since 1970.
        public let timestampNs: Int64
        /// Where it was.
        public let from: State
        /// Where it is.
        public let to: State
        /// Why, for people; empty when nobody said.
        public let reason: String

        /// - Returns: nil for what is no change of an alarm's state.
        init?(_ row: HistoryRow) {
            guard row.type == HistoryItemType.stateUpdate.rawValue,
                let data = try? JSONReader.read(Array(row.data.utf8)),
                let from = data["oldState"]?["stateValue"]?.string.flatMap(State.init(rawValue:)),
                let to = data["newState"]?["stateValue"]?.string.flatMap(State.init(rawValue:))
            else { return nil }
            alarm = row.alarm
            timestampNs = row.timestamp
            (self.from, self.to) = (from, to)
            reason = data["newState"]?["stateReason"]?.string ?? ""
        }
    }

    /// Something that happened to an alarm.
    public struct HistoryItem: Sendable, Equatable {
        /// Its name.
        public let alarm: String
        /// Nanoseconds since 1970.
        public let timestampNs: Int64
        /// `ConfigurationUpdate`, `StateUpdate`, `Action`, `AlarmContributorStateUpdate` or `AlarmContributorAction`.
        public let type: String
        /// One line for people.
        public let summary: String
        /// All of it as JSON, in the shapes of the service.
        public let json: String

        init(_ row: HistoryRow) {
            alarm = row.alarm
            timestampNs = row.timestamp
            type = row.type
            summary = row.summary
            json = row.data
        }
    }

    /// What would have happened to one alarm in the range of ``Alarms/backtest(_:over:cancellation:)``.
    public struct Replay: Sendable, Equatable {
        /// A stretch of time in ALARM.
        public struct Episode: Sendable, Equatable {
            /// Nanoseconds since 1970.
            public let startNs: Int64
            /// nil when it was in ALARM at the end of the range.
            public let endNs: Int64?
            /// Why it began.
            public let reason: String
        }

        /// Name of the alarm.
        public let alarm: String
        /// Oldest first.
        public let episodes: [Episode]
        /// All changes of state.
        public let changeCount: Int
        /// Episodes that began within 15 minutes after the one before had ended.
        public let flapCount: Int
        /// Time in ALARM, nanoseconds.
        public let alarmNs: Int64
        /// How often each target would have been called.
        public let actionCounts: [String: Int]
        /// At the end of the range.
        public let lastState: State

        init(_ report: AlarmBacktest.Report) {
            alarm = report.alarm
            episodes = report.episodes.map { Episode(startNs: $0.startNs, endNs: $0.endNs, reason: $0.reason) }
            changeCount = report.changeCount
            flapCount = report.flapCount
            alarmNs = report.alarmNs
            actionCounts = report.actionCounts
            lastState = State(report.lastState)
        }
    }
}

extension Alarms.State {
    init(_ state: AlarmState) {
        switch state {
        case .ok: self = .ok
        case .alarm: self = .alarm
        case .insufficientData: self = .insufficientData
        }
    }
}
