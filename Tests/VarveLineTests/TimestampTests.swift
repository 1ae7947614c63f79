import Testing
import VarveLine
import VarveModel

@Suite struct TimestampTests {
    @Test("a line without a timestamp has the time of receipt", arguments: ["m f=1", "m f=1 ", "m f=1   \r"])
    func missing(line: String) {
        #expect(read(line).rows == [row(source("m"), [("f", 1)], receivedAtNs)])
    }

    @Test(
        "timestamps count units of the precision",
        arguments: [
            ("ns", "1556813561098000000"), ("n", "1556813561098000000"), ("us", "1556813561098000"),
            ("u", "1556813561098000"),
            ("µ", "1556813561098000"), ("ms", "1556813561098"),
        ])
    func precisions(precision: String, text: String) throws {
        var options = LineOptions()
        options.precision = try #require(LinePrecision(precision))
        #expect(read("m f=1 \(text)", options: options).rows.map(\.timestamp) == [1_556_813_561_098_000_000])
    }

    @Test(
        "coarse precisions too",
        arguments: [
            (LinePrecision.seconds, "1556813561", Int64(1_556_813_561_000_000_000)),
            (.minutes, "25946892", 1_556_813_520_000_000_000), (.hours, "432448", 1_556_812_800_000_000_000),
            (.seconds, "-1", -1_000_000_000), (.hours, "0", 0),
        ])
    func coarse(precision: LinePrecision, text: String, expected: Int64) {
        var options = LineOptions()
        options.precision = precision
        #expect(read("m f=1 \(text)", options: options).rows.map(\.timestamp) == [expected])
    }

    @Test("unknown precisions have no meaning", arguments: ["", "S", "d", "sec", "NS"])
    func unknownPrecision(text: String) {
        #expect(LinePrecision(text) == nil)
    }

    @Test(
        "the whole range of the protocol is read",
        arguments: [
            ("0", Int64(0)), ("-1", -1), ("0000000000000000000", 0), ("-9223372036854775806", Int64.min + 2),
            ("9223372036854775806", Int64.max - 1), ("1465839830100400200", 1_465_839_830_100_400_200),
        ])
    func range(text: String, expected: Int64) {
        var options = LineOptions()
        options.futureToleranceNs = nil
        #expect(read("m f=1 \(text)", options: options).rows.map(\.timestamp) == [expected])
        #expect(read("m f=1   \(text)  \t", options: options).rows.map(\.timestamp) == [expected])
    }

    @Test(
        "a bad timestamp is refused with its column and reason",
        arguments: [
            ("x", 7, LineRefusalReason.invalidTimestamp), ("-", 7, .invalidTimestamp), ("+1", 7, .invalidTimestamp),
            ("1.5", 7, .invalidTimestamp), ("1e9", 7, .invalidTimestamp), ("12i", 7, .invalidTimestamp),
            ("1,2", 7, .invalidTimestamp), ("1 2", 9, .trailingText), ("1  # no comment here", 10, .trailingText),
            ("9223372036854775807", 7, .timestampOutOfRange), ("-9223372036854775807", 7, .timestampOutOfRange),
            ("-9223372036854775808", 7, .timestampOutOfRange), ("9223372036854775808", 7, .timestampOutOfRange),
            ("99999999999999999999", 7, .timestampOutOfRange), ("18446744073709551617", 7, .timestampOutOfRange),
            ("1700172800000000001", 7, .timestampInFuture), ("9223372036854775806", 7, .timestampInFuture),
        ])
    func bad(text: String, column: Int, reason: LineRefusalReason) {
        let reading = read("m f=1 \(text)")
        #expect(reading.rows.isEmpty)
        #expect(reading.refusals.map(\.reason) == [reason])
        #expect(reading.refusals.map(\.column) == [column])
    }

    @Test("a timestamp that overflows in its unit is refused")
    func overflow() {
        var options = LineOptions()
        options.futureToleranceNs = nil
        options.precision = .seconds
        #expect(read("m f=1 9223372036", options: options).rows.count == 1)
        #expect(refusal("m f=1 9223372037", options: options) == .timestampOutOfRange)
        #expect(refusal("m f=1 1556813561098000000", options: options) == .timestampOutOfRange)
    }

    @Test("the tolerances count from the time of receipt, both ends included")
    func tolerances() {
        var options = LineOptions()
        options.pastToleranceNs = Nanoseconds.perDay
        let (past, future) = (receivedAtNs - Nanoseconds.perDay, receivedAtNs + 2 * Nanoseconds.perDay)
        #expect(read("m f=1 \(past)\nm f=1 \(future)", options: options).rows.count == 2)
        #expect(refusal("m f=1 \(past - 1)", options: options) == .timestampTooOld)
        #expect(refusal("m f=1 \(future + 1)", options: options) == .timestampInFuture)
    }
}
