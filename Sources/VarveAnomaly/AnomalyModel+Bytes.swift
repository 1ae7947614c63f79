package import VarveBytes

/// Why bytes are not the state of a model.
package enum AnomalyStateError: Error, Equatable, Sendable, CustomStringConvertible {
    case malformed(BytesError)
    /// Written by another version of the model: learn again.
    case unknownVersion(UInt8)
    /// A number that no model has, such as an infinite mean.
    case impossibleNumber(offset: Int)
    case trailingBytes(count: Int)

    package var description: String {
        switch self {
        case .malformed(let error): "state of an anomaly model: \(error); train it again"
        case .unknownVersion(let version):
            "state of an anomaly model has version \(version), known is 1; train it again"
        case .impossibleNumber(let offset):
            "state of an anomaly model: impossible number before byte \(offset); train it again"
        case .trailingBytes(let count): "state of an anomaly model: \(count) bytes too many; train it again"
        }
    }
}

/// What was learnt as bytes, so that it survives a restart exactly: equal later values get equal scores. The
/// configuration is not part of it.
///
/// Version byte, then the parts in the order of `encode`: integers and bit patterns of floating-point numbers little-
/// endian, histograms as a mask of the bins that are not empty before their weights.
extension AnomalyModel {
    private static let version: UInt8 = 1

    /// At most about 22 KB; less for a young model.
    package func encode() -> [UInt8] {
        var writer = ByteWriter(capacity: 8192)
        writer.write(Self.version)
        writer.write(UInt8(levels == nil ? 0 : 1))
        guard let levels else { return writer.bytes }
        writer.write(pointCount)
        writer.write(firstNs)
        writer.write(latestNs)
        writer.write(numbers: [anchor, spread, levels.previous] + levels.means + levels.changes)
        for history in histories { history.encode(into: &writer) }
        patterns.encode(into: &writer)
        gate.encode(into: &writer)
        forecast.encode(into: &writer)
        writer.write(numbers: latestSurprises)
        writer.write(numbers: [latestScore.value, latestScore.surprise, latestScore.rawSurprise])
        writer.write(latestScore.leadingView?.rawValue ?? UInt8.max)
        return writer.bytes
    }

    /// The model that was encoded, with a configuration of the caller's. Never traps, whatever the bytes.
    package static func decode(
        _ bytes: RawSpan, configuration: AnomalyConfiguration
    ) throws(AnomalyStateError) -> AnomalyModel {
        var cursor = ByteCursor(bytes)
        let version: UInt8 = try cursor.integer()
        guard version == Self.version else { throw .unknownVersion(version) }
        let hasLearnt: UInt8 = try cursor.integer()
        var model = AnomalyModel(configuration: configuration)
        if hasLearnt != 0 { try model.readLearnt(&cursor) }
        guard cursor.isAtEnd else { throw .trailingBytes(count: cursor.remaining) }
        return model
    }

    private mutating func readLearnt(_ cursor: inout ByteCursor) throws(AnomalyStateError) {
        pointCount = try cursor.integer()
        firstNs = try cursor.integer()
        latestNs = try cursor.integer()
        anchor = try cursor.number()
        spread = try cursor.number()
        let previous = try cursor.number()
        let means = try cursor.numbers(AnomalyTuning.spans.count)
        levels = Levels(means: means, changes: try cursor.numbers(AnomalyTuning.spans.count), previous: previous)
        for index in histories.indices { histories[index] = try SurpriseHistory(&cursor) }
        patterns = try PatternMemory(&cursor)
        gate = try ReportGate(&cursor)
        forecast = try BandForecast(&cursor)
        latestSurprises = try cursor.numbers(latestSurprises.count)
        latestScore = AnomalyScore(
            value: try cursor.number(), surprise: try cursor.number(), rawSurprise: try cursor.number(),
            leadingView: AnomalyView(rawValue: try cursor.integer()))
        // Both are divisors or exponents later on; a model that learnt something has them positive.
        guard pointCount > 0 else { throw .impossibleNumber(offset: cursor.offset) }
    }
}

extension SurpriseHistory {
    fileprivate func encode(into writer: inout ByteWriter) {
        for block in blocks {
            var mask: UInt16 = 0
            for lane in 0..<16 where block[lane] != 0 { mask |= 1 << UInt16(lane) }
            writer.write(mask)
            for lane in 0..<16 where block[lane] != 0 { writer.write(block[lane].bitPattern) }
        }
        writer.write(total.bitPattern)
        writer.write(unit.bitPattern)
        writer.write(number: largest)
    }

    fileprivate init(_ cursor: inout ByteCursor) throws(AnomalyStateError) {
        self.init()
        for index in blocks.indices {
            let mask: UInt16 = try cursor.integer()
            for lane in 0..<16 where mask & (1 << UInt16(lane)) != 0 { blocks[index][lane] = try cursor.weight() }
        }
        total = try cursor.weight()
        unit = try cursor.weight()
        largest = try cursor.number()
        guard unit >= 1, largest >= 0 else { throw .impossibleNumber(offset: cursor.offset) }
    }
}

