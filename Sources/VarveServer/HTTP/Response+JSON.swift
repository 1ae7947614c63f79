import HTTPTypes
import HummingbirdCore
import NIOCore
import VarveJSON

extension Response {
    /// A JSON answer, with a line feed behind it: a terminal goes on in a new line.
    static func json(_ status: HTTPResponse.Status, _ document: [UInt8]) -> Response {
        text(status, "application/json", document + [UInt8(ascii: "\n")])
    }

    static func text(_ status: HTTPResponse.Status, _ contentType: String, _ bytes: [UInt8]) -> Response {
        Response(
            status: status,
            headers: [.contentType: contentType, .contentLength: String(bytes.count)],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// `{"error": message}`: the shape of InfluxDB 1.x.
    static func error(_ status: HTTPResponse.Status, _ message: String) -> Response {
        json(status, JSONValue.object([JSONMember("error", .string(message))]).encoded)
    }

    /// The client may still be sending: it is told to stop, and the connection is closed once it had time to read the
    /// answer.
    func closing(_ channel: any Channel) -> Response {
        channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
        var response = self
        response.headers[.connection] = "close"
        return response
    }

    /// 503 for what will pass.
    static func later(_ message: String) -> Response {
        var response = error(.serviceUnavailable, message)
        response.headers[.retryAfter] = "1"
        return response
    }
}
