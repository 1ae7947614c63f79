/// Why bytes are no file of time zone rules.
package struct TimeZoneError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was expected.
    package var reason: String

    package var description: String { "time zone file: \(reason)" }
}

extension TimeZoneRules {
    /// Reads a TZif file (RFC 9636, versions 1 to 4), as in the system's `zoneinfo` directory. The caller
    /// reads the file. Never traps on any input; memory is at most a small multiple of the file.
    /// - Throws: also for files that count leap seconds ("right"), whose times are no POSIX times.
    package static func decode(_ bytes: [UInt8]) throws(TimeZoneError) -> TimeZoneRules {
        var reader = TZifReader(bytes: bytes)
        let first = try reader.header()
        guard first.version >= UInt8(ascii: "2") else { return try reader.block(first, timeSize: 4) }
        try reader.skip(first.byteCount(timeSize: 4))
        let second = try reader.header()
        let rules = try reader.block(second, timeSize: 8)
        return TimeZoneRules(
            transitions: rules.transitions, initialOffset: rules.initialOffset, rule: try reader.footer())
    }
}

/// Reads the parts of a file from front to back; every read checks the bounds first.
private struct TZifReader {
    /// Of one of the two blocks.
    struct Header {
        var version: UInt8
        /// UT/local indicators, standard/wall indicators, leap seconds, transitions, types, characters of names.
        var counts: [Int]

        var leapCount: Int { counts[2] }
        var timeCount: Int { counts[3] }
        var typeCount: Int { counts[4] }

        /// Bytes of the block behind the header.
        func byteCount(timeSize: Int) -> Int {
            timeCount * (timeSize + 1) + typeCount * 6 + counts[5] + leapCount * (timeSize + 4) + counts[1] + counts[0]
        }
    }

    let bytes: [UInt8]
    var offset = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func header() throws(TimeZoneError) -> Header {
        guard bytes.count - offset >= 44, bytes[offset..<offset + 4].elementsEqual("TZif".utf8) else {
            throw TimeZoneError(reason: "no header \"TZif\" at byte \(offset)")
        }
        let version = bytes[offset + 4]
        offset += 20
        var counts: [Int] = []
        for _ in 0..<6 { counts.append(Int(UInt32(truncatingIfNeeded: try integer(size: 4)))) }
        let header = Header(version: version, counts: counts)
        guard header.typeCount >= 1, header.typeCount <= 256 else {
            throw TimeZoneError(reason: "\(header.typeCount) types of local time, 1 to 256 are possible")
        }
        return header
    }

    mutating func skip(_ count: Int) throws(TimeZoneError) {
        guard count <= bytes.count - offset else { throw TimeZoneError(reason: "cut short at byte \(bytes.count)") }
        offset += count
    }

    mutating func block(_ header: Header, timeSize: Int) throws(TimeZoneError) -> TimeZoneRules {
        // Before anything is allocated: the counts are the file's own claim.
        let end = offset + header.byteCount(timeSize: timeSize)
        guard end <= bytes.count else { throw TimeZoneError(reason: "cut short at byte \(bytes.count)") }
        guard header.leapCount == 0 else {
            throw TimeZoneError(reason: "counts leap seconds, which POSIX time does not")
        }
        var times: [Int64] = []
        times.reserveCapacity(header.timeCount)
        for _ in 0..<header.timeCount { times.append(try integer(size: timeSize)) }
        let types = bytes[offset..<offset + header.timeCount].map { Int($0) }
        offset += header.timeCount
        let offsets = try localTimeTypes(count: header.typeCount)
        offset = end
        return try rules(times: times, types: types, offsets: offsets)
    }

    private mutating func localTimeTypes(count: Int) throws(TimeZoneError) -> [Int64] {
        var offsets: [Int64] = []
        for _ in 0..<count {
            let value = try integer(size: 4)
            guard abs(value) < TimeZoneRules.offsetMax else {
                throw TimeZoneError(reason: "\(value) seconds from UTC, more than 26 hours")
            }
            offsets.append(value)
            // Whether it is summer time, and what it is called.
            offset += 2
        }
        return offsets
    }

    private func rules(times: [Int64], types: [Int], offsets: [Int64]) throws(TimeZoneError) -> TimeZoneRules {
        var transitions: [TimeZoneRules.Transition] = []
        for (index, time) in times.enumerated() {
            guard index == 0 || time > times[index - 1] else {
                throw TimeZoneError(reason: "transition \(index) is not later than the one before")
            }
            guard types[index] < offsets.count else {
                throw TimeZoneError(reason: "transition \(index) has type \(types[index]) of \(offsets.count)")
            }
            transitions.append(TimeZoneRules.Transition(at: time, offset: offsets[types[index]]))
        }
        return TimeZoneRules(transitions: transitions, initialOffset: offsets[0], rule: nil)
    }

    /// A rule between two line feeds; an empty one says that nothing is known.
    mutating func footer() throws(TimeZoneError) -> POSIXTimeZone? {
        let rest = bytes[offset...]
        guard rest.first == 0x0a, let end = rest.dropFirst().firstIndex(of: 0x0a) else {
            throw TimeZoneError(reason: "no footer at byte \(offset)")
        }
        let text = Array(bytes[(offset + 1)..<end])
        if text.isEmpty { return nil }
        guard let rule = POSIXTimeZone(text) else {
            throw TimeZoneError(reason: "the footer is no rule: \(String(decoding: text, as: UTF8.self))")
        }
        return rule
    }

    /// Big-endian, signed.
    private mutating func integer(size: Int) throws(TimeZoneError) -> Int64 {
        guard size <= bytes.count - offset else { throw TimeZoneError(reason: "cut short at byte \(bytes.count)") }
        var value: UInt64 = 0
        for byte in bytes[offset..<offset + size] { value = value << 8 | UInt64(byte) }
        offset += size
        return size == 8 ? Int64(bitPattern: value) : Int64(Int32(truncatingIfNeeded: value))
    }
}
