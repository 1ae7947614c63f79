/// The 27 units of CloudWatch. The raw value is written to disk: never renumber, only append.
package enum Unit: UInt8, CaseIterable, Sendable {
    case none = 0
    case seconds, microseconds, milliseconds
    case bytes, kilobytes, megabytes, gigabytes, terabytes
    case bits, kilobits, megabits, gigabits, terabits
    case percent, count
    case bytesPerSecond, kilobytesPerSecond, megabytesPerSecond, gigabytesPerSecond, terabytesPerSecond
    case bitsPerSecond, kilobitsPerSecond, megabitsPerSecond, gigabitsPerSecond, terabitsPerSecond
    case countPerSecond

    /// The service's spelling, such as `Bytes/Second`.
    package var name: String { Self.names[Int(rawValue)] }

    /// The unit with the service's spelling `name`, or nil.
    package init?(name: String) {
        guard let index = Self.names.firstIndex(of: name) else { return nil }
        self.init(rawValue: UInt8(index))
    }

    private static let names = [
        "None", "Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes",
        "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count", "Bytes/Second", "Kilobytes/Second",
        "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second", "Bits/Second", "Kilobits/Second",
        "Megabits/Second", "Gigabits/Second", "Terabits/Second", "Count/Second",
    ]
}
