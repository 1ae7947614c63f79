import VarveJSON

// Kinds of things that EventBridge has and a server never has any of: lists of them are empty, and none has a name.
extension Operation {
    static let elsewhere: [Operation] = [
        empty("ListConnections", "Connections"), missing("DescribeConnection", "Connection"),
        missing("DeleteConnection", "Connection"), empty("ListApiDestinations", "ApiDestinations"),
        missing("DescribeApiDestination", "ApiDestination"), missing("DeleteApiDestination", "ApiDestination"),
        empty("ListEndpoints", "Endpoints"), missing("DescribeEndpoint", "Endpoint"),
        missing("DeleteEndpoint", "Endpoint"), empty("ListEventSources", "EventSources"),
        missing("DescribeEventSource", "Event source"), empty("ListPartnerEventSources", "PartnerEventSources"),
    ]

    private static func empty(_ name: String, _ list: String) -> Operation {
        Operation(name) { (_, _, _) throws(OperationError) in .object([JSONMember(list, .array([]))]) }
    }

    private static func missing(_ name: String, _ kind: String) -> Operation {
        Operation(name) { (_, input, _) throws(OperationError) in
            let wanted = try input.required("Name")
            throw OperationError(
                code: "ResourceNotFoundException", message: "\(kind) \(wanted) does not exist.")
        }
    }
}
