package import Logging
package import VarveIO
import VarveLine

/// Takes refusals from the doors, counts them, writes them to the reject file and logs a summary at most once a second.
///
/// Any thread; recording never blocks on the disk: a thread of its own writes. While that thread is behind, refusals
/// above `queueBytesMax` are only counted, and the reject file says how many.
package final class RefusalRecorder: Sendable {
    /// Waiting refusals: 8 MiB hold 2 000 with the longest excerpts, a second's worth of the fastest disk.
    package static let queueBytesMax = 8 << 20
    private static let logIntervalNs: Int64 = 1_000_000_000

    private struct State: Sendable {
        var waiting: [Refusal] = []
        var waitingRows: [RefusedRows] = []
        var waitingBytes = 0
        var dropped = 0
        /// Since the last log line.
        var unlogged = 0
        var example: Refusal?
        var isStopped = false
    }

    private let state = Monitor(State())
    private let counters: ServerCounters
    private let logger: Logger
    private let thread: DedicatedThread

    /// Starts the thread.
    package init(
        file: consuming RejectFile, counters: ServerCounters, logger: Logger, clock: any SystemClock
    ) throws(DiskError) {
        self.counters = counters
        self.logger = logger
        let writer = Writer(file: file, state: state, logger: logger, clock: clock)
        thread = try DedicatedThread.start(name: "varve-rejects", niceness: 10) { writer.run() }
    }

    /// - Parameter refusals: of one parse.
    package func record(_ refusals: [Refusal]) {
        guard !refusals.isEmpty else { return }
        counters.linesRefused.add(refusals.count)
        let dropped = state.withLock { state in
            state.unlogged += refusals.count
            if state.example == nil { state.example = refusals[0] }
            return Self.enqueue(refusals, into: &state)
        }
        counters.refusalsDropped.add(dropped)
        state.signal()
    }

    /// - Parameter rows: those of one batch. Spelled on the recorder's thread.
    package func record(_ rows: RefusedRows) {
        let dropped = state.withLock { state -> Int in
            guard state.waitingBytes + rows.byteCount <= Self.queueBytesMax else {
                state.dropped += rows.rowCount
                return rows.rowCount
            }
            state.waitingRows.append(rows)
            state.waitingBytes += rows.byteCount
            return 0
        }
        counters.refusalsDropped.add(dropped)
        state.signal()
    }

    private static func enqueue(_ refusals: [Refusal], into state: inout State) -> Int {
        var dropped = 0
        for refusal in refusals {
            // 256: what the entry needs besides its excerpt.
            let byteCount = 256 + refusal.line.excerpt.count
            if state.waitingBytes + byteCount > queueBytesMax {
                dropped += 1
            } else {
                state.waiting.append(refusal)
                state.waitingBytes += byteCount
            }
        }
        state.dropped += dropped
        return dropped
    }

    /// Writes what waits and ends the thread. Blocks; idempotent.
    package func stop() {
        state.withLock { $0.isStopped = true }
        state.broadcast()
        thread.join()
    }

    /// The thread's side. Owned by the recorder's thread after init.
    private final class Writer: @unchecked Sendable {
        // Unchecked: handed to one thread before anything is called.
        private var file: RejectFile
        private let state: Monitor<State>
        private let logger: Logger
        private let clock: any SystemClock
        private var nextLogNs: Int64 = .min
        private var hasFailed = false

        init(file: consuming RejectFile, state: Monitor<State>, logger: Logger, clock: any SystemClock) {
            self.file = file
            self.state = state
            self.logger = logger
            self.clock = clock
        }

        func run() {
            while true {
                let taken: State? = state.wait(timeoutNs: RefusalRecorder.logIntervalNs) { state in
                    let isIdle = state.waiting.isEmpty && state.waitingRows.isEmpty && state.dropped == 0
                    guard !isIdle || state.isStopped else { return nil }
                    let taken = state
                    state.waiting = []
                    state.waitingRows = []
                    state.waitingBytes = 0
                    state.dropped = 0
                    return taken
                }
                if let taken { write(taken) }
                log(isLast: taken?.isStopped ?? false)
                if taken?.isStopped ?? false { return }
            }
        }

        private func write(_ taken: State) {
            var bytes: [UInt8] = []
            for refusal in taken.waiting {
                bytes.append(contentsOf: refusal.encoded)
                if bytes.count >= file.pieceBytes { append(&bytes) }
            }
            for rows in taken.waitingRows {
                rows.encode { entry in
                    bytes.append(contentsOf: entry)
                    if bytes.count >= file.pieceBytes { append(&bytes) }
                }
            }
            if taken.dropped > 0 {
                bytes.append(contentsOf: Array("{\"timeNs\":\(clock.wallNs()),\"notKept\":\(taken.dropped)}\n".utf8))
            }
            append(&bytes)
        }

        private func append(_ bytes: inout [UInt8]) {
            guard !bytes.isEmpty else { return }
            defer { bytes.removeAll(keepingCapacity: true) }
            do throws(DiskError) {
                try file.append(bytes)
                hasFailed = false
            } catch {
                if !hasFailed { logger.error("cannot keep refused lines: \(error)") }
                hasFailed = true
            }
        }

        private func log(isLast: Bool) {
            let nowNs = clock.monotonicNs()
            guard nowNs >= nextLogNs || isLast else { return }
            let (count, example) = state.withLock { state in
                defer {
                    state.unlogged = 0
                    state.example = nil
                }
                return (state.unlogged, state.example)
            }
            guard count > 0, let example else { return }
            nextLogNs = nowNs + RefusalRecorder.logIntervalNs
            logger.warning(
                "refused lines: \(count); the first from \(example.peer): \(example.line); see \(RejectFile.name)"
            )
        }
    }
}
