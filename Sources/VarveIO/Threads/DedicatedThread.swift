import CLinux
import Glibc
import Synchronization

/// An operating-system thread of its own, for work that blocks: the cooperative pool has as many threads as cores and
/// must not be held up by a disk.
///
/// The thread runs one closure to its end; what tells it to stop is part of the state it waits for (a ``Monitor``).
/// Any thread may call ``join()``. A thread that nobody joins is left to itself when the last reference goes away.
package final class DedicatedThread: Sendable {
    package let name: String
    /// nil once joined.
    private let handle: Mutex<pthread_t?>

    /// Starts a thread.
    /// - Parameters:
    ///   - name: shown by debuggers and `top`; the first 15 bytes count.
    ///   - niceness: 0 is normal, 19 gives way to everybody. Negative values need a privilege, else they
    ///     are ignored.
    /// - Throws: `.system` when the process may not have another thread.
    package static func start(
        name: String, niceness: Int = 0, _ body: @escaping @Sendable () -> Void
    ) throws(DiskError) -> DedicatedThread {
        let start = ThreadStart(name: name, niceness: niceness, body: body)
        let context = Unmanaged.passRetained(start)
        var handle = pthread_t()
        let code = pthread_create(&handle, nil, runThread, context.toOpaque())
        guard code == 0 else {
            context.release()
            throw .system(operation: "pthread_create", path: "thread \(name)", errno: code)
        }
        return DedicatedThread(name: name, handle: handle)
    }

    private init(name: String, handle: pthread_t) {
        self.name = name
        self.handle = Mutex(handle)
    }

    deinit {
        handle.withLock { thread in
            if let thread { pthread_detach(thread) }
        }
    }

    /// Waits until the closure has returned. Returns at once when the thread was joined before; when another thread is
    /// joining right now, waits with it.
    package func join() {
        handle.withLock { thread in
            guard let joinable = thread else { return }
            precondition(pthread_equal(joinable, pthread_self()) == 0, "thread \(name) cannot wait for its own end")
            pthread_join(joinable, nil)
            thread = nil
        }
    }
}

/// What a new thread needs to know.
private final class ThreadStart: Sendable {
    let name: String
    let niceness: Int
    let body: @Sendable () -> Void

    init(name: String, niceness: Int, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.niceness = niceness
        self.body = body
    }
}

/// Entry point of every ``DedicatedThread``.
private func runThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let start = Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()
    varve_name_thread(start.name)
    // Niceness is a wish: a thread that may not be raised runs as it is.
    if start.niceness != 0 { _ = varve_set_thread_niceness(Int32(clamping: start.niceness)) }
    start.body()
    return nil
}
