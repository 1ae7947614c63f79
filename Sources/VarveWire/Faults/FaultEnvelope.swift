import VarveJSON

/// How a refusal looks in the protocol of the call.
struct FaultEnvelope {
    let call: WireCall

    func response(_ fault: ServiceFault, requestID: String) -> WireResponse {
        let shape = call.service.fault(named: fault.code)
        let shared = FaultNames.find(fault.code)
        let queryCode = shape?.error?.queryCode ?? shared?.query ?? fault.code
        // JSON and CBOR name the shape; codes that no model has get the ending that it would have.
        let typeName = shape?.name ?? shared?.json ?? fault.code
        let status = status(of: fault, isModelled: shape != nil)
        var headers = [WireHeader("x-amzn-requestid", requestID)]
        let body: [UInt8]
        switch call.wireProtocol {
        case .query:
            headers.append(WireHeader("content-type", "text/xml"))
            body = queryBody(fault, shape, code: queryCode, requestID: requestID)
        case .json:
            headers.append(WireHeader("content-type", ResponseEnvelope.jsonMediaType(call.service)))
            headers.append(WireHeader("x-amzn-errortype", typeName))
            body = document(JSONOutput(), fault, shape, type: qualified(typeName))
        case .restJSON:
            headers.append(WireHeader("content-type", "application/json"))
            headers.append(WireHeader("x-amzn-errortype", typeName))
            body = document(JSONOutput(), fault, shape, type: nil)
        case .cbor:
            headers.append(WireHeader("smithy-protocol", "rpc-v2-cbor"))
            headers.append(WireHeader("content-type", "application/cbor"))
            body = document(CBOROutput(), fault, shape, type: qualified(typeName))
        }
        if call.isQueryMode, call.service.isQueryCompatible, call.wireProtocol == .json || call.wireProtocol == .cbor {
            let side = fault.isSenderFault ? "Sender" : "Receiver"
            headers.append(WireHeader("x-amzn-query-error", "\(queryCode);\(side)"))
        }
        return WireResponse(status: status, headers: headers, body: body)
    }

    /// JSON and CBOR know 400 and 500 only, except that a modelled error keeps its status when the codes of the query
    /// protocol were asked for. Statuses of HTTP itself stay.
    private func status(of fault: ServiceFault, isModelled: Bool) -> Int {
        let isPlain = call.wireProtocol == .json || call.wireProtocol == .cbor
        guard isPlain, fault.status < 500, fault.status != 413 else { return fault.status }
        return isModelled && call.isQueryMode && call.service.isQueryCompatible ? fault.status : 400
    }

    /// Which namespaces CloudWatch writes before the names; others write none.
    private func qualified(_ name: String) -> String {
        guard call.service.isQueryCompatible else { return name }
        switch name {
        case "ValidationException": return "com.amazon.coral.validate#\(name)"
        case "InvalidParameterValueException", "InvalidParameterCombinationException",
            "MissingRequiredParameterException":
            return "com.amazon.coral.service#\(name)"
        default:
            let version = call.service.apiVersion.replacing("-", with: "_")
            return call.service.fault(named: name) == nil
                ? "com.amazon.coral.service#\(name)" : "com.amazonaws.\(call.service.name).v\(version)#\(name)"
        }
    }

    private func document(
        _ writer: some OutputWriter, _ fault: ServiceFault, _ shape: Shape?, type: String?
    ) -> [UInt8] {
        var out: any OutputWriter = writer
        out.beginStructure()
        if let type { out.member("__type", type) }
        if !fault.message.isEmpty { out.member("message", fault.message) }
        writeMembers(of: fault, shape, to: &out)
        out.endStructure()
        return out.takeBytes()
    }

    private func writeMembers(of fault: ServiceFault, _ shape: Shape?, to out: inout any OutputWriter) {
        guard let shape, !fault.members.isEmpty else { return }
        OutputEncoder(shapes: call.service.shapes).writeMembers(
            of: .object(fault.members), shape: shape, where: { $0.name.lowercased() != "message" }, to: &out)
    }

    private func queryBody(_ fault: ServiceFault, _ shape: Shape?, code: String, requestID: String) -> [UInt8] {
        var head = XMLOutput()
        head.open("ErrorResponse", namespace: call.service.xmlNamespace)
        var out: any OutputWriter = head
        out.member("Error")
        out.beginStructure()
        out.member("Type", fault.isSenderFault ? "Sender" : "Receiver")
        out.member("Code", code)
        if !fault.message.isEmpty { out.member("Message", fault.message) }
        writeMembers(of: fault, shape, to: &out)
        out.endStructure()
        out.member("RequestId", requestID)
        return out.takeBytes() + Array("</ErrorResponse>".utf8)
    }
}
