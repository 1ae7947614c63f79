import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import NIOSSL

/// One HTTP connection from its first byte on: who may connect, TLS, the pace of requests, then the library's HTTP/1.1.
///
/// Its asynchronous code runs on the connection's event loop: a request then changes threads only where work may block.
struct HTTPChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: HTTP1Channel
    let door: Doorway
    let admission: Admission
    /// What to shake hands with; nil: no TLS.
    let tls: @Sendable () -> NIOSSLContext?

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(AdmissionHandler(door: door, admission: admission, isHTTP: true))
            if let context = tls() {
                try pipeline.addHandler(NIOSSLServerHandler(context: context))
                try pipeline.addHandler(HandshakeWatch(door: door))
            }
            try pipeline.addHandler(ArrivalHandler())
        }
        .flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskExecutorPreference(EventLoopExecutor(value.channel.eventLoop)) {
            await base.handle(value: value, logger: logger)
        }
    }
}

/// Runs what computes for long, or again and again, on the threads of the process instead of the connection's event
/// loop: a loop that is never out of work does not look at its sockets.
@concurrent
func besideTheLoop<Value>(_ body: @concurrent () async throws -> Value) async rethrows -> Value {
    try await withTaskExecutorPreference(globalConcurrentExecutor, operation: body)
}

/// Runs tasks on an event loop. Any thread.
private final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
