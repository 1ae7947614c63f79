import HTTPTypes
import HummingbirdCore
import NIOCore
import VarveIO
import VarveJSON
import VarveQuery
import VarveStore

/// `/query`: statements in, tables out; and the few InfluxQL statements that client libraries send before they write.
/// Page: Docs/Operations/server.md, "Asking over HTTP". Any thread.
struct QueryRoute: Sendable {
    private let door: Doorway
    private let backend: any ServerBackend
    private let pool: QueryPool
    private let watch: ConnectionWatch

    /// Far above the statement limit of the language, with room for JSON escapes.
    private static let bodyBytesMax = 1 << 20

    init(door: Doorway, backend: any ServerBackend, pool: QueryPool, watch: ConnectionWatch) {
        self.door = door
        self.backend = backend
        self.pool = pool
        self.watch = watch
    }

    func respond(to request: Request, _ parameters: QueryParameters, _ channel: any Channel) async -> Response {
        let contentType = request.headers[.contentType]?.lowercased() ?? ""
        let isForm = contentType.hasPrefix("application/x-www-form-urlencoded")
        if let influxQL = parameters["q"] { return InfluxQL.answer(influxQL, retention: retention) }
        var statement = parameters["query"]
        if request.method == .post, statement == nil {
            let bytes: [UInt8]
            do throws(CollectFailure) {
                bytes = try await request.body.collect(upTo: Self.bodyBytesMax, BudgetHold(door.cloudBodies))
            } catch {
                return .refusing(error, Self.bodyBytesMax, channel)
            }
            // curl marks every body as a form; a statement in it is not one.
            if isForm, let influxQL = QueryParameters(String(decoding: bytes, as: UTF8.self))["q"] {
                return InfluxQL.answer(influxQL, retention: retention)
            }
            do throws(JSONError) {
                statement = try Self.statement(in: bytes, isJSON: contentType.hasPrefix("application/json"))
            } catch {
                return .error(.badRequest, "\(error)")
            }
        }
        guard let statement else {
            return .error(.badRequest, "no statement; send it as the body of a POST, or as ?query=SELECT …")
        }
        let wantsCSV =
            parameters["format"] == "csv"
            || (parameters["format"] == nil && request.headers[.accept]?.contains("text/csv") == true)
        let form = Form(isCSV: wantsCSV, isGzip: ContentCoding.acceptsGzip(request.headers[.acceptEncoding]))
        return await run(statement, form, channel)
    }

    /// What the client wants an answer to look like.
    private struct Form: Sendable {
        var isCSV: Bool
        var isGzip: Bool
    }

    /// As InfluxDB writes it; `0s` is forever.
    private var retention: String {
        let (keptNs, isForever) = door.clock.wallNs().subtractingReportingOverflow(backend.acceptedTimes().lowerBound)
        return isForever ? "0s" : "\(Int((Double(keptNs) / 3.6e12).rounded()))h0m0s"
    }

