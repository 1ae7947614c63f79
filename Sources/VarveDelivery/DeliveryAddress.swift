/// What the end of a delivery means.
enum DeliveryAddress: Equatable, Sendable {
    case webhook(String)
    case command(name: String)
    case file(name: String)
    /// The server's own log, which service managers put into the journal.
    case journal
    /// A topic of a notification service elsewhere, by its ARN.
    case topic(String)
    case unknown

    init(_ endpoint: String) {
        if endpoint.hasPrefix("https://") || endpoint.hasPrefix("http://") {
            self = .webhook(endpoint)
            return
        }
        let parts = endpoint.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        // Partitions are `aws`, `aws-cn` and the like. Topics of this server never come here: they are expanded before.
        if parts.count == 6, parts[0] == "arn", parts[1] == "aws" || parts[1].hasPrefix("aws-"), parts[2] == "sns" {
            self = .topic(endpoint)
            return
        }
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
