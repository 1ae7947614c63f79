import Glibc

/// Level and slope of values at irregular times: Brown's double exponential smoothing with a time constant.
struct LevelTrend: Equatable {
    /// Once and twice smoothed; equal at the start.
    var once = 0.0
    var twice = 0.0
    /// Mean absolute error of the forecasts made with it.
    var error = 0.0
    var count: UInt32 = 0

    /// - Parameter share: weight of a new value, 0…1, after the time since the last one.
    mutating func learn(_ value: Double, share: Double) {
        count = min(count + 1, .max - 1)
        // The plain mean, until the time constant is longer than the past.
        let weight = max(share, 1 / Double(count))
        once += (value - once) * weight
        twice += (once - twice) * weight
    }

    mutating func learn(error: Double, share: Double) {
        self.error += (error - self.error) * max(share, 1 / Double(count + 1))
    }

    /// Slope per time constant. Smoothing twice lags twice as far behind a line as smoothing once, by one time
    /// constant.
    var slope: Double { once - twice }

    /// Level `ahead` time constants after the last value. Trends are not followed further than one time constant.
    func forecast(ahead: Double) -> Double { once + slope * (1 + min(max(ahead, 0), 1)) }
}
