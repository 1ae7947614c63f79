/// Periods that the service knows: 1, 5, 10, 20, 30 and whole minutes.
enum ServicePeriod {
    /// A century: nanoseconds leave their 64 bits after 292 years.
    static let secondsMax: Int64 = 100 * 365 * 86_400

    /// What the service says to a period of so many seconds; nil for one that it takes.
    static func problem(_ seconds: Int64) -> String? {
        if seconds < 60 {
            return [1, 5, 10, 20, 30].contains(seconds)
                ? nil : "The parameter Period must be a value in the set [1, 5, 10, 20, 30]."
        }
        guard seconds.isMultiple(of: 60) else { return "The parameter Period must be a multiple of 60." }
        return seconds <= secondsMax ? nil : "The parameter Period is too long."
    }
}
