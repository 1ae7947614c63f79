/// What stands around the members of an answer.
struct ResponseEnvelope {
    let call: WireCall
    let operation: OperationTable

    func response(requestID: String, write: (inout any OutputWriter) -> Void) -> WireResponse {
        var headers = [WireHeader("x-amzn-requestid", requestID)]
        let body: [UInt8]
        switch call.wireProtocol {
        case .query:
            headers.append(WireHeader("content-type", "text/xml"))
            body = queryBody(requestID: requestID, write: write)
        case .json:
            headers.append(WireHeader("content-type", Self.jsonMediaType(call.service)))
            // JSON 1.1 services answer with no bytes where there is nothing to say, 1.0 ones with an empty object.
            let isEmpty = !operation.hasOutput && call.service.jsonVersion != "1.0"
            body = isEmpty ? [] : Self.document(JSONOutput(), write)
        case .restJSON:
            headers.append(WireHeader("content-type", "application/json"))
            body = operation.hasOutput ? Self.document(JSONOutput(), write) : []
        case .cbor:
            headers.append(WireHeader("smithy-protocol", "rpc-v2-cbor"))
            if operation.hasOutput { headers.append(WireHeader("content-type", "application/cbor")) }
            body = operation.hasOutput ? Self.document(CBOROutput(), write) : []
        }
        return WireResponse(status: operation.http.status, headers: headers, body: body)
    }

    static func jsonMediaType(_ service: ServiceTable) -> String { "application/x-amz-json-\(service.jsonVersion)" }

    private static func document(_ writer: some OutputWriter, _ write: (inout any OutputWriter) -> Void) -> [UInt8] {
        var out: any OutputWriter = writer
        out.beginStructure()
        write(&out)
        out.endStructure()
        return out.takeBytes()
    }

    private func queryBody(requestID: String, write: (inout any OutputWriter) -> Void) -> [UInt8] {
        var head = XMLOutput()
        head.open("\(operation.name)Response", namespace: call.service.xmlNamespace)
        var out: any OutputWriter = head
        if operation.hasOutput {
            out.member("\(operation.name)Result")
            out.beginStructure()
            write(&out)
            out.endStructure()
        }
        out.member("ResponseMetadata")
        out.beginStructure()
        out.member("RequestId", requestID)
        out.endStructure()
        return out.takeBytes() + Array("</\(operation.name)Response>".utf8)
    }
}
