import VarveModel

/// Decides whether the time of day may be believed when data is to be removed because of it. Pure; owned by the engine.
///
/// The wall clock is believed while it agrees with a reference: at first the creation time of the newest manifest, from
/// then on the elapsed time of the monotonic clock. Otherwise nothing expires until the new time has kept pace with the
/// monotonic clock for a day: time for an operator to see the warning and set the clock right.
package struct ExpiryClock: Sendable, Equatable {
    /// How long a time that came out of nothing must be stable before it is believed.
    static let probationNs = Nanoseconds.perDay
    /// By how much it may drift from the monotonic clock meanwhile: time servers correct by less.
    static let stabilityNs = Nanoseconds.perHour

    private struct Reference: Sendable, Equatable {
        var wallNs: Int64
        var monotonicNs: Int64

        /// How far the wall clock is from where this reference says it should be; positive: ahead.
        func deviation(wallNs: Int64, monotonicNs: Int64) -> Int64 {
            let (deviation, isFar) = wallNs.subtractingReportingOverflow(expectedNs(monotonicNs: monotonicNs))
            return isFar ? (wallNs < 0 ? .min : .max) : deviation
        }

        func expectedNs(monotonicNs: Int64) -> Int64 {
            let (expected, isLate) = wallNs.addingReportingOverflow(monotonicNs - self.monotonicNs)
            return isLate ? .max : expected
        }
    }

    /// Largest deviation that is believed: at most this much of what is to be kept can be removed early.
    private let toleranceNs: Int64
    private var trusted: Reference
    private var candidate: Reference?
    /// Why nothing expires; nil while the clock is believed. For operators.
    package private(set) var warning: String?

    /// - Parameters:
    ///   - retentionNs: how long rows are kept. A tenth of it, but at least a day, is the tolerance: a suspended
    ///     machine, or one that was switched off, is not suspicious.
    ///   - manifestNs: when the newest manifest was made, by the clock of that time.
    ///   - monotonicNs: now.
    package init(retentionNs: Int64, manifestNs: Int64, monotonicNs: Int64) {
        toleranceNs = max(Nanoseconds.perDay, retentionNs / 10)
        trusted = Reference(wallNs: manifestNs, monotonicNs: monotonicNs)
    }

    /// Takes a reading of both clocks.
    /// - Returns: whether rows may be removed on the strength of it.
    package mutating func mayExpire(wallNs: Int64, monotonicNs: Int64) -> Bool {
        let deviation = trusted.deviation(wallNs: wallNs, monotonicNs: monotonicNs)
        if Self.isWithin(toleranceNs, deviation) {
            candidate = nil
            warning = nil
            return true
        }
        let now = Reference(wallNs: wallNs, monotonicNs: monotonicNs)
        let earlier = candidate ?? now
        let drift = earlier.deviation(wallNs: wallNs, monotonicNs: monotonicNs)
        let since = Self.isWithin(Self.stabilityNs, drift) ? earlier : now
        if monotonicNs - since.monotonicNs >= Self.probationNs {
            trusted = now
            candidate = nil
            warning = nil
            return true
        }
        candidate = since
        let restNs = Self.probationNs - (monotonicNs - since.monotonicNs)
        warning = Self.warning(deviation: deviation, restNs: restNs)
        return false
    }

    /// The time of day to note as the reference of the next opening: what the wall clock says while it is believed, and
    /// what it should say otherwise. A restart must not make a wrong time the reference of itself.
    func believedNs(wallNs: Int64, monotonicNs: Int64) -> Int64 {
        let deviation = trusted.deviation(wallNs: wallNs, monotonicNs: monotonicNs)
        return Self.isWithin(toleranceNs, deviation) ? wallNs : trusted.expectedNs(monotonicNs: monotonicNs)
    }

    private static func isWithin(_ limit: Int64, _ deviation: Int64) -> Bool { -limit...limit ~= deviation }

    private static func warning(deviation: Int64, restNs: Int64) -> String {
        let days = max(1, abs(deviation / Nanoseconds.perDay))
        let hours = (restNs + Nanoseconds.perHour - 1) / Nanoseconds.perHour
        let direction = deviation > 0 ? "ahead of" : "behind"
        return "the clock is \(days) \(days == 1 ? "day" : "days") \(direction) what was expected, so nothing expires; "
            + "set it right, or in \(hours) \(hours == 1 ? "hour" : "hours") it is believed"
    }
}
