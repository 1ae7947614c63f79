import VarveIO
import VarveMonitoring

/// Appends deliveries to files: messages as lines, documents of metric streams as they are. Files are opened anew for
/// each one, so that a rotated file is noticed; on a thread of its own, because disks block.
final class FileAppender: Sendable {
    private struct Job: Sendable {
        var bytes: [UInt8]
        var path: String
        var done: @Sendable (DeliveryOutcome) -> Void
    }

    private struct State: Sendable {
        var jobs: [Job] = []
        var thread: DedicatedThread?
        var isStopped = false
    }

    private let fileSystem: any FileSystem
    private let state = Monitor(State())

    init(fileSystem: any FileSystem) { self.fileSystem = fileSystem }

    /// Queues what a delivery appends.
    func append(_ delivery: Delivery, to path: String, done: @escaping @Sendable (DeliveryOutcome) -> Void) {
        let bytes = delivery.content == .message ? Self.line(of: delivery.body) : delivery.body
        let failure = state.withLock { state -> String? in
            if state.isStopped { return "the server is stopping" }
            if state.thread == nil {
                do throws(DiskError) {
                    state.thread = try DedicatedThread.start(name: "varve-files") { [self] in work() }
                } catch {
                    return "\(error)"
                }
            }
            state.jobs.append(Job(bytes: bytes, path: path, done: done))
            return nil
        }
        if let failure { done(.failed(reason: failure)) } else { state.signal() }
    }

    /// One line: a message with line ends, which only texts that are no JSON have, could pass for several.
    private static func line(of body: [UInt8]) -> [UInt8] {
        body.map { $0 == 0x0a || $0 == 0x0d ? UInt8(ascii: " ") : $0 } + [UInt8(ascii: "\n")]
    }

    private func work() {
        while true {
            let next: [Job] =
                state.wait { state in
                    defer { state.jobs = [] }
                    if !state.jobs.isEmpty { return state.jobs }
                    return state.isStopped ? [] : nil
                } ?? []
            if next.isEmpty { return }
            for job in next { job.done(write(job)) }
        }
    }

    private func write(_ job: Job) -> DeliveryOutcome {
        do throws(DiskError) {
            let file = try fileSystem.open(job.path, .createOrOpen)
            let start = try file.byteCount()
            do throws(DiskError) {
                try file.write(job.bytes, at: start)
                try file.sync()
            } catch {
                // The next attempt begins anew; readers must not find half a message before it. If that fails, too, the
                // disk's error is what is told.
                try? file.truncate(start)
                try? file.close()
                throw error
            }
            try file.close()
            return .delivered
        } catch {
            return .failed(reason: "\(error)")
        }
    }

    /// Lets what was queued finish. Waits; idempotent.
    func stop() {
        let thread = state.withLock { state in
            state.isStopped = true
            return state.thread
        }
        state.broadcast()
        thread?.join()
    }
}
