import Testing
import VarveServer

/// Web pages on a machine that may connect.
@Suite struct RequestOriginTests {
    private func refuses(_ origin: String?, _ host: String?, isLoopback: Bool = true) -> Bool {
        RequestOrigin.refusal(origin: origin, host: host, isLoopback: isLoopback, ownName: "box.example.org") != nil
    }

    @Test("pages of other origins are refused, wherever the browser is; programs send no origin")
    func foreignOrigin() {
        for isLoopback in [true, false] {
            #expect(refuses("https://evil.example", "127.0.0.1:8095", isLoopback: isLoopback))
            #expect(refuses("null", "127.0.0.1:8095", isLoopback: isLoopback))
            #expect(refuses("http://127.0.0.1:3000", "127.0.0.1:8095", isLoopback: isLoopback))
            #expect(refuses("http://127.0.0.1:8095", nil, isLoopback: isLoopback))
            #expect(!refuses(nil, "127.0.0.1:8095", isLoopback: isLoopback))
            #expect(!refuses("http://LOCALHOST:8095", "localhost:8095", isLoopback: isLoopback))
        }
    }

    @Test(
        "on this machine only names are taken that nobody can point here",
        arguments: [
            ("127.0.0.1:8095", false), ("[::1]:8095", false), ("localhost", false), ("app.localhost:1", false),
            ("varve:8095", false), ("Box.Example.org:8095", false), ("10.0.0.1", false),
            ("evil.example:8095", true), ("evil.example.", true), ("127.0.0.1.evil.example:8095", true),
            ("localhost.evil.example", true),
        ])
    func rebinding(host: String, isRefused: Bool) {
        #expect(refuses(nil, host) == isRefused)
        #expect(refuses("http://\(host)", host) == isRefused)
        #expect(!refuses(nil, host, isLoopback: false))
    }

    @Test("a refused request does nothing and is answered 403")
    func forbidden() async throws {
        let backend = FakeBackend()
        try await TestServer.with(backend) { test async throws in
            for headers in ["Host: localhost\r\nOrigin: https://evil.example", "Host: evil.example"] {
                let answer = try await blocking { () throws in
                    let client = try TestClient(port: test.httpPort)
                    try client.send("POST /write HTTP/1.1\r\n\(headers)\r\nContent-Length: 7\r\n\r\ncpu x=1")
                    return try client.readAnswer()
                }
                #expect(answer.status == 403, "\(answer.text)")
            }
        }
        #expect(backend.rowCount == 0)
    }
}
