import VarveAnomaly
import VarveJSON
import VarveModel

/// An explanation as JSON, and as text for a terminal.
struct AnomalyReport {
    let title: String
    /// nil where nobody made one: then there are no settings.
    let detector: AnomalyDetector?
    let replay: AnomalyReplay
    let timeNs: Int64
    let band: AnomalyBand?
    let deviations: Double

    private var expected: AnomalyExplanation { replay.before }
    private var score: AnomalyScore { replay.after.latestScore }
    /// Views that were surprised by the value, most surprised first. Less than once in e³ ≈ 20 points is nothing.
    private var findings: [AnomalyExplanation.ViewFinding] {
        wasLearnt ? replay.after.findings.filter { $0.surprise >= 3 } : []
    }
    /// The value was shown to the model: it is there and not excluded.
    private var wasLearnt: Bool {
        replay.value != nil && replay.after.latestNs == timeNs && replay.before.latestNs != timeNs
    }
    private var isOutside: Bool? {
        guard let band, let value = replay.value else { return nil }
        return value < band.lower || value > band.upper
    }

    // MARK: JSON

    var json: JSONValue {
        var members: [JSONMember] = [
            .init("Detector", .string(title)), .init("StateValue", .string(expected.state.rawValue)),
            .init("Points", .integer(Int64(expected.pointCount))), .init("Time", .string(InstantText.format(timeNs))),
        ]
        func add(_ name: String, _ number: Double?) {
            if let number { members.append(.init(name, .number(number))) }
        }
        add("Value", replay.value)
        if expected.pointCount > 0 {
            add("Level", expected.level)
            add("Daily", expected.daily)
            add("Weekly", expected.weekly)
            add("TrendPerDay", expected.trendPerDay)
        }
        if let band {
            add("Lower", band.lower)
            add("Centre", band.centre)
            add("Upper", band.upper)
            add("StandardDeviation", replay.forecast?.deviation)
        }
        if wasLearnt { add("Score", score.value) }
        if let isOutside { members.append(.init("OutsideBand", .bool(isOutside))) }
        let list = findings.map { finding in
            JSONValue.object([
                .init("View", .string("\(finding.view)")), .init("Surprise", .number(finding.surprise)),
                .init("Summary", .string(finding.view.summary)),
            ])
        }
        members += [
            .init("Findings", .array(list)), .init("ExcludedPeriods", .integer(Int64(replay.excludedCount))),
            .init("DailyProfile", .array(expected.dailyProfile.map(Self.json))),
            .init("WeeklyProfile", .array(expected.weeklyProfile.map(Self.json))),
            .init("Text", .string(text)),
        ]
        return .object(members)
    }

    private static func json(_ offset: Double?) -> JSONValue { offset.map { .number($0) } ?? .null }

    // MARK: Text

    /// Lines of at most about 100 columns.
    var text: String {
        var lines = [title]
        func line(_ name: String, _ text: String) {
            lines.append("  " + name + String(repeating: " ", count: max(1, 11 - name.count)) + text)
        }
        line("learnt", learnt)
        line("excluded", excluded)
        line("time", InstantText.format(timeNs))
        line("value", replay.value.map(Self.number) ?? "none")
        line("expected", expectation)
        line("band", bandText)
        line("unusual", verdict)
        for finding in findings {
            line("", "once in \(Self.times(finding.surprise)) periods: \(finding.view.summary)")
        }
        line("trend", "\(Self.signed(expected.trendPerDay)) a day")
        line("day", "\(Self.profile(expected.dailyProfile)) by half-hours")
        // Four hours a sign.
        let week = stride(from: 0, to: expected.weeklyProfile.count, by: 4).map { hour in
            Self.mean(expected.weeklyProfile[hour..<min(hour + 4, expected.weeklyProfile.count)])
        }
        line("week", "\(Self.profile(week)) from Monday on")
        return lines.joined(separator: "\n") + "\n"
    }

    private var learnt: String {
        guard let firstNs = replay.firstNs else { return "nothing: there is no data in the three weeks before" }
        return "\(expected.pointCount) periods since \(InstantText.format(firstNs)), \(expected.state.rawValue)"
    }

    private var excluded: String {
        let ranges = detector?.excludedRanges.count ?? 0
        guard ranges > 0 else { return "nothing" }
        return "\(replay.excludedCount) periods in \(ranges) time \(ranges == 1 ? "range" : "ranges")"
    }

    private var expectation: String {
        guard expected.pointCount > 0 else { return "nothing yet" }
        let centre = expected.level + expected.daily + expected.weekly
        var text = "\(Self.number(centre)) = level \(Self.number(expected.level))"
        if expected.usesDaily { text += ", time of day \(Self.signed(expected.daily))" }
        if expected.usesWeekly { text += ", hour of the week \(Self.signed(expected.weekly))" }
        return text
    }

    private var bandText: String {
        guard let band, let deviation = replay.forecast?.deviation else { return "none: too little was learnt" }
        return "\(Self.number(band.lower)) to \(Self.number(band.upper)), "
            + "\(Self.number(deviations)) standard deviations of \(Self.number(deviation))"
    }

    private var verdict: String {
        guard replay.value != nil else { return "there is no value" }
        guard wasLearnt else { return "not judged: the time is excluded" }
        let place = isOutside.map { $0 ? "outside of the band" : "inside of the band" } ?? "no band"
        let rarity = score.isAnomaly ? "an anomaly" : "no anomaly"
        return "\(rarity), score \(Self.number(score.value)); \(place)"
    }

    // MARK: Numbers

    /// Four digits are enough to compare.
    static func number(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return "0" }
        guard (1e-4..<1e15).contains(value.magnitude) else { return "\(value)" }
        var scale = 1.0
        while (value.magnitude * scale) < 1_000, scale < 1e8 { scale *= 10 }
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() ? "\(Int64(rounded))" : "\(rounded)"
    }

    private static func signed(_ value: Double) -> String { (value < 0 ? "" : "+") + number(value) }

    /// e to the power of a surprise, in round numbers.
    private static func times(_ surprise: Double) -> String {
        var (power, rest) = (1.0, surprise)
        while rest >= 1 {
            power *= 2.718_281_828
            rest -= 1
        }
        power *= 1 + rest * 1.718_281_828
        guard power < 1e6 else { return "more than a million" }
        var step = 1.0
        while power / step >= 100 { step *= 10 }
        return "\(Int64((power / step).rounded() * step))"
    }

    private static func mean(_ values: ArraySlice<Double?>) -> Double? {
        let known = values.compactMap(\.self)
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }

    private static let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// One sign per slot, blank where nothing is known, and the range of the offsets.
    static func profile(_ offsets: [Double?]) -> String {
        let known = offsets.compactMap(\.self)
        guard let low = known.min(), let high = known.max() else { return "not known yet," }
        let signs = offsets.map { offset -> Character in
            guard let offset else { return " " }
            guard high > low else { return blocks[3] }
            let share = (offset / 2 - low / 2) / (high / 2 - low / 2)
            return blocks[min(blocks.count - 1, Int(share * Double(blocks.count)))]
        }
        return "\(String(signs)) \(signed(low)) to \(signed(high))"
    }
}
