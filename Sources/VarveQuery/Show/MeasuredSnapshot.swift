import Synchronization
import VarveCodec
import VarveIO
import VarveModel
import VarveStore

/// What reading samples has cost.
struct ScanCost: Equatable, Sendable {
    /// Rows that came summed up.
    var samplesFromRollups = 0
    /// Blocks of which no row was decoded: their statistics were enough, or nothing in them was of interest.
    var blocksFromStatistics = 0
    var samplesFromStatistics = 0
    var blocksDecoded = 0
    var samplesDecoded = 0
    /// Inside scans, visits included; inside visits, decoding included; decoding. Nanoseconds, 0 without a clock.
    var scanNs: Int64 = 0
    var visitNs: Int64 = 0
    var decodeNs: Int64 = 0

    mutating func add(_ other: ScanCost) {
        samplesFromRollups += other.samplesFromRollups
        blocksFromStatistics += other.blocksFromStatistics
        samplesFromStatistics += other.samplesFromStatistics
        blocksDecoded += other.blocksDecoded
        samplesDecoded += other.samplesDecoded
        scanNs += other.scanNs
        visitNs += other.visitNs
        decodeNs += other.decodeNs
    }
}

/// Adds up the cost of scans. Any thread.
final class ScanMeter: Sendable {
    let clock: (any SystemClock)?
    private let total = Mutex(ScanCost())

    init(clock: (any SystemClock)?) { self.clock = clock }

    var cost: ScanCost { total.withLock { $0 } }

    fileprivate func add(_ cost: ScanCost) { total.withLock { $0.add(cost) } }
}

/// A snapshot that measures what is read of another one. Costs some 50 ns per block.
struct MeasuredSnapshot<Base: MetricSnapshot>: MetricSnapshot {
    let base: Base
    let meter: ScanMeter

    func namespaces(in scope: Scope) -> [String] { base.namespaces(in: scope) }
    func metrics(in scope: Scope, namespace: String) -> [String] { base.metrics(in: scope, namespace: namespace) }
    func series(in scope: Scope, namespace: String, metric: String) -> [SeriesID] {
        base.series(in: scope, namespace: namespace, metric: metric)
    }
    func series(
        in scope: Scope, namespace: String, metric: String, matching filters: [DimensionFilter]
    ) -> [SeriesID] {
        base.series(in: scope, namespace: namespace, metric: metric, matching: filters)
    }
    func series(
        in scope: Scope, namespace: String, metrics: [String], matching filters: [DimensionFilter]
    ) -> [[SeriesID]] {
        base.series(in: scope, namespace: namespace, metrics: metrics, matching: filters)
    }
    func series(of source: SourceKey, metric: String) -> [SeriesID] { base.series(of: source, metric: metric) }
    func series(in scope: Scope, where condition: SeriesCondition) -> [SeriesID] {
        base.series(in: scope, where: condition)
    }
    func recentlyActive(_ series: [SeriesID], sinceNs: Int64) -> [SeriesID] {
        base.recentlyActive(series, sinceNs: sinceNs)
    }
    func value(of name: String, in series: SeriesID) -> String? { base.value(of: name, in: series) }
    func source(of series: SeriesID) -> SourceKey { base.source(of: series) }
    func field(of series: SeriesID) -> FieldKey { base.field(of: series) }
    func sourceNumber(of series: SeriesID) -> UInt32 { base.sourceNumber(of: series) }
    func unit(of series: SeriesID) -> Unit { base.unit(of: series) }
    func gaps(in range: TimeRange) -> [DataGap] { base.gaps(in: range) }
    func segmentCount(in range: TimeRange) -> Int { base.segmentCount(in: range) }

