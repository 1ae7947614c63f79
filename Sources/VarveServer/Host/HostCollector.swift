import Glibc
import VarveIO
import VarveModel
import VarveStore

/// Samples this machine every ten seconds into namespace `System/Linux`, through the same door as everybody's data.
///
/// A thread of its own, because reading `/proc` and asking file systems for their space can block. Any thread may stop it.
package final class HostCollector: Sendable {
    /// The first rates come after one second, so that a first look shows data at once; then every ten, as agents do.
    private static let firstIntervalNs: Int64 = 1_000_000_000
    private static let intervalNs: Int64 = 10_000_000_000
    package static let namespace = "System/Linux"

    private let isStopped: Monitor<Bool>
    private let thread: DedicatedThread

    private init(isStopped: Monitor<Bool>, thread: DedicatedThread) {
        self.isStopped = isStopped
        self.thread = thread
    }

    static func start(door: Doorway) throws(DiskError) -> HostCollector {
        let isStopped = Monitor(false)
        let thread = try DedicatedThread.start(name: "varve-host", niceness: 5) { collect(door, until: isStopped) }
        return HostCollector(isStopped: isStopped, thread: thread)
    }

    /// Ends the thread. Blocks until a sample under way is taken; idempotent.
    func stop() {
        isStopped.withLock { $0 = true }
        isStopped.broadcast()
        thread.join()
    }

    private static func collect(_ door: Doorway, until isStopped: Monitor<Bool>) {
        var sampler = HostSampler()
        var rows = HostRows(host: hostName())
        var waitNs = firstIntervalNs
        _ = sampler.sample(read(door.clock))
        while isStopped.wait(timeoutNs: waitNs, until: { $0 ? true : nil }) == nil {
            waitNs = intervalNs
            let batch = rows.batch(sampler.sample(read(door.clock)), timestamp: door.clock.wallNs())
            if !batch.isEmpty { send(batch, to: door) }
        }
    }

    private static func send(_ batch: RowBatch, to door: Doorway) {
        door.sink.append(batch) { result in
            switch result {
            case .success(let receipt):
                door.counters.rowsWritten.add(receipt.rows)
                door.counters.valuesWritten.add(receipt.values)
            case .failure(let error):
                door.counters.rowsFailed.add(batch.rowCount)
                door.logFailure("a sample of this machine was not stored: \(error)")
            }
        }
    }

    private static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        let text = name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        return text.isEmpty ? "localhost" : text
    }
}

// Reading. Not through the store's file system: `/proc` is not storage, and simulated disks have none.
extension HostCollector {
    private static func read(_ clock: any SystemClock) -> HostTexts {
        var texts = HostTexts()
        texts.stat = text("/proc/stat")
        texts.meminfo = text("/proc/meminfo")
        texts.diskstats = text("/proc/diskstats")
        texts.netdev = text("/proc/net/dev")
        texts.loadavg = text("/proc/loadavg")
        texts.uptime = text("/proc/uptime")
        texts.fileSystems = ProcText.mounts(text("/proc/self/mounts")).compactMap(space)
        texts.monotonicNs = clock.monotonicNs()
        return texts
    }

    private static func space(
        _ mount: (device: String, path: String)
    ) -> (device: String, path: String, totalBytes: UInt64, availableBytes: UInt64)? {
        var statistics = statvfs()
        guard statvfs(mount.path, &statistics) == 0 else { return nil }
        let unit = UInt64(statistics.f_frsize)
        return (mount.device, mount.path, UInt64(statistics.f_blocks) &* unit, UInt64(statistics.f_bavail) &* unit)
    }

    /// The whole file, empty when it cannot be read: containers hide some of them.
    private static func text(_ path: String) -> String {
        guard let file = fopen(path, "re") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        // 4 MiB: /proc/stat of a machine with thousands of processors has less than one.
        while bytes.count < 4 << 20 {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Makes batches of the sampler's rows; shapes are kept from sample to sample, so that the store knows them again.
struct HostRows {
    private let host: Dimension
    private var shapes: [SourceKey: RowShape] = [:]

    init(host: String) { self.host = Dimension(name: "host", value: host) }

    mutating func batch(_ rows: [HostSampler.Row], timestamp: Int64) -> RowBatch {
        var batch = RowBatch()
        for row in rows {
            batch.append(shape: shape(of: row), timestamp: timestamp, values: row.metrics.map(\.value))
        }
        return batch
    }

    private mutating func shape(of row: HostSampler.Row) -> RowShape {
        let source = SourceKey(namespace: HostCollector.namespace, dimensions: row.dimensions + [host])
        let fields = row.metrics.map { FieldKey(metric: $0.name, unit: $0.unit) }
        if let known = shapes[source], known.fields == fields { return known }
        let shape = RowShape(source: source, fields: fields)
        shapes[source] = shape
        return shape
    }
}
