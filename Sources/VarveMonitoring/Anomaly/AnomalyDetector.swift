package import VarveAnomaly
import VarveEvents
import VarveJSON
import VarveModel
import VarveQuery

/// A detector: what it learns, and what was said about it. What it has learnt is in ``DetectorModels``.
package struct AnomalyDetector: Equatable, Sendable {
    package let subject: DetectorSubject
    package var excludedRanges: [Range<Int64>] = []
    package var timeZone: String?
    package var hasPeriodicSpikes = false
    package var adaptation: AnomalyConfiguration.AdaptationSpeed?
    package var filtering: AnomalyConfiguration.OutlierFiltering?
    /// Periods in which it is learnt, seconds, ascending: one model each.
    package var periods: [Int64]

    /// Spans of one detector at most: every holiday of some decades.
    static let excludedRangesMax = 1_000
    /// Period of a metric's detector as long as no alarm has another one.
    static let defaultPeriodSeconds: Int64 = 60

    init(_ subject: DetectorSubject, periodNs: Int64? = nil) {
        self.subject = subject
        periods = [periodNs.map { $0 / Nanoseconds.perSecond } ?? Self.defaultPeriodSeconds]
    }

    /// Periods are those from which seasons can be learnt.
    static func check(periodNs: Int64) throws(MathError) {
        let known = AnomalyTrainer.periodSecondsMin...AnomalyTrainer.periodSecondsMax
        guard periodNs % Nanoseconds.perSecond == 0, known.contains(periodNs / Nanoseconds.perSecond) else {
            throw MathError(.value, "ANOMALY_DETECTION_BAND takes periods from 60 to 3600 seconds")
        }
    }

    /// Whether models of the one fit the other.
    func learns(as other: AnomalyDetector) -> Bool {
        var (left, right) = (self, other)
        left.periods = []
        right.periods = []
        return left == right
    }

    /// - Parameter zones: time zones by name; one that is gone counts as UTC.
    func configuration(_ zones: (String) -> TimeZoneRules?) -> AnomalyConfiguration {
        var configuration = AnomalyConfiguration(
            excludedRanges: excludedRanges, hasPeriodicSpikes: hasPeriodicSpikes, adaptation: adaptation ?? .normal,
            filtering: filtering ?? .moderate, lowestPossible: subject.limits.lowest,
            highestPossible: subject.limits.highest)
        if let timeZone, let rules = zones(timeZone) {
            configuration.zoneOffsetSeconds = {
                Int(rules.offset(at: $0.flooredQuotient(by: Nanoseconds.perSecond)))
            }
        }
        return configuration
    }
}

// MARK: - JSON

extension AnomalyDetector {
    /// What PutAnomalyDetector takes.
    /// - Parameter zones: time zones by name.
    init(_ input: OperationInput, zones: (String) -> TimeZoneRules?) throws(OperationError) {
        let subject = try DetectorSubject(input)
        var periodNs: Int64?
        if case .math(let queries) = subject { periodNs = try? MathPlan(queries.definitions).entries.last?.periodNs }
        self.init(subject, periodNs: periodNs)
        if let json = input.json["Configuration"], json != .null {
            try read(OperationInput(json, operation: "Configuration"), zones)
        }
        if let json = input.json["MetricCharacteristics"], json != .null {
            let characteristics = try OperationInput(json, operation: "MetricCharacteristics")
            hasPeriodicSpikes = try characteristics.bool("PeriodicSpikes") ?? false
        }
    }

    private mutating func read(
        _ input: OperationInput, _ zones: (String) -> TimeZoneRules?
    ) throws(OperationError) {
        let ranges = input.json["ExcludedTimeRanges"]?.array ?? []
        guard ranges.count <= Self.excludedRangesMax else {
            throw .badValue("ExcludedTimeRanges has at most \(Self.excludedRangesMax) ranges")
        }
        for range in ranges {
            let range = try OperationInput(range, operation: "ExcludedTimeRanges")
            guard let start = try range.time("StartTime"), let end = try range.time("EndTime") else {
                throw .missing("Configuration.ExcludedTimeRanges.member.StartTime and EndTime")
            }
            guard start < end else {
                throw .badValue("StartTime must be before EndTime in Configuration.ExcludedTimeRanges")
            }
            excludedRanges.append(start..<end)
        }
        if let name = try input.string("MetricTimezone") {
            guard zones(name) != nil else {
                throw .badValue("The value \(name) for parameter MetricTimezone is not supported.")
            }
            timeZone = name
        }
        adaptation = try Self.word(input, "AdaptationSpeed", ["SLOW": .slow, "NORMAL": .normal, "FAST": .fast])
        filtering = try Self.word(
            input, "OutlierFilteringStrength", ["MINIMAL": .minimal, "MODERATE": .moderate, "STRICT": .strict])
    }

    private static func word<Word>(
        _ input: OperationInput, _ name: String, _ words: [String: Word]
    ) throws(OperationError) -> Word? {
        guard let text = try input.string(name) else { return nil }
        guard let word = words[text] else {
            throw .badValue("The value \(text) for parameter \(name) is not supported.")
        }
        return word
    }

    /// `Configuration` as the service shows it; `ExcludedTimeRanges` is there also when empty.
    private var configurationJSON: JSONValue {
        let ranges = excludedRanges.map { range in
            JSONValue.object([
                .init("StartTime", .string(InstantText.format(range.lowerBound))),
                .init("EndTime", .string(InstantText.format(range.upperBound))),
            ])
        }
        var members: [JSONMember] = [.init("ExcludedTimeRanges", .array(ranges))]
        if let timeZone { members.append(.init("MetricTimezone", .string(timeZone))) }
        if let adaptation { members.append(.init("AdaptationSpeed", .string("\(adaptation)".uppercased()))) }
        if let filtering { members.append(.init("OutlierFilteringStrength", .string("\(filtering)".uppercased()))) }
        return .object(members)
    }

    private var settings: [JSONMember] {
        var members: [JSONMember] = [.init("Configuration", configurationJSON)]
        if hasPeriodicSpikes {
            members.append(
                .init("MetricCharacteristics", .object([.init("PeriodicSpikes", .bool(true))])))
        }
        return members
    }

    /// As DescribeAnomalyDetectors shows it: of a metric also in the old form.
    func described(_ state: AnomalyTrainingState) -> JSONValue {
        var members: [JSONMember] = []
        if case .metric(let metric) = subject { members += metric.members }
        return .object(members + settings + [.init("StateValue", .string(state.rawValue))] + subject.members)
    }

    /// The document: what PutAnomalyDetector takes, and `Periods`.
    var content: [UInt8] {
        JSONValue.object(subject.members + settings + [.init("Periods", .array(periods.map { .integer($0) }))]).encoded
    }

    /// - Returns: nil when it is not what ``content`` writes.
    init?(_ content: [UInt8], zones: (String) -> TimeZoneRules?) {
        guard let json = try? JSONReader.read(content),
            let input = try? OperationInput(json, operation: "document"),
            let periods = json["Periods"]?.array?.compactMap(\.integer), !periods.isEmpty,
            periods.allSatisfy({
                (AnomalyTrainer.periodSecondsMin...AnomalyTrainer.periodSecondsMax).contains($0)
            }), let detector = try? AnomalyDetector(input, zones: zones)
        else { return nil }
        self = detector
        self.periods = Set(periods).sorted()
    }
}