    func scan(
        _ series: [SeriesID], in range: TimeRange,
        visit: (_ index: Int, _ chunk: any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        let measurement = ScanMeasurement(meter)
        defer { measurement.end() }
        try base.scan(series, in: range) { (index, chunk) throws(StoreError) -> ScanStep in
            try measurement.visit(chunk) { (chunk) throws(StoreError) in try visit(index, chunk) }
        }
    }

    func scan(
        _ series: [SeriesID], in range: TimeRange, summedWithin periodNs: Int64,
        visit: (_ index: Int, _ rows: ScannedRows) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        let measurement = ScanMeasurement(meter)
        defer { measurement.end() }
        try base.scan(series, in: range, summedWithin: periodNs) { (index, rows) throws(StoreError) -> ScanStep in
            switch rows {
            case .chunk(let chunk):
                try measurement.visit(chunk) { (chunk) throws(StoreError) in try visit(index, .chunk(chunk)) }
            case .rollup(let rollup):
                try measurement.visit(rollup) { () throws(StoreError) in try visit(index, rows) }
            }
        }
    }

    func scanNewestFirst(
        _ series: [SeriesID], in range: TimeRange, isWanted: (_ index: Int, _ last: Int64) -> Bool,
        visit: (_ index: Int, _ chunk: any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        let measurement = ScanMeasurement(meter)
        defer { measurement.end() }
        try base.scanNewestFirst(series, in: range, isWanted: isWanted) {
            (index, chunk) throws(StoreError) -> ScanStep in
            try measurement.visit(chunk) { (chunk) throws(StoreError) in try visit(index, chunk) }
        }
    }

    func scan(
        _ series: [SeriesID], in range: TimeRange, leavingOut gap: (DataGap) -> Void,
        visit: (_ index: Int, _ chunk: any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        let measurement = ScanMeasurement(meter)
        defer { measurement.end() }
        try base.scan(series, in: range, leavingOut: gap) { (index, chunk) throws(StoreError) -> ScanStep in
            try measurement.visit(chunk) { (chunk) throws(StoreError) in try visit(index, chunk) }
        }
    }
}

extension MeasuredSnapshot {
    func scanSummaries(
        _ series: [SeriesID], in range: TimeRange, leavingOut gap: ((DataGap) -> Void)?,
        visit: (_ index: Int, _ rows: SummaryRows) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        let measurement = ScanMeasurement(meter)
        defer { measurement.end() }
        try base.scanSummaries(series, in: range, leavingOut: gap) { (index, rows) throws(StoreError) -> ScanStep in
            try measurement.visit(rows) { () throws(StoreError) in try visit(index, rows) }
        }
    }
}

/// One scan. Owned by it.
private final class ScanMeasurement {
    private let meter: ScanMeter
    private var cost = ScanCost()
    private let startNs: Int64

    init(_ meter: ScanMeter) {
        self.meter = meter
        startNs = meter.nowNs
    }

    func end() {
        cost.scanNs = meter.nowNs - startNs
        meter.add(cost)
    }

    func visit(
        _ chunk: any SampleChunk, _ body: (any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) -> ScanStep {
        let measured = MeasuredChunk(chunk, meter)
        let visitStartNs = meter.nowNs
        defer {
            cost.visitNs += meter.nowNs - visitStartNs
            cost.decodeNs += measured.decodeNs
            if measured.isRolledUp {
                cost.samplesFromRollups += chunk.rowCount
            } else if measured.isDecoded {
                cost.blocksDecoded += 1
                cost.samplesDecoded += chunk.rowCount
            } else {
                cost.blocksFromStatistics += 1
                cost.samplesFromStatistics += chunk.rowCount
            }
        }
        return try body(measured)
    }

    /// Rows that stand for several samples come decoded.
    func visit(_ rows: SummaryRows, _ body: () throws(StoreError) -> ScanStep) throws(StoreError) -> ScanStep {
        let visitStartNs = meter.nowNs
        defer { cost.visitNs += meter.nowNs - visitStartNs }
        cost.samplesDecoded += rows.timestamps.count
        return try body()
    }

    func visit(_ rollup: RollupSlice, _ body: () throws(StoreError) -> ScanStep) throws(StoreError) -> ScanStep {
        let visitStartNs = meter.nowNs
        defer { cost.visitNs += meter.nowNs - visitStartNs }
        cost.samplesFromRollups += rollup.rowCount
        return try body()
    }
}

extension ScanMeter {
    /// 0 without a clock.
    fileprivate var nowNs: Int64 { clock?.monotonicNs() ?? 0 }
}

/// A chunk that notes whether it is decoded. Owned by one visit.
private final class MeasuredChunk: SampleChunk {
    private let base: any SampleChunk
    private let meter: ScanMeter
    private(set) var isDecoded = false
    private(set) var isRolledUp = false
    private(set) var decodeNs: Int64 = 0

    init(_ base: any SampleChunk, _ meter: ScanMeter) {
        self.base = base
        self.meter = meter
    }

    var rowCount: Int { base.rowCount }
    var firstTimestamp: Int64 { base.firstTimestamp }
    var lastTimestamp: Int64 { base.lastTimestamp }
    var statistics: BlockStatistics? { base.statistics }

    func decode() throws(StoreError) -> DecodedSamples {
        let startNs = meter.nowNs
        defer { decodeNs += meter.nowNs - startNs }
        isDecoded = true
        return try base.decode()
    }

    func decode(through last: Int64) throws(StoreError) -> DecodedSamples {
        let startNs = meter.nowNs
        defer { decodeNs += meter.nowNs - startNs }
        isDecoded = true
        return try base.decode(through: last)
    }

    func decodeTimes() throws(StoreError) -> TimestampColumn {
        let startNs = meter.nowNs
        defer { decodeNs += meter.nowNs - startNs }
        return try base.decodeTimes()
    }

    func rollup(within periodNs: Int64, in range: TimeRange) throws(StoreError) -> RollupSlice? {
        let startNs = meter.nowNs
        defer { decodeNs += meter.nowNs - startNs }
        let rollup = try base.rollup(within: periodNs, in: range)
        isRolledUp = rollup != nil
        return rollup
    }

    func sums(between borders: [Int], wantsSum: Bool) throws(StoreError) -> [RowSums]? {
        let startNs = meter.nowNs
        defer { decodeNs += meter.nowNs - startNs }
        let sums = try base.sums(between: borders, wantsSum: wantsSum)
        if sums != nil { isDecoded = true }
        return sums
    }
}
