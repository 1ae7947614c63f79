import Testing
import VarveIO
import VarveJSON
import VarveLine
import VarveModel
import VarveServer

@Suite struct RefusalTests {
    @Test("the reject file keeps two files within its limit, the latest lines in them")
    func rotates() async throws {
        try await TestServer.with(FakeBackend(), configure: { $0.limits.rejectFileBytes = 4_000 }) {
            test async throws in
            try await blocking { () throws in
                let client = try TestClient(port: test.linePort)
                for index in 0..<60 {
                    try client.send("refused number \(index)\n")
                    usleepMilliseconds(5)
                }
                client.shutdownWrite()
                _ = try client.receiveToEnd()
            }
            await test.server.stop()
            let fileSystem = SystemEnvironment.system.fileSystem
            var texts: [String] = []
            for name in ["rejects.log.1", "rejects.log"] {
                let file = try fileSystem.open(test.directory + "/" + name, .read)
                let bytes = try file.read(at: 0, count: file.byteCount())
                #expect(bytes.count <= 4_000)
                for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                    texts.append(try #require(JSONReader.read(Array(line.utf8))["excerpt"]?.string))
                }
            }
            #expect(texts.last == "refused number 59")
            #expect(texts.count > 10 && texts.count < 60)
        }
    }

    @Test("an entry is JSON whatever was sent")
    func encodes() throws {
        var options = LineOptions()
        options.excerptBytesMax = 12
        var parser = LineParser(options: options)
        var batch = RowBatch()
        var refusals: [LineRefusal] = []
        let line = Array("\n\"cpu\t".utf8) + [0xff] + Array(" x=oops 1234\n".utf8)
        _ = parser.parse(line.span.bytes, receivedAtNs: 0, isFinal: true, into: &batch, refusals: &refusals)
        let entry = Refusal(timeNs: 5, peer: "[::1]:1", line: try #require(refusals.first)).encoded
        #expect(entry.last == 0x0a)
        let json = try JSONReader.read(entry)
        #expect(json["timeNs"]?.integer == 5 && json["peer"]?.string == "[::1]:1" && json["line"]?.integer == 2)
        #expect(json["excerpt"]?.string == "\"cpu\t\u{fffd} x=oop")
        #expect(json["isCut"]?.bool == true)
    }

    @Test("the log gate lets one message per interval through and counts the others")
    func gate() {
        let gate = LogGate(intervalNs: 100)
        #expect(gate.pass(nowNs: 0) == 0)
        #expect(gate.pass(nowNs: 50) == nil)
        #expect(gate.pass(nowNs: 99) == nil)
        #expect(gate.pass(nowNs: 100) == 2)
    }
}
