import Glibc
import Synchronization
package import VarveQuery

/// Ctrl-C and changes of the window's size, as values that can be asked for. Process-wide, like signals.
///
/// The handler only touches atomics. Signals are kept off the engine's threads by ``withSignalsHeld(_:)``, so that a
/// blocking read of the main thread ends when Ctrl-C comes.
package enum Interrupts {
    private static let interruptCount = Atomic<Int>(0)
    private static let resizeCount = Atomic<Int>(0)
    /// Address of the running query's flag, which is retained while it is here; 0 for none.
    private static let currentFlag = Atomic<UInt>(0)

    /// Takes over SIGINT and SIGWINCH, and makes writing to a closed pipe an error instead of the end.
    package static func install() {
        // First use initialises the atomics here, not inside a handler.
        interruptCount.store(0, ordering: .relaxed)
        resizeCount.store(0, ordering: .relaxed)
        currentFlag.store(0, ordering: .relaxed)
        signal(SIGPIPE, SIG_IGN)
        handle(SIGINT) { _ in Interrupts.interrupted() }
        handle(SIGWINCH) { _ in Interrupts.resized() }
    }

    /// Runs `body`; threads that it starts never see SIGINT and SIGWINCH.
    package static func withSignalsHeld<Value, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        var held = sigset_t()
        var before = sigset_t()
        sigemptyset(&held)
        sigaddset(&held, SIGINT)
        sigaddset(&held, SIGWINCH)
        pthread_sigmask(SIG_BLOCK, &held, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        return try body()
    }

    /// Runs `body` with a flag that Ctrl-C raises.
    package static func cancelling<Value, Failure: Error>(
        _ body: (CancellationFlag) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let flag = CancellationFlag()
        let retained = Unmanaged.passRetained(flag)
        currentFlag.store(UInt(bitPattern: retained.toOpaque()), ordering: .sequentiallyConsistent)
        defer {
            currentFlag.store(0, ordering: .sequentiallyConsistent)
            // The handler runs on this thread (see `withSignalsHeld`), so it cannot be using the flag now.
            retained.release()
        }
        return try body(flag)
    }

    /// Whether Ctrl-C was pressed since the last call.
    package static func takeInterrupt() -> Bool { interruptCount.exchange(0, ordering: .relaxed) > 0 }

    /// Whether Ctrl-C was pressed, without forgetting it.
    package static var hasInterrupt: Bool { interruptCount.load(ordering: .relaxed) > 0 }

    /// Whether the window's size changed since the last call.
    package static func takeResize() -> Bool { resizeCount.exchange(0, ordering: .relaxed) > 0 }

    private static func interrupted() {
        interruptCount.add(1, ordering: .relaxed)
        let address = currentFlag.load(ordering: .sequentiallyConsistent)
        guard let flag = UnsafeRawPointer(bitPattern: address) else { return }
        Unmanaged<CancellationFlag>.fromOpaque(flag)._withUnsafeGuaranteedRef { $0.raise() }
    }

    private static func resized() { resizeCount.add(1, ordering: .relaxed) }

    /// Without SA_RESTART, so that reads end with EINTR.
    private static func handle(_ number: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = handler
        sigemptyset(&action.sa_mask)
        sigaction(number, &action, nil)
    }
}
