import VarveBytes

/// Shows the periods of one metric to a model, in their order, and keeps what was expected of each.
///
/// What is expected of a period depends only on periods that ended ``delayNs`` or longer before its own end, so it is
/// decided once, is the same whoever asks and whenever, and does not depend on samples that may still come. A period is
/// learnt ``delayNs`` after its end: what comes later is not learnt.
package struct AnomalyTrainer: Sendable {
    /// How late samples may be and still be learnt: agents that collect for a minute and try again for some more are in
    /// time.
    package static let delayNs: Int64 = 5 * 60 * 1_000_000_000
    /// How much of the past a new model is shown: three weeks, so that every hour of the week is seen twice after the
    /// first week has taught the day.
    package static let historyNs: Int64 = 21 * 86_400 * 1_000_000_000
    /// Periods that a model can learn: the seasons have slots of half an hour and of an hour.
    package static let periodSecondsMin: Int64 = 60
    package static let periodSecondsMax: Int64 = 3_600
    /// Forecasts kept at most: those of a day of minutes, or a week of hours, and then some.
    private static let rememberedMax = 1 << 22

    /// Nanoseconds.
    package let periodNs: Int64
    package private(set) var model: AnomalyModel
    /// Start of the next period to learn, nanoseconds since 1970.
    package private(set) var nextNs: Int64
    /// Of consecutive periods that end at ``forecastEndNs``, oldest first; `nil` while nothing was trained.
    private var forecasts: [AnomalyForecast?] = []
    /// How many forecasts are kept.
    private var capacity: Int

    /// - Parameters:
    ///   - startNs: start of the first period to learn.
    ///   - remembering: how many of the newest periods ``forecast(atNs:)`` knows as they were.
    /// - Precondition: `periodNs >= 1`.
    package init(startNs: Int64, periodNs: Int64, remembering: Int = 1, configuration: AnomalyConfiguration) {
        precondition(periodNs >= 1, "a period lasts")
        self.periodNs = periodNs
        model = AnomalyModel(configuration: configuration)
        nextNs = startNs
        capacity = 0
        remember(remembering)
    }

    /// Periods between the newest that is learnt and the newest that has a forecast: learning is so far behind a period
    /// that has just ended.
    private var lead: Int64 { max(1, (Self.delayNs + periodNs - 1) / periodNs) }

    /// Forecasts are fixed for all periods that begin before.
    package var forecastEndNs: Int64 { nextNs &+ lead &* periodNs }

    /// What was expected is known of all periods that begin here or later.
    package var rememberedNs: Int64 { forecastEndNs &- Int64(min(forecasts.count, capacity)) &* periodNs }

    /// When the next period may be learnt, nanoseconds since 1970.
    package var dueNs: Int64 { nextNs &+ periodNs &+ Self.delayNs }

    /// Keeps at least so many forecasts from now on.
    package mutating func remember(_ count: Int) {
        capacity = min(Self.rememberedMax, max(capacity, count + Int(lead)))
    }

    /// Learns the next periods: one value each, NaN where there is none.
    /// - Complexity: O(values), a few microseconds each.
    package mutating func learn(_ values: [Double]) { learn(values[...]) }

    /// The same of a part of a list. Not for every sequence: a call through another module would go through witnesses
    /// for each value, which costs more than a period without one.
    package mutating func learn(_ values: ArraySlice<Double>) {
        for value in values {
            if !value.isNaN { _ = model.observe(timeNs: nextNs, value: value) }
            nextNs &+= periodNs
            forecasts.append(model.forecast(atNs: forecastEndNs &- periodNs))
        }
        // Now and then, so that each is moved once.
        if forecasts.count > 2 * capacity { forecasts.removeFirst(forecasts.count - capacity) }
    }

    /// Goes on at a later period, as if there had been none between.
    package mutating func skip(to startNs: Int64) {
        guard startNs > nextNs else { return }
        nextNs = startNs
        forecasts = []
    }

    /// What was expected of the period in which an instant lies. For periods that are too old to be remembered, and for
    /// those to come, what the model expects now. `nil` where it was not trained.
    package func forecast(atNs timeNs: Int64) -> AnomalyForecast? {
        let (distance, overflow) = forecastEndNs.subtractingReportingOverflow(timeNs)
        guard !overflow, distance > 0 else { return model.forecast(atNs: timeNs) }
        let age = (distance - 1) / periodNs + 1
        guard age <= Int64(min(forecasts.count, capacity)) else { return model.forecast(atNs: timeNs) }
        return forecasts[forecasts.count - Int(age)]
    }
}

// MARK: - Bytes

extension AnomalyTrainer {
    private static let version: UInt8 = 1

    /// Version byte; period, next start and number of forecasts as little-endian 64-bit integers; each forecast as one
    /// byte, 0 for none, and two 64-bit floating-point numbers; then the model. Docs/Format/monitoring.md.
    package func encode() -> [UInt8] {
        var writer = ByteWriter(capacity: 8_192)
        writer.write(Self.version)
        writer.write(periodNs)
        writer.write(nextNs)
        writer.write(Int64(capacity))
        let kept = forecasts.suffix(capacity)
        writer.write(Int64(kept.count))
        for forecast in kept {
            writer.write(UInt8(forecast == nil ? 0 : 1))
            guard let forecast else { continue }
            writer.write(number: forecast.centre)
            writer.write(number: forecast.deviation)
        }
        writer.write(contentsOf: model.encode())
        return writer.bytes
    }

    /// What was encoded, with a configuration of the caller's. Never traps, whatever the bytes.
    package static func decode(
        _ bytes: RawSpan, configuration: AnomalyConfiguration
    ) throws(AnomalyStateError) -> AnomalyTrainer {
        var cursor = ByteCursor(bytes)
        let version: UInt8 = try cursor.integer()
        guard version == Self.version else { throw .unknownVersion(version) }
        let periodNs: Int64 = try cursor.integer()
        let nextNs: Int64 = try cursor.integer()
        let capacity: Int64 = try cursor.integer()
        let count: Int64 = try cursor.integer()
        let known = periodSecondsMin * 1_000_000_000...periodSecondsMax * 1_000_000_000
        // Two lengths that are no larger than what follows; times that sums with a history do not leave.
        guard known.contains(periodNs), abs(nextNs / 2) < .max / 4, (0...Int64(rememberedMax)).contains(capacity),
            (0...capacity).contains(count), count <= cursor.remaining
        else { throw .impossibleNumber(offset: cursor.offset) }
        var trainer = AnomalyTrainer(startNs: nextNs, periodNs: periodNs, configuration: configuration)
        trainer.capacity = max(trainer.capacity, Int(capacity))
        for _ in 0..<count {
            let isKnown: UInt8 = try cursor.integer()
            guard isKnown != 0 else {
                trainer.forecasts.append(nil)
                continue
            }
            let forecast = AnomalyForecast(centre: try cursor.number(), deviation: try cursor.number())
            guard forecast.deviation >= 0 else { throw .impossibleNumber(offset: cursor.offset) }
            trainer.forecasts.append(forecast)
        }
        let rest = cursor.remaining
        let model = try cursor.span(rest)
        trainer.model = try AnomalyModel.decode(model, configuration: configuration)
        return trainer
    }
}

extension ByteCursor {
    @_lifetime(copy self)
    fileprivate mutating func span(_ count: Int) throws(AnomalyStateError) -> RawSpan {
        do throws(BytesError) { return try readSpan(count: count) } catch { throw .malformed(error) }
    }
}
