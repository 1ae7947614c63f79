package import VarveIdentity
package import VarveJSON
import VarveModel
import VarveSignature
package import VarveWire

/// The gate of a server with accounts: Signature Version 4, then policies. Any thread.
package struct IdentityGate: CloudGate {
    private let identity: IdentityService

    package init(_ identity: IdentityService) { self.identity = identity }

    package func authenticate(
        _ request: WireRequest, call: WireCall, connection: CloudConnection, nowNs: Int64
    ) throws(ServiceFault) -> CallerContext {
        let signed = SignedRequest(
            method: request.method, path: request.path, query: request.query,
            headers: request.headers.map { SignedHeader($0.name, $0.value) }, body: request.body)
        do throws(IdentityError) {
            return try identity.authenticate(
                signed, service: call.service.signingName, connection: facts(connection),
                nowSeconds: nowNs / Nanoseconds.perSecond)
        } catch {
            throw ServiceFault(error)
        }
    }

    package func identity(of caller: CallerContext) -> CloudCaller {
        CloudCaller(scope: Scope(account: caller.account, region: caller.region), arn: caller.arn)
    }

    package func authorise(
        _ caller: CallerContext, _ operation: String, of service: ServiceTable, input: JSONValue,
        connection: CloudConnection, nowNs: Int64, tags: @escaping ResourceTags
    ) throws(ServiceFault) {
        // The services of identity decide for themselves: what they need depends on more than the action.
        guard !Self.isOwn(service.name) else { return }
        var context = context(connection, nowNs)
        context.resourceTags = { arn in tags(arn).map { ResourceTag(key: $0.key, value: $0.value) } }
        do throws(IdentityError) {
            try identity.authorise(
                caller, service: service.signingName, operation: operation, input: input, context: context)
        } catch {
            throw ServiceFault(error)
        }
    }

    package func perform(
        _ operation: String, of service: String, _ input: JSONValue, caller: CallerContext,
        connection: CloudConnection, nowNs: Int64
    ) throws(ServiceFault) -> JSONValue? {
        guard Self.isOwn(service) else { return nil }
        do throws(IdentityError) {
            return try identity.perform(
                service: service, operation: operation, input: input, caller: caller,
                context: context(connection, nowNs))
        } catch {
            throw ServiceFault(error)
        }
    }

    private static func isOwn(_ service: String) -> Bool { service == "sts" || service == "iam" }

    private func facts(_ connection: CloudConnection) -> ConnectionFacts {
        ConnectionFacts(
            sourceAddress: connection.sourceAddress, isSecure: connection.isSecure,
            userAgent: connection.userAgent, referer: connection.referer)
    }

    private func context(_ connection: CloudConnection, _ nowNs: Int64) -> RequestContext {
        RequestContext(nowSeconds: nowNs / Nanoseconds.perSecond, connection: facts(connection))
    }
}

extension ServiceFault {
    init(_ error: IdentityError) {
        self.init(error.code, error.message ?? "", status: error.status, isSenderFault: error.isSenderFault)
    }
}
