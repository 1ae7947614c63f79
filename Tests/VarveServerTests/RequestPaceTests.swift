import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypesHTTP1
import Testing

@testable import VarveServer

/// The pace of requests, on an event loop whose time the test moves.
@Suite struct RequestPaceTests {
    private final class Connection {
        let channel = EmbeddedChannel()
        let counters = ServerCounters()

        init() throws {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(ArrivalHandler())
            try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            try pipeline.addHandler(PaceHandler(counters: counters))
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        /// Sends `text`, then lets `seconds` pass.
        func send(_ text: String, thenWait seconds: Int64) throws {
            try channel.writeInbound(ByteBuffer(string: text))
            channel.embeddedEventLoop.advanceTime(by: .seconds(seconds))
        }

        /// What was answered so far.
        func answered() throws -> String {
            var text = ""
            while let piece = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: piece) }
            return text
        }
    }

    @Test("a head that is not whole 30 s after its first byte is answered with 408, however it trickles")
    func trickledHead() throws {
        let connection = try Connection()
        try connection.send("GET /que", thenWait: 29)
        try connection.send("r", thenWait: 0)
        #expect(connection.channel.isActive)
        connection.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(try connection.answered().hasPrefix("HTTP/1.1 408 "))
        #expect(!connection.channel.isActive && connection.counters.connectionsTimedOut.current == 1)
    }

    @Test("a body that is collected has 60 s from its head on; what /write takes in as it comes has no such limit")
    func trickledBody() throws {
        for (path, isEnded) in [("/", true), ("/query", true), ("/write?db=a", false), ("/api/v2/write", false)] {
            let connection = try Connection()
            try connection.send("POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", thenWait: 59)
            try connection.send("a", thenWait: 0)
            #expect(connection.channel.isActive)
            connection.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            #expect(connection.channel.isActive == !isEnded, "\(path)")
            #expect(try connection.answered().hasPrefix("HTTP/1.1 408 ") == isEnded, "\(path)")
        }
    }

    @Test("silence between whole requests is not counted, and every request begins anew")
    func keepAlive() throws {
        let connection = try Connection()
        let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        for _ in 0..<3 {
            try connection.send(request, thenWait: 500)
            try connection.send(String(request.prefix(10)), thenWait: 29)
            try connection.send(String(request.dropFirst(10)), thenWait: 0)
        }
        #expect(connection.channel.isActive && connection.counters.connectionsTimedOut.current == 0)
        _ = try? connection.channel.finish()
    }
}
