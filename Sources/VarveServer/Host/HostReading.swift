package import VarveModel

/// Texts of `/proc` at one moment.
package struct HostTexts: Sendable {
    package var stat = ""
    package var meminfo = ""
    package var diskstats = ""
    package var netdev = ""
    package var loadavg = ""
    package var uptime = ""
    /// Space of mounted file systems: device, path, total and available bytes.
    package var fileSystems: [(device: String, path: String, totalBytes: UInt64, availableBytes: UInt64)] = []
    /// Any clock that does not go back.
    package var monotonicNs: Int64 = 0

    package init() {}
}

/// Turns two readings of this machine into rows of namespace `System/Linux`: shares and rates between the two, levels
/// from the second. Pure, except that it remembers the last reading. Names: Docs/Operations/server.md,
/// "--collect-host".
package struct HostSampler {
    /// One line: dimensions besides `host`, metric names and values.
    package struct Row: Equatable, Sendable {
        package var dimensions: [Dimension]
        package var metrics: [(name: String, unit: Unit, value: Double)]

        package init(dimensions: [Dimension], metrics: [(name: String, unit: Unit, value: Double)]) {
            self.dimensions = dimensions
            self.metrics = metrics
        }

        package static func == (left: Row, right: Row) -> Bool {
            left.dimensions == right.dimensions && left.metrics.elementsEqual(right.metrics) { $0 == $1 }
        }
    }

    private var previous: HostTexts?

    package init() {}

    /// - Returns: rows; those of rates only from the second call on.
    package mutating func sample(_ texts: HostTexts) -> [Row] {
        defer { previous = texts }
        var rows = Self.levels(texts)
        guard let previous, texts.monotonicNs > previous.monotonicNs else { return rows }
        let seconds = Double(texts.monotonicNs - previous.monotonicNs) / 1e9
        rows += Self.cpuShares(ProcText.cpuTicks(previous.stat), ProcText.cpuTicks(texts.stat))
        rows += Self.diskRates(ProcText.disks(previous.diskstats), ProcText.disks(texts.diskstats), seconds)
        rows += Self.interfaceRates(ProcText.interfaces(previous.netdev), ProcText.interfaces(texts.netdev), seconds)
        return rows
    }
}

// Shares and rates.
extension HostSampler {
    private static let cpuMetrics = [
        "usage_user", "usage_nice", "usage_system", "usage_idle", "usage_iowait", "usage_irq", "usage_softirq",
        "usage_steal",
    ]

    private static func cpuShares(_ before: [ProcText.CPUTicks], _ after: [ProcText.CPUTicks]) -> [Row] {
        after.compactMap { current in
            guard let old = before.first(where: { $0.cpu == current.cpu }) else { return nil }
            // idle and iowait may go back by a tick; less than nothing is nothing.
            let spent = zip(old.ticks, current.ticks).map { $1 > $0 ? Double($1 - $0) : 0 }
            let total = spent.reduce(0, +)
            guard total > 0 else { return nil }
            let metrics = zip(cpuMetrics, spent).map { (name: $0, unit: Unit.percent, value: 100 * $1 / total) }
            return Row(dimensions: [Dimension(name: "cpu", value: current.cpu)], metrics: metrics)
        }
    }

    private static func diskRates(
        _ before: [ProcText.DiskCounters], _ after: [ProcText.DiskCounters], _ seconds: Double
    ) -> [Row] {
        after.compactMap { current in
            guard let old = before.first(where: { $0.device == current.device }) else { return nil }
            let busyShare = 100 * rate(old.busyMs, current.busyMs, seconds) / 1_000
            return Row(
                dimensions: [Dimension(name: "device", value: current.device)],
                metrics: [
                    ("disk_reads", .countPerSecond, rate(old.reads, current.reads, seconds)),
                    ("disk_read_bytes", .bytesPerSecond, rate(old.readBytes, current.readBytes, seconds)),
                    ("disk_writes", .countPerSecond, rate(old.writes, current.writes, seconds)),
                    ("disk_written_bytes", .bytesPerSecond, rate(old.writtenBytes, current.writtenBytes, seconds)),
                    ("disk_busy", .percent, min(100, busyShare)),
                ])
        }
    }

    private static let interfaceMetrics: [(String, Unit)] = [
        ("net_received_bytes", .bytesPerSecond), ("net_received_packets", .countPerSecond),
        ("net_received_errors", .countPerSecond), ("net_received_drops", .countPerSecond),
        ("net_sent_bytes", .bytesPerSecond), ("net_sent_packets", .countPerSecond),
        ("net_sent_errors", .countPerSecond), ("net_sent_drops", .countPerSecond),
    ]

    private static func interfaceRates(
        _ before: [ProcText.InterfaceCounters], _ after: [ProcText.InterfaceCounters], _ seconds: Double
    ) -> [Row] {
        after.compactMap { current in
            guard let old = before.first(where: { $0.interface == current.interface }) else { return nil }
            let rates = zip(old.counts, current.counts).map { rate($0, $1, seconds) }
            let metrics = zip(interfaceMetrics, rates).map { (name: $0.0, unit: $0.1, value: $1) }
            return Row(dimensions: [Dimension(name: "interface", value: current.interface)], metrics: metrics)
        }
    }

    /// A counter that went back was reset: nothing is known, 0 is said.
    private static func rate(_ before: UInt64, _ after: UInt64, _ seconds: Double) -> Double {
        after > before ? Double(after - before) / seconds : 0
    }
}

// Levels.
extension HostSampler {
    private static let memoryMetrics = [
        ("mem_total", "MemTotal"), ("mem_free", "MemFree"), ("mem_available", "MemAvailable"),
        ("mem_buffers", "Buffers"),
        ("mem_cached", "Cached"), ("mem_dirty", "Dirty"), ("swap_total", "SwapTotal"), ("swap_free", "SwapFree"),
    ]

    private static func levels(_ texts: HostTexts) -> [Row] {
        var metrics: [(name: String, unit: Unit, value: Double)] = []
        let memory = ProcText.memory(texts.meminfo)
        for (name, key) in memoryMetrics {
            if let bytes = memory[key] { metrics.append((name, .bytes, Double(bytes))) }
        }
        if let total = memory["MemTotal"], let available = memory["MemAvailable"], total > 0, available <= total {
            metrics.append(("mem_used", .percent, 100 * Double(total - available) / Double(total)))
        }
        if let load = ProcText.load(texts.loadavg) {
            for (name, value) in zip(["load1", "load5", "load15"], load.averages) {
                metrics.append((name, .count, value))
            }
            metrics.append(("runnable", .count, load.runnable))
        }
        if let uptime = ProcText.uptime(texts.uptime) { metrics.append(("uptime", .seconds, uptime)) }
        let whole = metrics.isEmpty ? [] : [Row(dimensions: [], metrics: metrics)]
        return whole + texts.fileSystems.compactMap(space)
    }

    private static func space(
        _ fileSystem: (device: String, path: String, totalBytes: UInt64, availableBytes: UInt64)
    ) -> Row? {
        let (total, available) = (fileSystem.totalBytes, fileSystem.availableBytes)
        guard total > 0, available <= total else { return nil }
        return Row(
            dimensions: [
                Dimension(name: "device", value: fileSystem.device), Dimension(name: "path", value: fileSystem.path),
            ],
            metrics: [
                ("fs_total", .bytes, Double(total)), ("fs_available", .bytes, Double(available)),
                ("fs_used", .percent, 100 * Double(total - available) / Double(total)),
            ])
    }
}
