package import VarveJSON

/// What a request asks for: service, operation and the protocol in which everything about it is answered.
///
/// Routing comes first, because it decides how errors look; whether the operation exists is said after the signature
/// was checked (``operation`` or ``refusal``).
package struct WireCall: Sendable {
    package let service: ServiceTable
    package let wireProtocol: WireProtocol
    /// As the client wrote it; empty when it named none.
    package let operationName: String
    /// The operation's table, or what to refuse with once the caller is known.
    package let target: Result<OperationTable, ServiceFault>
    /// The client asked for the codes of the query protocol (`x-amzn-query-mode: true`).
    package let isQueryMode: Bool

    /// Reads and checks the input of the operation: an object in the form of the service's JSON, unknown members left
    /// out, every constraint of the model fulfilled.
    /// - Throws: ``refusal`` when there is no such operation; `SerializationException` (JSON, CBOR) or `MalformedInput`
    ///   (query) for a body that cannot be read; validation faults with every violation in one message.
    package func input(of request: WireRequest) throws(ServiceFault) -> JSONValue {
        let operation = try target.get()
        let input = try decodedInput(of: request)
        try Validation(call: self, operation: operation).check(input)
        return input
    }

    /// Reads the input without checking constraints; types are right.
    func decodedInput(of request: WireRequest) throws(ServiceFault) -> JSONValue {
        let operation = try target.get()
        guard let index = operation.input else { return .object([]) }
        let shape = service.shapes[index]
        switch wireProtocol {
        case .query: return try QueryInput.decode(request, shape: shape, shapes: service.shapes)
        case .json: return try JSONInput.decode(request.body, shape: shape, shapes: service.shapes)
        case .restJSON: return try RestInput.decode(request, operation: operation, shape: shape, shapes: service.shapes)
        case .cbor: return try CBORInput.decode(request.body, shape: shape, shapes: service.shapes)
        }
    }
}

// Answers.
extension WireCall {
    /// The answer of an operation that succeeded.
    /// - Parameters:
    ///   - output: an object in the form of the service's JSON: timestamps as seconds since 1970, blobs as base64.
    ///   Members that the model does not know are left out; members that are null too.
    ///   - requestID: in the head, and in XML in the body.
    package func response(_ output: JSONValue, requestID: String) -> WireResponse {
        guard case .success(let operation) = target, let index = operation.output else {
            return response(requestID: requestID) { _ in }
        }
        let encoder = OutputEncoder(shapes: service.shapes)
        return response(requestID: requestID) { out in
            encoder.writeMembers(of: output, shape: service.shapes[index], to: &out)
        }
    }

    /// The same for long answers: `write` puts the members of the output structure (not its begin and end) straight
    /// into the bytes, numbers by the array.
    package func response(requestID: String, write: (inout any OutputWriter) -> Void) -> WireResponse {
        guard case .success(let operation) = target else {
            preconditionFailure("an operation that does not exist answered")
        }
        return ResponseEnvelope(call: self, operation: operation).response(requestID: requestID, write: write)
    }

    /// The answer of an operation that refused, or of anything before it.
    package func response(fault: ServiceFault, requestID: String) -> WireResponse {
        FaultEnvelope(call: self).response(fault, requestID: requestID)
    }
}
