import Glibc
import Synchronization

/// Sends the batches of a file over several connections, one thread each. Any thread.
final class Sender: Sendable {
    private let options: Options
    private let lines: LineFile
    private let firstError = Mutex<LoadError?>(nil)

    init(options: Options, lines: LineFile) {
        self.options = options
        self.lines = lines
    }

    /// Returns when every batch is sent and answered; throws the first error of any connection.
    func sendAll() throws(LoadError) {
        var threads: [pthread_t] = []
        for index in 0..<options.connectionCount {
            let task = Unmanaged.passRetained(ThreadTask(sender: self, index: index))
            var thread = pthread_t()
            let code = pthread_create(&thread, nil, runThreadTask, task.toOpaque())
            guard code == 0 else { throw LoadError("cannot start thread \(index): \(String(cString: strerror(code)))") }
            threads.append(thread)
        }
        for thread in threads { pthread_join(thread, nil) }
        if let error = firstError.withLock({ $0 }) { throw error }
    }

    fileprivate func send(connection index: Int) {
        do throws(LoadError) {
            var connection = try Connection(host: options.host, port: options.port)
            for batch in stride(from: index, to: lines.batches.count, by: options.connectionCount) {
                if firstError.withLock({ $0 != nil }) { return }
                try send(lines.bytes[lines.batches[batch]], over: &connection)
            }
            if options.door == .tcp { try connection.finish() }
        } catch {
            firstError.withLock { $0 = $0 ?? error }
        }
    }

    private func send(_ bytes: ArraySlice<UInt8>, over connection: inout Connection) throws(LoadError) {
        guard options.door == .http else { return try connection.send(bytes) }
        let head =
            "POST \(options.path) HTTP/1.1\r\nHost: \(options.host):\(options.port)\r\n"
            + "Content-Type: text/plain; charset=utf-8\r\nContent-Length: \(bytes.count)\r\n\r\n"
        try connection.send(Array(head.utf8)[...])
        try connection.send(bytes)
        let answer = try connection.readAnswer()
        guard (200..<300).contains(answer.code) else {
            throw LoadError("the server answered \(answer.code): \(answer.body.prefix(500))")
        }
    }
}

/// What a new thread is told. Immutable after init; any thread.
private final class ThreadTask: Sendable {
    let sender: Sender
    let index: Int

    init(sender: Sender, index: Int) {
        self.sender = sender
        self.index = index
    }
}

private func runThreadTask(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let task = Unmanaged<ThreadTask>.fromOpaque(argument).takeRetainedValue()
    task.sender.send(connection: task.index)
    return nil
}
