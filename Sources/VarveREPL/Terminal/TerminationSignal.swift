import Glibc
import Synchronization
import VarveIO

/// SIGINT and SIGTERM as something to wait for. Process-wide.
package enum TerminationSignal {
    /// The writing end of a pipe; a handler may write to it, and little else.
    private static let wakeDescriptor = Atomic<Int32>(-1)
    private static let count = Atomic<Int>(0)

    /// Suspends until one of the signals comes. A second one ends the process at once, for a shutdown that hangs.
    /// - Throws: when the system has no more descriptors or threads.
    package static func wait() async throws(Problem) {
        let readEnd = try install()
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
            }
        }
    }

    private static func install() throws(Problem) -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw Problem(.failed, "server", String(cString: strerror(errno)), advice: "allow more open files")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        wakeDescriptor.store(ends[1], ordering: .sequentiallyConsistent)
        signal(SIGPIPE, SIG_IGN)
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in TerminationSignal.arrived() }
        }
        return ends[0]
    }

    private static func arrived() {
        if count.add(1, ordering: .relaxed).oldValue > 0 { _exit(130) }
        var byte: UInt8 = 1
        _ = write(wakeDescriptor.load(ordering: .sequentiallyConsistent), &byte, 1)
    }
}