extension PatternMemory {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.writeCount(situations.count)
        for (situation, met) in zip(situations, metAt) {
            for lane in situation.indices { writer.write(situation[lane].bitPattern) }
            writer.write(met)
        }
        writer.write(number: radius)
    }

    fileprivate init(_ cursor: inout ByteCursor) throws(AnomalyStateError) {
        let count = try cursor.count(limit: AnomalyTuning.situationsMax)
        var situations: [Situation] = []
        var metAt: [UInt32] = []
        for _ in 0..<count {
            var situation = Situation.zero
            for lane in situation.indices { situation[lane] = try cursor.float() }
            situations.append(situation)
            metAt.append(try cursor.integer())
        }
        self.init(situations: situations, metAt: metAt, radius: try cursor.number())
    }
}

extension ReportGate {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(numbers: [hold, margin])
        for weight in habit { writer.write(weight.bitPattern) }
    }

    fileprivate init(_ cursor: inout ByteCursor) throws(AnomalyStateError) {
        self.init()
        hold = try cursor.number()
        margin = try cursor.number()
        for bin in habit.indices { habit[bin] = try cursor.weight() }
    }
}

extension BandForecast {
    fileprivate func encode(into writer: inout ByteWriter) {
        for level in levels { level.encode(into: &writer) }
        writer.write(outliersInRow)
        base.encode(into: &writer)
        deviation.encode(into: &writer)
        for profile in [daily, weekly, deviationBySlot] { profile.encode(into: &writer) }
    }

    fileprivate init(_ cursor: inout ByteCursor) throws(AnomalyStateError) {
        self.init()
        for index in levels.indices { levels[index] = try LevelTrend(&cursor) }
        outliersInRow = try cursor.integer()
        base = try LevelTrend(&cursor)
        deviation = try LevelTrend(&cursor)
        try daily.read(&cursor)
        try weekly.read(&cursor)
        try deviationBySlot.read(&cursor)
    }
}

extension LevelTrend {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(numbers: [once, twice, error])
        writer.write(count)
    }

    fileprivate init(_ cursor: inout ByteCursor) throws(AnomalyStateError) {
        self.init(
            once: try cursor.number(), twice: try cursor.number(), error: try cursor.number(),
            count: try cursor.integer())
    }
}

extension SeasonalProfile {
    fileprivate func encode(into writer: inout ByteWriter) {
        for (offset, count) in zip(offsets, visits) {
            writer.write(count)
            if count > 0 { writer.write(number: offset) }
        }
        writer.write(UInt8(slot))
        writer.write(number: sum)
        writer.write(count)
    }

    fileprivate mutating func read(_ cursor: inout ByteCursor) throws(AnomalyStateError) {
        for index in offsets.indices {
            visits[index] = try cursor.integer()
            if visits[index] > 0 { offsets[index] = try cursor.number() }
        }
        let slot: UInt8 = try cursor.integer()
        self.slot = Int(slot)
        sum = try cursor.number()
        count = try cursor.integer()
        guard self.slot < offsets.count else { throw .impossibleNumber(offset: cursor.offset) }
    }
}

extension ByteWriter {
    mutating func write(number: Double) { write(number.bitPattern) }

    fileprivate mutating func write(numbers: [Double]) { for number in numbers { write(number: number) } }
}

/// Reading with the errors of a state: bounds are checked by the cursor, numbers are finite.
extension ByteCursor {
    @_lifetime(self: copy self)
    mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>() throws(AnomalyStateError)
        -> Integer
    {
        do throws(BytesError) { return try read() } catch { throw .malformed(error) }
    }

    @_lifetime(self: copy self)
    mutating func count(limit: Int) throws(AnomalyStateError) -> Int {
        do throws(BytesError) { return try readCount(limit: limit) } catch { throw .malformed(error) }
    }

    @_lifetime(self: copy self)
    mutating func number() throws(AnomalyStateError) -> Double {
        let number = Double(bitPattern: try integer())
        guard number.isFinite else { throw .impossibleNumber(offset: offset) }
        return number
    }

    @_lifetime(self: copy self)
    fileprivate mutating func numbers(_ count: Int) throws(AnomalyStateError) -> [Double] {
        var numbers: [Double] = []
        for _ in 0..<count { numbers.append(try number()) }
        return numbers
    }

    @_lifetime(self: copy self)
    fileprivate mutating func float() throws(AnomalyStateError) -> Float {
        let number = Float(bitPattern: try integer())
        guard number.isFinite else { throw .impossibleNumber(offset: offset) }
        return number
    }

    @_lifetime(self: copy self)
    fileprivate mutating func weight() throws(AnomalyStateError) -> Float {
        let weight = try float()
        guard weight >= 0 else { throw .impossibleNumber(offset: offset) }
        return weight
    }
}