    /// The statement of a body: the text itself, or member `query` of a JSON object.
    private static func statement(in bytes: [UInt8], isJSON: Bool) throws(JSONError) -> String {
        let isObject = bytes.first { $0 > 0x20 } == UInt8(ascii: "{")
        guard isJSON || isObject else {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw JSONError(offset: 0, reason: "the statement is not UTF-8")
            }
            return text
        }
        guard let statement = try JSONReader.read(bytes)["query"]?.string else {
            throw JSONError(offset: 0, reason: "expected an object with a string member \"query\"")
        }
        return statement
    }

    private enum Answer: Sendable {
        case done(AnswerBody, HTTPFields)
        case failed(QueryError)
        case noMemory
    }

    private func run(_ statement: String, _ form: Form, _ channel: any Channel) async -> Response {
        if door.answers.isFull { return tooManyAnswers() }
        let flag = CancellationFlag()
        watch.watch(channel, raising: flag)
        defer { watch.unwatch(channel) }
        door.counters.queries.add()
        let answer: Answer? = await withCheckedContinuation { continuation in
            let isTaken = pool.submit { [backend, door] in
                continuation.resume(returning: Self.work(statement, backend, flag, form, door))
            }
            if !isTaken { continuation.resume(returning: nil) }
        }
        switch answer {
        case .done(let body, let headers): return body.response(headers)
        case .failed(let error): return failure(error, statement)
        case .noMemory: return .later("no memory to compress the answer; try again later, or without gzip")
        case nil: return busy()
        }
    }

    /// On a query thread: runs the statement and writes the answer, or the beginning of a long one.
    private static func work(
        _ statement: String, _ backend: any ServerBackend, _ flag: CancellationFlag, _ form: Form, _ door: Doorway
    ) -> Answer {
        if flag.isRaised { return .failed(.cancelled) }
        let result: QueryResult
        do throws(QueryError) {
            result = try backend.run(statement, cancellation: flag)
            let values = result.rows.count * result.columns.count + result.seriesValueCount
            guard values <= door.limits.answerValuesMax else {
                let found = "the answer has \(values) values, at most \(door.limits.answerValuesMax) are sent"
                throw .limit(message: found + "; use a longer PERIOD, shorter time range or a smaller LIMIT")
            }
        } catch {
            return .failed(error)
        }
        do throws(Deflater.Failure) {
            let body = try AnswerBody(
                result, isCSV: form.isCSV, acceptsGzip: form.isGzip, budget: door.answers)
            return .done(body, AnswerHeaders.fields(of: result, areNoticesInBody: !form.isCSV))
        } catch {
            return .noMemory
        }
    }

    private func failure(_ error: QueryError, _ statement: String) -> Response {
        if error == .cancelled { door.counters.queriesCancelled.add() } else { door.counters.queriesFailed.add() }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("error")
        writer.string(error.description)
        if case .invalid(_, let offset, let byteCount) = error {
            writer.key("offset")
            writer.integer(offset)
            writer.key("length")
            writer.integer(byteCount)
        }
        writer.key("rendered")
        writer.string(error.rendered(in: statement))
        writer.endObject()
        return .json(Self.status(of: error), writer.bytes)
    }

    private static func status(of error: QueryError) -> HTTPResponse.Status {
        switch error {
        case .invalid, .limit: .badRequest
        case .cancelled: .serviceUnavailable
        case .store: .internalServerError
        }
    }

    private func busy() -> Response {
        .later("\(pool.load.waiting) statements are waiting already; try again later")
    }

    private func tooManyAnswers() -> Response {
        .later(
            "answers of \(door.answers.heldBytes) bytes wait for clients that read slowly; try again later, or raise "
                + "limits.answer-bytes (\(door.answers.limitBytes))")
    }
}

/// Answers to the InfluxQL that client libraries of InfluxDB 1.x send when they connect. There is one database, it
/// always exists, and its name in requests does not matter.
enum InfluxQL {
    /// - Parameter retention: how long rows are kept.
    static func answer(_ statement: String, retention: String) -> Response {
        let words = statement.split { $0.isWhitespace || $0 == ";" }.prefix(2).map { $0.uppercased() }
        switch words {
        case ["CREATE", "DATABASE"], ["CREATE", "RETENTION"]:
            return results([])
        case ["ALTER", "RETENTION"]:
            return .error(
                .badRequest,
                "nothing was changed: how long rows are kept is set where the server is started (retention: in the "
                    + "configuration file)")
        case ["SHOW", "DATABASES"]:
            return results([series("databases", ["name"], [.string("varve")])])
        case ["SHOW", "RETENTION"]:
            let columns = ["name", "duration", "shardGroupDuration", "replicaN", "default"]
            return results([
                series(
                    nil, columns,
                    [.string("autogen"), .string(retention), .string("24h0m0s"), .integer(1), .bool(true)])
            ])
        default:
            return .error(
                .badRequest,
                "InfluxQL is not answered here, except CREATE DATABASE and SHOW DATABASES; send SQL as ?query=SELECT …")
        }
    }

    private static func results(_ series: [JSONValue]) -> Response {
        var members = [JSONMember("statement_id", .integer(0))]
        if !series.isEmpty { members.append(JSONMember("series", .array(series))) }
        return .json(.ok, JSONValue.object([JSONMember("results", .array([.object(members)]))]).encoded)
    }

    private static func series(_ name: String?, _ columns: [String], _ row: [JSONValue]) -> JSONValue {
        var members = name.map { [JSONMember("name", .string($0))] } ?? []
        members.append(JSONMember("columns", .array(columns.map { .string($0) })))
        members.append(JSONMember("values", .array([.array(row)])))
        return .object(members)
    }
}
