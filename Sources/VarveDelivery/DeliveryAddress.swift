/// What the end of a delivery means.
enum DeliveryAddress: Equatable, Sendable {
    case webhook(String)
    case command(name: String)
    case file(name: String)
    /// The server's own log, which service managers put into the journal.
    case journal
    case unknown

    init(_ endpoint: String) {
        if endpoint.hasPrefix("https://") || endpoint.hasPrefix("http://") {
            self = .webhook(endpoint)
            return
        }
        let parts = endpoint.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[0] == "arn", parts[1] == "varve" else {
            self = .unknown
            return
        }
        switch parts[2] {
        case "exec": self = .command(name: parts[5])
        case "file": self = .file(name: parts[5])
        case "journal": self = .journal
        default: self = .unknown
        }
    }
}
