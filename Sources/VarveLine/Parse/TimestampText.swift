import VarveModel

/// Reads the timestamp at the end of a line.
struct TimestampText {
    let nanosecondsPerUnit: Int64
    /// Accepted, both ends included.
    let earliest: Int64
    let latest: Int64
    /// For lines without a timestamp.
    let receivedAtNs: Int64

    /// The range of the protocol's documentation; it also keeps every accepted instant inside `TimeRange.all`.
    private static let protocolRange = (Int64.min + 2)...(Int64.max - 1)

    init(options: LineOptions, receivedAtNs: Int64) {
        nanosecondsPerUnit = options.precision.nanosecondsPerUnit
        self.receivedAtNs = receivedAtNs
        let (earliest, underflow) = receivedAtNs.subtractingReportingOverflow(options.pastToleranceNs ?? .max)
        let isUnbounded = options.pastToleranceNs == nil || underflow
        self.earliest = isUnbounded ? Self.protocolRange.lowerBound : max(earliest, Self.protocolRange.lowerBound)
        let (latest, overflow) = receivedAtNs.addingReportingOverflow(options.futureToleranceNs ?? .max)
        let isEndless = options.futureToleranceNs == nil || overflow
        self.latest = isEndless ? Self.protocolRange.upperBound : min(latest, Self.protocolRange.upperBound)
    }

    /// Reads what follows the fields: nothing, or an integer. Hot: once per line.
    func read(_ line: borrowing LineText, from position: Int) throws(LineFault) -> Int64 {
        let start = line.skippingSpaces(from: position)
        guard start < line.byteCount else { return receivedAtNs }
        var offset = line[start] == ASCII.minus ? start + 1 : start
        let firstDigit = offset
        var magnitude: UInt64 = 0
        while true {
            let digit = line[offset] &- ASCII.zero
            guard digit <= 9 else { break }
            // Wraps only beyond 19 digits; those are refused below.
            magnitude = magnitude &* 10 &+ UInt64(digit)
            offset &+= 1
        }
        guard offset > firstDigit, FieldValue.endsValue(line[offset]), line[offset] != ASCII.comma else {
            throw LineFault(offset: start, reason: .invalidTimestamp)
        }
        let end = line.skippingSpaces(from: offset)
        guard end == line.byteCount else { throw LineFault(offset: end, reason: .trailingText) }
        guard offset - firstDigit <= 19, magnitude <= UInt64(Int64.max) else {
            throw LineFault(offset: start, reason: .timestampOutOfRange)
        }
        return try scaled(firstDigit == start ? Int64(magnitude) : -Int64(magnitude), at: start)
    }

    private func scaled(_ count: Int64, at offset: Int) throws(LineFault) -> Int64 {
        let (timestamp, overflow) = count.multipliedReportingOverflow(by: nanosecondsPerUnit)
        guard !overflow, Self.protocolRange.contains(timestamp) else {
            throw LineFault(offset: offset, reason: .timestampOutOfRange)
        }
        guard timestamp <= latest else { throw LineFault(offset: offset, reason: .timestampInFuture) }
        guard timestamp >= earliest else { throw LineFault(offset: offset, reason: .timestampTooOld) }
        return timestamp
    }
}
