import Glibc
import Synchronization
import VarveIO

extension Console {
    /// This process's standard output and error.
    ///
    /// Colours need a terminal that has them and no NO_COLOR in the environment (no-color.org).
    package static func system() -> Console {
        let outputIsTerminal = isatty(STDOUT_FILENO) == 1
        let terminalName = environment("TERM") ?? ""
        let allowsColour = (environment("NO_COLOR") ?? "").isEmpty && terminalName != "dumb" && !terminalName.isEmpty
        return Console(
            print: { FileDescriptor.write($0, to: STDOUT_FILENO) },
            complain: { FileDescriptor.write($0, to: STDERR_FILENO) },
            outputIsTerminal: outputIsTerminal,
            errorIsTerminal: isatty(STDERR_FILENO) == 1,
            hasColour: outputIsTerminal && allowsColour,
            size: terminalSize,
            zone: .system,
            nowNs: { systemNowNs() },
            outputIsClosed: { FileDescriptor.outputIsClosed }
        )
    }

    /// The value of an environment variable.
    package static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    @Sendable
    private static func terminalSize() -> (columns: Int, lines: Int) {
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 {
            return (Int(size.ws_col), Int(size.ws_row))
        }
        let columns = environment("COLUMNS").flatMap(Int.init) ?? 80
        return (
            max(20, min(columns, 1_000)), environment("LINES").flatMap(Int.init).map { max(10, min($0, 500)) } ?? 24
        )
    }

    private static func systemNowNs() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}

/// Writing to descriptors that may be pipes.
package enum FileDescriptor {
    private static let closed = Atomic<Bool>(false)
    /// Error number of the first failed write to standard output; 0 for none.
    private static let failure = Atomic<Int32>(0)

    /// Whether the reader of standard output has gone.
    package static var outputIsClosed: Bool { closed.load(ordering: .relaxed) }

    /// What a command has to end with when standard output could not be written: a full disk behind it, for instance.
    /// That its reader went away is no failure.
    package static var outputProblem: Problem? {
        let code = failure.load(ordering: .relaxed)
        if code == 0 { return nil }
        return Problem(
            .failed, "standard output", "writing failed: \(DiskError.text(errno: code))",
            advice: "what was written is incomplete")
    }

    /// Writes all of `text`. A reader that went away ends nothing: the rest is dropped, as `head` expects. Other
    /// failures on standard output are remembered in ``outputProblem``.
    package static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    if descriptor == STDOUT_FILENO { giveUp(count < 0 ? errno : EIO) }
                    return
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    private static func giveUp(_ code: Int32) {
        closed.store(true, ordering: .relaxed)
        if code == EPIPE { return }
        _ = failure.compareExchange(expected: 0, desired: code, ordering: .relaxed)
    }
}
