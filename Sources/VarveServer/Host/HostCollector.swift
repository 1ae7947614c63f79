import Glibc
import VarveIO
package import VarveModel
package import VarveStore

/// Samples this machine every ten seconds into namespace `System/Linux`, through the same door as everybody's data.
///
/// A thread of its own, because reading `/proc` and asking file systems for their space can block. Any thread may stop
/// it.
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
        var rows = HostRows(host: HostName.read())
        var waitNs = firstIntervalNs
        _ = sampler.sample(read(door.clock))
        while isStopped.wait(timeoutNs: waitNs, until: { $0 ? true : nil }) == nil {
            waitNs = intervalNs
            let batch = rows.batch(sampler.sample(read(door.clock)), timestamp: door.clock.wallNs()) { excess in
                door.logFailure("a measurement of this machine was left out: \(excess)")
            }
            if !batch.isEmpty { send(batch, to: door) }
        }
    }

    private static func send(_ batch: RowBatch, to door: Doorway) {
        door.sink.append(batch) { result in
            door.count(result, of: batch, from: namespace)
            switch result {
            case .success(let receipt):
                guard let refusal = receipt.refusal else { return }
                door.logFailure("\(receipt.refusedRows) measurements of this machine were not stored: \(refusal)")
            case .failure(let error): door.logFailure("a sample of this machine was not stored: \(error)")
            }
        }
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

/// Makes batches of the sampler's rows; shapes are kept from sample to sample, so that the store knows them again, and
/// forgotten with the device or mount that they are of.
package struct HostRows {
    private let host: Dimension
    private var shapes: [SourceKey: RowShape] = [:]

    package init(host: String) { self.host = Dimension(name: "host", value: host) }

    /// Shapes that are kept: those of the latest batch.
    package var shapeCount: Int { shapes.count }

    /// - Parameter leftOut: told of each row whose names the store would not take: mounts of any user may have paths
    ///   of any length.
    package mutating func batch(
        _ rows: [HostSampler.Row], timestamp: Int64, leftOut: (NameExcess) -> Void
    ) -> RowBatch {
        var batch = RowBatch()
        let known = shapes
        shapes = [:]
        for row in rows {
            do throws(NameExcess) {
                let shape = try shape(of: row, known)
                batch.append(shape: shape, timestamp: timestamp, values: row.metrics.map(\.value))
            } catch {
                leftOut(error)
            }
        }
        return batch
    }

    private mutating func shape(of row: HostSampler.Row, _ known: [SourceKey: RowShape]) throws(NameExcess) -> RowShape
    {
        let source = SourceKey(namespace: HostCollector.namespace, dimensions: row.dimensions + [host])
        let fields = row.metrics.map { FieldKey(metric: $0.name, unit: $0.unit) }
        let shape = known[source].flatMap { $0.fields == fields ? $0 : nil } ?? RowShape(source: source, fields: fields)
        try shape.checkNames()
        shapes[source] = shape
        return shape
    }
}
