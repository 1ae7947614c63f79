package import VarveModel

/// What placeholders in labels know besides the series.
package struct MathLabelContext: Sendable {
    /// "Now" of relative times, nanoseconds since 1970.
    package var nowNs: Int64
    /// What the clocks of the reader are ahead of UTC.
    package var zoneNs: Int64
    /// Account and region of metrics that name none.
    package var scope: Scope

    package init(nowNs: Int64 = 0, zoneNs: Int64 = 0, scope: Scope = .default) {
        self.nowNs = nowNs
        self.zoneNs = zoneNs
        self.scope = scope
    }
}

/// Labels with placeholders, such as `Load of ${PROP('Dim.Host')}, at most ${MAX}`. What is no known placeholder stays
/// as it is written; what has no value, as the maximum of no points, becomes `--`.
struct MathLabelTemplate {
    /// What `${LABEL}` stands for.
    let automatic: String
    let series: MathSeries
    /// nil for computed series.
    let metric: MathMetricStat?
    let context: MathLabelContext

    private static let missing = "--"

    func expand(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let open = rest.firstRange(of: "${"), let close = rest[open.upperBound...].firstIndex(of: "}") {
            result += rest[..<open.lowerBound]
            let name = rest[open.upperBound..<close]
            result += value(of: String(name)) ?? "${\(name)}"
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    private func value(of name: String) -> String? {
        if name == "LABEL" { return automatic }
        if name.hasPrefix("PROP('"), name.hasSuffix("')") { return property(String(name.dropFirst(6).dropLast(2))) }
        return number(name) ?? time(name)
    }

    // MARK: Numbers and times of the points

    private func number(_ name: String) -> String? {
        let points = series.points
        let sum = points.reduce(0, +)
        let number: Double? =
            switch name {
            case "DATAPOINT_COUNT": Double(points.count)
            case "AVG": points.isEmpty ? nil : sum / Double(points.count)
            case "SUM": points.isEmpty ? nil : sum
            case "MIN": points.min()
            case "MAX": points.max()
            case "FIRST": points.first
            case "LAST": points.last
            case "FIRST_LAST_RANGE": distance(points.first, points.last)
            case "MIN_MAX_RANGE": distance(points.min(), points.max())
            default: .some(.nan)
            }
        if let number, number.isNaN { return nil }
        return number.map(Self.text) ?? Self.missing
    }

    private func time(_ name: String) -> String? {
        let (first, last) = (series.timestamps.first, series.timestamps.last)
        switch name {
        case "FIRST_LAST_TIME_RANGE": return span(first, last)
        case "MIN_MAX_TIME_RANGE": return span(timeOfMinimum, timeOfMaximum)
        default: break
        }
        let isRelative = name.hasSuffix("_RELATIVE")
        switch isRelative ? String(name.dropLast(9)) : name {
        case "FIRST_TIME": return instant(first, isRelative)
        case "LAST_TIME": return instant(last, isRelative)
        case "MIN_TIME": return instant(timeOfMinimum, isRelative)
        case "MAX_TIME": return instant(timeOfMaximum, isRelative)
        default: return nil
        }
    }

    /// The first of equal ones.
    private var timeOfMinimum: Int64? {
        let points = series.points
        return points.min().flatMap { points.firstIndex(of: $0) }.map { series.timestamps[$0] }
    }

    private var timeOfMaximum: Int64? {
        let points = series.points
        return points.max().flatMap { points.firstIndex(of: $0) }.map { series.timestamps[$0] }
    }

    private func distance(_ from: Double?, _ to: Double?) -> Double? {
        guard let from, let to else { return nil }
        return to - from
    }

    private func span(_ from: Int64?, _ to: Int64?) -> String {
        guard let from, let to else { return Self.missing }
        return Self.duration(from, to)
    }

    /// `yyyy-MM-dd HH:mm:ss` on the reader's clock, or how far it is from now.
    private func instant(_ timestampNs: Int64?, _ isRelative: Bool) -> String {
        guard let timestampNs else { return Self.missing }
        if isRelative { return Self.duration(timestampNs, context.nowNs) }
        let (local, overflow) = timestampNs.addingReportingOverflow(context.zoneNs)
        let text = InstantText.format(overflow ? timestampNs : local)
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))"
    }

    // MARK: Properties of the metric

    private func property(_ name: String) -> String? {
        if name.hasPrefix("Dim.") {
            return metric?.dimensions.first { $0.name == name.dropFirst(4) }?.value ?? Self.missing
        }
        switch name {
        case "AccountId", "AccountLabel": return metric?.accountID ?? context.scope.account
        case "Region": return context.scope.region
        case "MetricName": return metric?.metricName ?? Self.missing
        case "Namespace": return metric?.namespace ?? Self.missing
        case "Stat": return metric?.statistic ?? Self.missing
        case "Period": return Self.seconds(metric?.periodNs ?? series.grid.periodNs)
        default: return nil
        }
    }

    // MARK: Texts

    /// Whole numbers without a fraction.
    private static func text(_ number: Double) -> String {
        guard let whole = Int64(exactly: number) else { return "\(number)" }
        return "\(whole)"
    }

    /// A period in seconds: `60`, `0.5`.
    static func seconds(_ periodNs: Int64) -> String { text(MathTime.seconds(periodNs)) }

    /// `1h30m`, in whole seconds.
    private static func duration(_ from: Int64, _ to: Int64) -> String {
        var seconds = (from < to ? UInt64(bitPattern: to &- from) : UInt64(bitPattern: from &- to)) / 1_000_000_000
        var text = ""
        for (name, width) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] as [(String, UInt64)] {
            if seconds >= width { text += "\(seconds / width)\(name)" }
            seconds %= width
        }
        return text.isEmpty ? "0s" : text
    }
}
