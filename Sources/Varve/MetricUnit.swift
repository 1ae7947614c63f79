import VarveModel

/// The unit of a metric: CloudWatch's 27. The raw value is the service's spelling.
public enum MetricUnit: String, CaseIterable, Sendable {
    /// No unit.
    case none = "None"
    /// Durations.
    case seconds = "Seconds"
    case microseconds = "Microseconds"
    case milliseconds = "Milliseconds"
    /// Amounts of data; a kilobyte is 1 000 bytes.
    case bytes = "Bytes"
    case kilobytes = "Kilobytes"
    case megabytes = "Megabytes"
    case gigabytes = "Gigabytes"
    case terabytes = "Terabytes"
    case bits = "Bits"
    case kilobits = "Kilobits"
    case megabits = "Megabits"
    case gigabits = "Gigabits"
    case terabits = "Terabits"
    /// 100 is all of it.
    case percent = "Percent"
    /// A number of things.
    case count = "Count"
    /// Rates.
    case bytesPerSecond = "Bytes/Second"
    case kilobytesPerSecond = "Kilobytes/Second"
    case megabytesPerSecond = "Megabytes/Second"
    case gigabytesPerSecond = "Gigabytes/Second"
    case terabytesPerSecond = "Terabytes/Second"
    case bitsPerSecond = "Bits/Second"
    case kilobitsPerSecond = "Kilobits/Second"
    case megabitsPerSecond = "Megabits/Second"
    case gigabitsPerSecond = "Gigabits/Second"
    case terabitsPerSecond = "Terabits/Second"
    case countPerSecond = "Count/Second"

    /// The engine's value of the same name. `MetricUnitTests` asserts that every case has one.
    var model: Unit { Unit(name: rawValue) ?? .none }
}
