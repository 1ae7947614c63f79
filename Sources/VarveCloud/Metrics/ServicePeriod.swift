/// Periods that the service knows: 1, 5, 10, 20, 30 and whole minutes.
enum ServicePeriod {
    /// What the service says to a period of so many seconds; nil for one that it takes.
    static func problem(_ seconds: Int64) -> String? {
        if seconds < 60 {
            return [1, 5, 10, 20, 30].contains(seconds)
                ? nil : "The parameter Period must be a value in the set [1, 5, 10, 20, 30]."
        }
        guard seconds.isMultiple(of: 60) else { return "The parameter Period must be a multiple of 60." }
        // A thousand years: beyond it nanoseconds leave their 64 bits.
        return seconds <= 1_000 * 365 * 86_400 ? nil : "The parameter Period is too long."
    }
}
