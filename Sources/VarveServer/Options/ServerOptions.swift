package import VarveCloud
package import VarveDelivery
package import VarveModel

/// Everything that can be set about the server. Precedence: command-line flags over configuration file over these
/// defaults.
package struct ServerOptions: Equatable, Sendable {
    /// Directory of the store.
    package var dataDirectory = "./varve-data"
    /// Line protocol over TCP; nil switches the door off.
    package var line: Endpoint? = Endpoint(address: .loopback, port: 8_094)
    /// HTTP; nil switches the door off.
    package var http: Endpoint? = Endpoint(address: .loopback, port: 8_095)
    /// Who besides this machine may connect.
    package var inbound = InboundRules()
    /// Certificates.
    package var tls = TLSOptions()
    /// Sample this machine into namespace `System/Linux`.
    package var collectHost = false
    /// When lines that come over TCP are acknowledged, that is, when the connection of a client that is done is closed.
    package var lineDurability = Durability.durable
    package var limits = ServerLimits()
    /// Values that the store keeps in memory before it writes segments; nil: the store's own choice. Tests set it low.
    package var tailValuesMax: Int?
    /// Bytes of one log file; nil: the store's own choice.
    package var logFileBytes: Int?
    /// Keys that the store encrypts with; nil: it does not.
    package var keyFile: String?
    /// Days for which rows are kept; nil: the store's own choice.
    package var retentionDays: Int?
    /// Namespaces that keep rows for a shorter time, in days. All others keep them for ``retentionDays``.
    package var namespaceRetentionDays: [String: Int] = [:]
    /// Where snapshots go that clients ask for; nil: ``snapshotsPath``.
    package var snapshotDirectory: String?
    /// Where alarms and events may go besides URLs.
    package var delivery = DeliveryOptions()
    /// Who may use the interfaces of the cloud.
    package var identity = IdentityOptions()
    /// In which ways the interfaces of the cloud are as strict as the services.
    package var cloud = CloudOptions()
    /// Open for writing although the log lacks acknowledged rows.
    package var acceptsLoss = false

    package init() {}

    /// Below the data unless chosen otherwise: on the same file system, so that segments are linked and not copied.
    package var snapshotsPath: String { snapshotDirectory ?? "\(dataDirectory)/snapshots" }

    /// Checks what single options cannot know of each other.
    package func validate() throws(OptionError) {
        for (name, endpoint) in [("line", line), ("http", http)] {
            guard let endpoint, !endpoint.address.isLoopback, inbound.rules.isEmpty else { continue }
            throw OptionError(
                "\(name): \(endpoint) is reachable from other machines, and nothing says who may connect; add a rule "
                    + "(--allow-remote '10.0.0.0/8 \(endpoint.port)') or listen on 127.0.0.1")
        }
        if let http, !http.address.isLoopback, identity.isOpen {
            throw OptionError(
                "http: \(http) is reachable from other machines, and nobody has to sign "
                    + "(identity.authentication: none, or --no-auth); that is for tests on 127.0.0.1")
        }
        if let line, line == http, line.port != 0 { throw OptionError("line and http cannot share \(line)") }
        // 4 Gi values: a larger tail is memory that nobody has. Log files of 512 MiB: as large as writers make them.
        if let tailValuesMax { try OptionError.check("store.tail-values", tailValuesMax, 1...1 << 32) }
        if let logFileBytes { try OptionError.check("store.log-file-bytes", logFileBytes, 4_096...512 << 20) }
        try tls.validate()
        try validateRetention()
        try limits.validate()
    }

    private func validateRetention() throws(OptionError) {
        let most = retentionDays ?? Limits.retentionDays
        guard Self.retentionDaysAccepted.contains(most) else {
            throw OptionError("retention.default-days: \(most) is not in \(Self.text(Self.retentionDaysAccepted))")
        }
        for (namespace, days) in namespaceRetentionDays.sorted(by: { $0.key < $1.key }) {
            guard 1...Limits.nameBytesMax ~= namespace.utf8.count else {
                throw OptionError("retention.namespaces: no namespace has \(namespace.utf8.count) bytes")
            }
            // A longer one would have no effect, and whoever wrote it believes that it has.
            guard 1...most ~= days else {
                throw OptionError(
                    "retention.namespaces: \(namespace): \(days) is not in \(Self.text(1...most)); to keep it for "
                        + "longer, raise retention.default-days and name the others")
            }
        }
    }

    /// A century: what is meant to stay forever.
    private static let retentionDaysAccepted = 1...36_500

    private static func text(_ range: ClosedRange<Int>) -> String { "\(range.lowerBound) to \(range.upperBound) days" }
}

