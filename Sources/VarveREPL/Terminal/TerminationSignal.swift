import Glibc
import Synchronization
import VarveIO

/// SIGINT and SIGTERM as something to wait for. Process-wide.
package enum TerminationSignal {
    /// The ends of a pipe; a handler may write to one, and little else.
    private static let wakeDescriptor = Atomic<Int32>(-1)
    private static let readDescriptor = Atomic<Int32>(-1)
    private static let count = Atomic<Int>(0)

    /// Takes the signals over: from now on they do not end the process but ``wait()``, also one that is called later.
    /// To be called before anything that should not be cut short. A second signal ends the process at once, for a start
    /// or a shutdown that hangs.
    /// - Throws: when the system has no more descriptors.
    package static func install() throws(Problem) {
        // First use initialises the atomics here, not inside a handler.
        count.store(0, ordering: .relaxed)
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw Problem(.failed, "server", String(cString: strerror(errno)), advice: "allow more open files")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        readDescriptor.store(ends[0], ordering: .sequentiallyConsistent)
        wakeDescriptor.store(ends[1], ordering: .sequentiallyConsistent)
        signal(SIGPIPE, SIG_IGN)
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in TerminationSignal.arrived() }
        }
    }

    /// Whether one of the signals has come since ``install()``.
    package static var hasArrived: Bool { count.load(ordering: .sequentiallyConsistent) > 0 }

    /// Suspends until one of the signals comes; not at all when one has come since ``install()``.
    package static func wait() async {
        let readEnd = readDescriptor.load(ordering: .sequentiallyConsistent)
        precondition(readEnd >= 0, "signals are installed before they are waited for")
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            do throws(DiskError) {
                _ = try DedicatedThread.start(name: "varve-signals") {
                    var byte: UInt8 = 0
                    while read(readEnd, &byte, 1) < 0, errno == EINTR {}
                    continuation.resume()
                }
            } catch {
                // Without the thread the signals would never be noticed: end as they would by themselves.
                signal(SIGINT, SIG_DFL)
                signal(SIGTERM, SIG_DFL)
                if hasArrived { continuation.resume() }
            }
        }
    }

    private static func arrived() {
        if count.add(1, ordering: .sequentiallyConsistent).oldValue > 0 { _exit(130) }
        var byte: UInt8 = 1
        _ = write(wakeDescriptor.load(ordering: .sequentiallyConsistent), &byte, 1)
    }
}
