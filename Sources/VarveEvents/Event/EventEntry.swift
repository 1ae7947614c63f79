package import VarveJSON
import VarveModel

/// The entries of a PutEvents request, as `aws events put-events --entries` takes them.
package enum EventEntries {
    /// Entries of one request.
    package static let countMax = 10
    /// Bytes of all entries of a request together; the default, configurable.
    package static let bytesMax = 256 * 1_024
    /// Levels of a detail: with the envelope around it, and a list or an answer around that, an event stays within the
    /// 64 levels that JSON is read back with.
    static let detailDepthMax = 56

    /// What became of one entry.
    package enum Outcome: Equatable, Sendable {
        /// - Parameter bus: the name of the bus, taken out of its ARN where one is given.
        case accepted(Event, bus: String)
        /// Code and message for this entry alone.
        case refused(EventRefusal)

        /// The entry of the answer.
        package var json: JSONValue {
            switch self {
            case .accepted(let event, _): .object([JSONMember("EventId", .string(event.id))])
            case .refused(let refusal):
                .object([
                    JSONMember("ErrorCode", .string(refusal.code)),
                    JSONMember("ErrorMessage", .string(refusal.message)),
                ])
            }
        }
    }

    /// Who receives the entries, and when.
    package struct Context {
        package var account: String
        package var region: String
        /// Time of the request: that of entries without one.
        package var nowNs: Int64
        /// Makes the ID of an event, a UUID.
        package var newID: () -> String

        package init(account: String, region: String, nowNs: Int64, newID: @escaping () -> String) {
            self.account = account
            self.region = region
            self.nowNs = nowNs
            self.newID = newID
        }
    }

    /// One outcome for each entry, in their order. A request is refused whole only for what concerns all of it.
    /// - Parameter json: the array of entries.
    /// - Throws: `ValidationException`.
    package static func read(
        _ json: JSONValue, context: Context, bytesMax: Int = bytesMax
    ) throws(EventRefusal) -> [Outcome] {
        guard let entries = json.array else { throw .invalid(parameter: "Entries") }
        guard (1...countMax).contains(entries.count) else {
            let bound = entries.isEmpty ? "greater than or equal to 1" : "less than or equal to \(countMax)"
            throw .validation(
                "1 validation error detected: Value at 'entries' failed to satisfy constraint: "
                    + "Member must have length \(bound)")
        }
        let size = entries.reduce(0) { $0 + byteCount($1) }
        guard size <= bytesMax else {
            throw .validation("Total size of the entries in the request is over the limit.")
        }
        var outcomes: [Outcome] = []
        for entry in entries {
            do {
                outcomes.append(try read(entry: entry, context: context))
            } catch {
                outcomes.append(.refused(error))
            }
        }
        return outcomes
    }

    /// As the service counts: 14 bytes for a time, and the UTF-8 of the texts.
    private static func byteCount(_ entry: JSONValue) -> Int {
        let texts = ["Source", "DetailType", "Detail"].compactMap { entry[$0]?.string?.utf8.count }
        let resources = (entry["Resources"]?.array ?? []).compactMap { $0.string?.utf8.count }
        return (entry["Time"] == nil ? 0 : 14) + texts.reduce(0, +) + resources.reduce(0, +)
    }

    private static func read(entry: JSONValue, context: Context) throws(EventRefusal) -> Outcome {
        let source = try required("Source", of: entry)
        let detailType = try required("DetailType", of: entry)
        let detailText = try required("Detail", of: entry)
        guard !source.hasPrefix("aws.") else {
            throw EventRefusal(code: "NotAuthorizedForSourceException", message: "Not authorized for the source.")
        }
        guard let detail = try? JSONReader.read(Array(detailText.utf8), depthMax: detailDepthMax),
            case .object = detail
        else {
            throw EventRefusal(code: "MalformedDetail", message: "Detail is malformed.")
        }
        var resources: [String] = []
        for resource in entry["Resources"]?.array ?? [] {
            guard let name = resource.string else { throw invalidArgument("Resources") }
            resources.append(name)
        }
        let event = Event(
            id: context.newID(), detailType: detailType, source: source, account: context.account,
            timeNs: try time(of: entry) ?? context.nowNs, region: context.region, resources: resources, detail: detail)
        return .accepted(event, bus: EventNames.bus(in: entry["EventBusName"]?.string))
    }

    private static func required(_ name: String, of entry: JSONValue) throws(EventRefusal) -> String {
        guard let text = entry[name]?.string, !text.isEmpty else {
            throw invalidArgument(name, reason: "\(name) is a required argument.")
        }
        return text
    }

    private static func invalidArgument(_ name: String, reason: String? = nil) -> EventRefusal {
        EventRefusal(
            code: "InvalidArgument", message: EventRefusal.invalid(parameter: name, reason: reason).message)
    }

    private static func time(of entry: JSONValue) throws(EventRefusal) -> Int64? {
        guard let value = entry["Time"], value != .null else { return nil }
        guard let timeNs = EventTime.read(value) else { throw invalidArgument("Time") }
        return timeNs
    }
}

/// Points in time as requests have them: seconds since 1970 with or without a fraction, or ISO 8601.
enum EventTime {
    /// Nanoseconds since 1970; nil for anything else.
    static func read(_ value: JSONValue) -> Int64? {
        switch value {
        case .integer(let seconds):
            let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: Nanoseconds.perSecond)
            return overflow ? nil : nanoseconds
        // Milliseconds survive; a double has not got more of today's times.
        case .number(let seconds):
            let milliseconds = (seconds * 1_000).rounded()
            guard abs(milliseconds) < 9.2e12 * 1_000 else { return nil }
            return Int64(exactly: milliseconds).flatMap { value in
                let (nanoseconds, overflow) = value.multipliedReportingOverflow(by: Nanoseconds.perMillisecond)
                return overflow ? nil : nanoseconds
            }
        case .string(let text): return try? InstantText.parse(text)
        default: return nil
        }
    }

    /// Seconds since 1970, as the service answers.
    static func json(_ timeNs: Int64) -> JSONValue {
        if timeNs % Nanoseconds.perSecond == 0 { return .integer(timeNs / Nanoseconds.perSecond) }
        return .number(Double(timeNs) / Double(Nanoseconds.perSecond))
    }
}
