import HTTPTypes
import HummingbirdCore
import NIOCore
import VarveQuery

/// How an answer goes out: a short one as a whole with its length, a long one in chunks while it is being made, so that
/// its text is never in memory as a whole. Made on a query thread, sent by the request's task.
struct AnswerBody: Sendable {
    /// The whole body, or its beginning.
    private let first: [UInt8]
    /// What comes behind `first`; nil when there is nothing.
    private let rest: AnswerText?
    private let isGzip: Bool
    private let contentType: String
    private let hold: BudgetHold?

    /// What fits one packet with its head gains nothing by being smaller.
    private static let gzipBytesMin = 1_400
    /// Bodies up to here go out as a whole: what the system takes for a socket at once.
    private static let wholeBytesMax = 2 * AnswerText.pieceBytes

    /// Makes the beginning of the text. O(one piece), and O(cells) for the account of memory when there is more.
    init(
        _ result: QueryResult, isCSV: Bool, acceptsGzip: Bool, budget: IntakeBudget
    ) throws(Deflater.Failure) {
        var text = AnswerText(result, isCSV: isCSV)
        let first = text.next()
        contentType = text.contentType
        guard text.isDone, first.count <= Self.wholeBytesMax else {
            self.first = first
            rest = text
            isGzip = acceptsGzip
            hold = BudgetHold(budget, byteCount: max(first.count, result.memoryBytes))
            return
        }
        rest = nil
        hold = nil
        isGzip = acceptsGzip && first.count >= Self.gzipBytesMin
        guard isGzip else {
            self.first = first
            return
        }
        var deflater = try Deflater()
        self.first = try deflater.deflate(first, isLast: true)
    }

    /// The answer, with `headers` besides its own.
    func response(_ headers: HTTPFields) -> Response {
        var fields = headers
        fields[.contentType] = contentType
        fields[.vary] = "Accept, Accept-Encoding"
        if isGzip { fields[.contentEncoding] = "gzip" }
        guard let rest else {
            fields[.contentLength] = String(first.count)
            return Response(status: .ok, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: first)))
        }
        fields[.trailer] = Self.completeness.rawName
        let sending = Sending(first: first, rest: rest, isGzip: isGzip)
        return Response(
            status: .ok, headers: fields,
            body: ResponseBody { [hold] writer in
                try await sending.write(to: &writer)
                // Only now: whoever reads the trailer knows that nothing is missing. A body that fails ends without its
                // last chunk, because the connection is closed.
                try await writer.finish([Self.completeness: "complete"])
                withExtendedLifetime(hold) {}
            })
    }

    /// Trailer behind the last chunk of an answer that is complete.
    static let completeness = HTTPField.Name(known: "Varve-Answer")

    /// Sends a long answer: while the client takes one piece, the next is made, beside the connection's event loop that
    /// other clients wait for, too.
    private struct Sending: Sendable {
        let first: [UInt8]
        let rest: AnswerText
        let isGzip: Bool

        @concurrent
        func write(to writer: inout any ResponseBodyWriter) async throws {
            try await besideTheLoop {
                if isGzip { try await writeGzip(to: &writer) } else { try await writePlain(to: &writer) }
            }
        }

        @concurrent
        private func writePlain(to writer: inout any ResponseBodyWriter) async throws {
            var (text, piece) = (rest, first)
            while !text.isDone {
                async let next = Self.next(of: text)
                // Waits until the socket takes more: that is the back-pressure.
                try await writer.writePieces(piece)
                (text, piece) = await next
            }
            try await writer.writePieces(piece)
        }

        @concurrent
        private static func next(of text: AnswerText) async -> (AnswerText, [UInt8]) {
            var text = text
            let piece = text.next()
            return (text, piece)
        }

        @concurrent
        private func writeGzip(to writer: inout any ResponseBodyWriter) async throws {
            var text = rest
            var deflater = try Deflater()
            try await writer.writePieces(deflater.deflate(first, isLast: text.isDone))
            while !text.isDone {
                let piece = text.next()
                try await writer.writePieces(deflater.deflate(piece, isLast: text.isDone))
            }
        }
    }
}