/// Limits of the doors, each with its derivation. Memory held for clients never exceeds
/// `intakeBytesMax + cloudBytesMax + answerBytesMax + (lineConnectionsMax + httpConnectionsMax) × connectionFloorBytes`
/// plus one read per connection.
package struct ServerLimits: Equatable, Sendable {
    /// One agent per host is one connection; 1 024 file descriptors are what systems grant without being asked.
    package var lineConnectionsMax = 1_024
    /// Agents, dashboards and load balancers keep a few connections each; two thousand cloud clients and as many again.
    package var httpConnectionsMax = 4_096
    /// An agent that samples every 5 minutes stays connected; a dead peer is gone after two missed samples.
    package var idleTimeoutSeconds = 600
    /// Text and rows of all connections that are not durable yet. 256 MiB: two seconds of the fastest disk here.
    package var intakeBytesMax = 256 << 20
    /// The same for one connection: enough batches in flight to hide a sync of 20 ms at 200 MB/s.
    package var connectionBytesMax = 4 << 20
    /// Bytes of an HTTP request body as sent, and of the same body after gzip is undone (`bodyExpandedBytesMax`).
    package var bodyBytesMax = 64 << 20
    /// Line protocol shrinks 10 to 20 times; eight times the body limit lets honest bodies pass and stops bombs.
    package var bodyExpandedBytesMax = 512 << 20
    /// Statements running at once; each takes one thread.
    package var queryThreads = 2
    /// Statements waiting for a thread before 503 is answered.
    package var queriesWaitingMax = 64
    /// Requests of cloud clients worked on at once: more than cores, because most of them wait for the disk or for
    /// alarms now and then.
    package var cloudThreads = 4
    /// Such requests waiting for a thread before 503 is answered: two thousand clients that ask in the same moment.
    package var cloudRequestsWaitingMax = 2_048
    /// Bytes of such requests that are being received, unpacked or worked on, together. 256 MiB: thirty of the
    /// greatest, or a few kilobytes of each of very many.
    package var cloudBytesMax = 256 << 20
    /// Rows and points of one answer: above it, memory for the JSON text would be hundreds of megabytes.
    package var answerValuesMax = 4_000_000
    /// Answers that clients have not taken yet, together. 256 MiB: a few of the greatest, or thousands of ordinary
    /// ones. Each running statement may add one answer more.
    package var answerBytesMax = 256 << 20
    /// Rejected lines kept in `rejects.log`, two files of this size at most.
    package var rejectFileBytes = 16 << 20
    /// How long `stop()` waits for clients and the disk before it closes connections anyway.
    package var drainSeconds = 10

    package init() {}

    /// A terabyte: beyond any machine that this is for, and far from where sums and products of limits overflow.
    private static let bytesCeiling = 1 << 40

    /// What each limit may be. The upper ends only keep mistakes from becoming overflows: a million connections or
    /// waiting statements (`nr_open` of Linux), more threads than any machine has cores, a year, a day, and answers of
    /// a billion values.
    private var ranges: [(name: String, value: Int, accepted: ClosedRange<Int>)] {
        [
            ("line-connections", lineConnectionsMax, 1...1 << 20),
            ("http-connections", httpConnectionsMax, 1...1 << 20),
            ("idle-timeout-seconds", idleTimeoutSeconds, 1...366 * 86_400),
            // A connection must be able to hold one line of the greatest length besides what is in flight.
            ("connection-bytes", connectionBytesMax, 2 * Limits.lineBytesMax...Self.bytesCeiling),
            ("intake-bytes", intakeBytesMax, 1...Self.bytesCeiling),
            ("body-bytes", bodyBytesMax, 1...Self.bytesCeiling),
            ("body-expanded-bytes", bodyExpandedBytesMax, 1...Self.bytesCeiling),
            ("query-threads", queryThreads, 1...1_024), ("queries-waiting", queriesWaitingMax, 1...1 << 20),
            ("cloud-threads", cloudThreads, 1...1_024),
            ("cloud-requests-waiting", cloudRequestsWaitingMax, 1...1 << 20),
            ("cloud-bytes", cloudBytesMax, 1...Self.bytesCeiling),
            ("answer-values", answerValuesMax, 1...1_000_000_000),
            ("answer-bytes", answerBytesMax, 1...Self.bytesCeiling),
            ("reject-file-bytes", rejectFileBytes, 1...Self.bytesCeiling), ("drain-seconds", drainSeconds, 0...86_400),
        ]
    }

    fileprivate func validate() throws(OptionError) {
        for (name, value, accepted) in ranges { try OptionError.check("limits.\(name)", value, accepted) }
        guard intakeBytesMax >= connectionBytesMax else {
            throw OptionError("limits.intake-bytes: must be at least limits.connection-bytes (\(connectionBytesMax))")
        }
    }
}

extension OptionError {
    fileprivate static func check(
        _ name: String, _ value: Int, _ accepted: ClosedRange<Int>
    ) throws(OptionError) {
        guard accepted.contains(value) else {
            throw OptionError("\(name): must be at least \(accepted.lowerBound) and at most \(accepted.upperBound)")
        }
    }
}

extension IPAddress {
    /// 127.0.0.1
    package static let loopback = IPAddress(uncheckedBytes: [127, 0, 0, 1])
}
