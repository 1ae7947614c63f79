package import VarveJSON
package import VarveModel
package import VarveWire

/// Who a request comes from, as far as handlers need it.
package struct CloudCaller: Sendable {
    package var scope: Scope
    package var arn: String

    package init(scope: Scope, arn: String) {
        self.scope = scope
        self.arn = arn
    }
}

/// What the listener knows of the connection of a request.
package struct CloudConnection: Sendable, Equatable {
    /// Of the client, without a port; nil when it is not known.
    package var sourceAddress: String?
    package var isSecure: Bool
    /// As the client says, of the request on it.
    package var userAgent: String?
    package var referer: String?

    package init(sourceAddress: String?, isSecure: Bool) {
        self.sourceAddress = sourceAddress
        self.isSecure = isSecure
    }
}

/// Finds the tags of a resource by its ARN; none for what has none, is elsewhere or is not there.
package typealias ResourceTags = @Sendable (_ arn: String) -> [(key: String, value: String)]

/// Decides who may do what. Any thread; does not wait for the network.
///
/// First ``authenticate(_:call:connection:nowNs:)``, then – with the caller that it returned – authorisation: an
/// implementation keeps what it needs for the second step in its own kind of caller.
package protocol CloudGate: Sendable {
    associatedtype Caller: Sendable

    /// - Parameter request: with the body as it was sent, before its content coding is taken off.
    /// - Throws: the refusal of a signature that is missing, wrong, out of scope or too old.
    func authenticate(
        _ request: WireRequest, call: WireCall, connection: CloudConnection, nowNs: Int64
    ) throws(ServiceFault) -> Caller

    /// Account, region and name under which an authenticated caller acts.
    func identity(of caller: Caller) -> CloudCaller

    /// - Parameters:
    ///   - operation: of the service, the one that is called or one that it stands for.
    ///   - input: of the operation, which conditions and resources of policies are taken from.
    ///   - tags: of the resource of an ARN, its `Key` and `Value`; asked only if a policy wants to know.
    /// - Throws: the refusal of an action that is not allowed.
    func authorise(
        _ caller: Caller, _ operation: String, of service: ServiceTable, input: JSONValue,
        connection: CloudConnection, nowNs: Int64, tags: @escaping ResourceTags
    ) throws(ServiceFault)

    /// Runs an operation of the services that belong to identity itself; nil where the operation is none of those.
    func perform(
        _ operation: String, of service: String, _ input: JSONValue, caller: Caller, connection: CloudConnection,
        nowNs: Int64
    ) throws(ServiceFault) -> JSONValue?
}

/// Lets everybody in: every request acts in one account, in the region that it names. For tests on one's own machine;
/// a server that runs so says it loudly.
package struct OpenGate: CloudGate {
    private let scope: Scope

    package init(scope: Scope = .default) { self.scope = scope }

    package func authenticate(
        _ request: WireRequest, call: WireCall, connection: CloudConnection, nowNs: Int64
    ) throws(ServiceFault) -> CloudCaller {
        CloudCaller(scope: scope, arn: "arn:aws:iam::\(scope.account):root")
    }

    package func identity(of caller: CloudCaller) -> CloudCaller { caller }

    package func authorise(
        _ caller: CloudCaller, _ operation: String, of service: ServiceTable, input: JSONValue,
        connection: CloudConnection, nowNs: Int64, tags: @escaping ResourceTags
    ) throws(ServiceFault) {}

    package func perform(
        _ operation: String, of service: String, _ input: JSONValue, caller: CloudCaller,
        connection: CloudConnection, nowNs: Int64
    ) throws(ServiceFault) -> JSONValue? {
        guard service == "sts", operation == "GetCallerIdentity" else { return nil }
        return .object([
            "UserId": .string(caller.scope.account), "Account": .string(caller.scope.account),
            "Arn": .string(caller.arn),
        ])
    }
}
