import Testing
import VarveSignature

/// Each check with the service's words, and the order among them.
@Suite struct CheckOrderTests {
    private let now = Vector.nowSeconds
    private static let date = SignedHeader("x-amz-date", Vector.time)
    private static let host = SignedHeader("host", "example.amazonaws.com")

    private func refusal(
        _ request: SignedRequest, nowSeconds: Int64 = Vector.nowSeconds, isSecure: Bool = false,
        rules: SignatureRules = SignatureRules(regions: .list(["us-east-1", "eu-west-1"]))
    ) -> SignatureError? {
        let verifier = SignatureVerifier(rules: rules)
        do throws(SignatureError) {
            let claim = try verifier.claim(
                of: request, service: "service", nowSeconds: nowSeconds, isSecure: isSecure)
            try verifier.verify(request, claim, secret: Vector.secret)
            return nil
        } catch {
            return error
        }
    }

    private func request(
        _ authorization: String?, path: String = "/", query: String = "", headers: [SignedHeader] = [host, date]
    ) -> SignedRequest {
        var headers = headers
        if let authorization { headers.append(SignedHeader("authorization", authorization)) }
        return SignedRequest(method: "GET", path: path, query: query, headers: headers)
    }

    private func authorization(
        credential: String = Vector.scope, signedHeaders: String = "host;x-amz-date",
        signature: String = Vector.all[0].header
    ) -> String {
        "AWS4-HMAC-SHA256 Credential=\(credential), SignedHeaders=\(signedHeaders), Signature=\(signature)"
    }

    private func expect(
        _ refusal: SignatureError?, _ kind: SignatureError.Kind, _ message: String?,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(refusal?.kind == kind, sourceLocation: sourceLocation)
        #expect(refusal?.message == message, sourceLocation: sourceLocation)
    }

    private static let mismatch =
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        + "Key and signing method. Consult the service documentation for details."

    @Test(
        "1: a target with a bad escape, without a leading slash or above the root is refused without a word",
        arguments: ["/%", "/%4", "/%zz", "x", "*", "/..", "/a/../..", "ftp://h/"])
    func target(_ path: String) {
        expect(refusal(request(nil, path: path, query: "%")), .malformedTarget, nil)
    }

    @Test("1: an absolute target is its path, and an empty one the root", arguments: ["", "http://example.com", "/."])
    func absoluteTarget(_ path: String) {
        #expect(refusal(request(authorization(), path: path)) == nil)
    }

    @Test("4: broken escapes of the query come before a missing signature")
    func queryEscapes() {
        for query in ["%", "a=%4", "a=1&b%", "a=%4&b=1"] {
            expect(
                refusal(request(nil, query: query)), .malformedQueryString, "Incomplete trailing escape % sequence")
        }
        expect(
            refusal(request(nil, query: "a=%4g")), .malformedQueryString,
            "Illegal hex character in escape % pattern: %4g")
    }

    @Test("5: no signature at all, and two of them")
    func carriers() {
        expect(refusal(request(nil)), .missingAuthenticationToken, "Request is missing Authentication Token")
        expect(refusal(request("Basic x", query: "X-Amz-Algorithm=x")), .signatureDoesNotMatch, nil)
        expect(refusal(request(authorization(), query: "X-Amz-Signature=x")), .signatureDoesNotMatch, nil)
    }

    @Test("6a: other algorithms are named", arguments: ["AWS", "Basic", "Bearer", "AWS4-ECDSA-P256-SHA256", ""])
    func algorithm(_ name: String) {
        expect(
            refusal(request("\(name) Credential=x")), .incompleteSignature,
            "Unsupported AWS 'algorithm': '\(name.isEmpty ? "Credential=x" : name)'.")
    }

    @Test("6b: a parameter without an equal-sign is shown")
    func parameterWithoutEquals() {
        let text = "AWS4-HMAC-SHA256 FooBar, Signature=x"
        expect(
            refusal(request(text)), .incompleteSignature,
            "'FooBar' not a valid key=value pair (missing equal-sign) in Authorization header: '\(text)'")
    }

    @Test("6c: all that is missing is listed")
    func missingParts() {
        expect(
            refusal(request("AWS4-HMAC-SHA256", headers: [Self.host])), .incompleteSignature,
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' "
                + "parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header "
                + "requires existence "
                + "of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256")
        expect(
            refusal(request("AWS4-HMAC-SHA256   Credential=x,Signature=y")), .incompleteSignature,
            "Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256")
    }

    @Test("6: the last of repeated parameters counts, and the first of repeated headers; unknown ones are ignored")
    func repeated() {
        let text = "AWS4-HMAC-SHA256   Signature=0,Credential=\(Vector.scope),\tFoo=bar , SignedHeaders=x,"
        let whole = "\(text)SignedHeaders=host;x-amz-date,Signature=\(Vector.all[0].header)"
        #expect(refusal(request(whole)) == nil)
        var twice = request(whole)
        twice.headers.append(SignedHeader("authorization", "Basic x"))
        #expect(refusal(twice) == nil)
        twice.headers.reverse()
        expect(refusal(twice), .incompleteSignature, "Unsupported AWS 'algorithm': 'Basic'.")
    }

    @Test("7: presigned, the algorithm and what is missing")
    func presigned() {
        expect(
            refusal(request(nil, query: "X-Amz-Algorithm=AWS4&X-Amz-Algorithm=AWS4-HMAC-SHA256")),
            .missingAuthenticationToken, "Request is missing Authentication Token")
        expect(
            refusal(request(nil, query: "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=x")), .incompleteSignature,
            "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include "
                + "'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. "
                + "Re-examine the query-string parameters.")
    }

    @Test("8: the host must be signed, before the date is looked at", arguments: ["", "x-amz-date", "Host", "hosts"])
    func host(_ names: String) {
        expect(
            refusal(request(authorization(signedHeaders: names), headers: [SignedHeader("x-amz-date", "x")])),
            .signatureDoesNotMatch, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    }

    @Test("8: headers that choose the operation or vouch for the body must be signed")
    func hardening() {
        for name in ["x-amz-target", "x-amz-content-sha256"] {
            expect(
                refusal(request(authorization(), headers: [Self.host, Self.date, SignedHeader(name, "x")])),
                .signatureDoesNotMatch, "'\(name)' must be a 'SignedHeader' in the AWS Authorization.")
        }
    }

    @Test(
        "9: dates of other forms are shown, before the scope is looked at",
        arguments: [
            "", "2015-08-30T12:36:00Z", "20150830T123600", "20150830t123600Z", "20151330T123600Z", "1440938160",
        ])
    func dateForm(_ date: String) {
        expect(
            refusal(request(authorization(credential: "x"), headers: [Self.host, SignedHeader("x-amz-date", date)])),
            .incompleteSignature,
            "Date must be in ISO-8601 'basic format'. Got '\(date)'. See http://en.wikipedia.org/wiki/ISO_8601")
    }

    @Test("9: a Date header may have the older form, which is signed in the newer one")
    func olderDate() throws {
        var request = SignedRequest(method: "GET", path: "/", headers: [Self.host])
        let signer = RequestSigner(
            accessKeyID: "AKIDEXAMPLE", secret: Vector.secret, region: "us-east-1", service: "service")
        try signer.sign(&request, nowSeconds: now)
        request.headers = [
            Self.host, SignedHeader("date", "Sun, 30 Aug 2015 12:36:00 GMT"),
            SignedHeader("authorization", authorization(signedHeaders: "host")),
        ]
        // The time is right, and so only the signature, which covered x-amz-date, is wrong.
        expect(refusal(request), .signatureDoesNotMatch, Self.mismatch)
        request.headers[1] = SignedHeader("date", "Sun, 30 Aug 2015 12:20:00 GMT")
        expect(
            refusal(request), .signatureDoesNotMatch,
            "Signature expired: 20150830T122000Z is now earlier than 20150830T122100Z (20150830T123600Z - 15 min.)")
    }

    @Test("10 and 11: the clock may be 15 minutes away on either side and not a second more")
    func skew() {
        #expect(refusal(request(authorization()), nowSeconds: now + 900) == nil)
        #expect(refusal(request(authorization()), nowSeconds: now - 900) == nil)
        expect(
            refusal(request(authorization(credential: "x")), nowSeconds: now + 901), .signatureDoesNotMatch,
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T125101Z - 15 min.)")
        expect(
            refusal(request(authorization(credential: "x")), nowSeconds: now - 901), .signatureDoesNotMatch,
            "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z "
                + "(20150830T122059Z + 15 min.)")
    }

    @Test("10b: a presigned request is valid as long as it says, and from 15 minutes before")
    func expiry() {
        let request = Vector.all[0].presignedRequest
        #expect(refusal(request, nowSeconds: now + 3_600) == nil)
        #expect(refusal(request, nowSeconds: now - 900) == nil)
        expect(
            refusal(request, nowSeconds: now + 3_601), .signatureDoesNotMatch,
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T133601Z - 3600 sec.)")
        #expect(refusal(request, nowSeconds: now - 901)?.message?.hasPrefix("Signature not yet current") == true)
    }

    @Test("10b: without an expiry a presigned request has the window of the other form")
    func noExpiry() throws {
        var request = Vector.all[0].presignedRequest
        request.query = request.query.replacing("&X-Amz-Expires=3600", with: "")
        expect(refusal(request, nowSeconds: now + 900), .signatureDoesNotMatch, Self.mismatch)
        #expect(refusal(request, nowSeconds: now + 901)?.message?.hasPrefix("Signature expired") == true)
    }

    @Test("10c: an expiry is an integer from a second to a week", arguments: ["0", "604801", "-1", "abc", "", "%2B5"])
    func expiryForm(_ text: String) {
        var request = Vector.all[0].presignedRequest
        request.query = request.query.replacing("X-Amz-Expires=3600", with: "X-Amz-Expires=\(text)")
        expect(refusal(request), .incompleteSignature, "X-Amz-Expires must be an integer from 1 to 604800")
        for allowed in ["1", "604800"] {
            request.query = Vector.all[0].presignedRequest.query.replacing(
                "X-Amz-Expires=3600", with: "X-Amz-Expires=\(allowed)")
            expect(refusal(request), .signatureDoesNotMatch, Self.mismatch)
        }
    }

    @Test(
        "12: a scope has five elements",
        arguments: ["", "x", "k/20150830/us-east-1/service", "k/20150830/us-east-1/service/aws4_request/"])
    func scopeForm(_ credential: String) {
        expect(
            refusal(request(authorization(credential: credential))), .incompleteSignature,
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
                + "'\(credential)'")
    }

    @Test("13: all faults of a scope are listed, in their order")
    func scopeContent() {
        expect(
            refusal(request(authorization(credential: "k/20150829/mars/kms/aws3"))), .signatureDoesNotMatch,
            "Credential should be scoped to a valid region, not 'mars'. Credential should be scoped to correct "
                + "service: 'service'. Credential should be scoped with a valid terminator: 'aws4_request', "
                + "not 'aws3'. "
                + "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                + "'20150829' != "
                + "'20150830', from '20150830T123600Z'.")
        expect(
            refusal(request(authorization(credential: "k/20150831/eu-west-1/service/aws4_request"))),
            .signatureDoesNotMatch,
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150831' != "
                + "'20150830', from '20150830T123600Z'.")
    }

    @Test("13: any region may be accepted, if it looks like one")
    func anyRegion() {
        let rules = SignatureRules(regions: .any)
        for (region, isRegion) in [("mars-north-7", true), ("", false), ("US-EAST-1", false), ("a b", false)] {
            let refusal = refusal(
                request(authorization(credential: "k/20150830/\(region)/service/aws4_request")), rules: rules)
            #expect((refusal?.message == Self.mismatch) == isRegion, "\(region)")
        }
    }

    @Test("16: a wrong signature, also in upper case, with spaces, too short or too long")
    func signature() {
        let right = Vector.all[0].header
        #expect(refusal(request(authorization(signature: right))) == nil)
        for wrong in [right.uppercased(), "", String(right.dropLast()), right + "0", "\"\(right)\"", "é" + right] {
            expect(refusal(request(authorization(signature: wrong))), .signatureDoesNotMatch, Self.mismatch)
        }
    }

    @Test("bodies that are not signed are refused, unless they may be and come over TLS")
    func payloadModes() throws {
        let rules = SignatureRules(regions: .any, allowsUnsignedPayload: true)
        for mode in ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"] {
            var request = SignedRequest(
                method: "GET", path: "/", headers: [Self.host, SignedHeader("x-amz-content-sha256", mode)])
            let signer = RequestSigner(
                accessKeyID: "AKIDEXAMPLE", secret: Vector.secret, region: "us-east-1", service: "service")
            try signer.sign(&request, nowSeconds: now)
            let message = "Unsupported payload signing mode '\(mode)'"
            expect(refusal(request), .incompleteSignature, message)
            expect(refusal(request, rules: rules), .incompleteSignature, message)
            expect(refusal(request, isSecure: true), .incompleteSignature, message)
            if mode == "UNSIGNED-PAYLOAD" {
                // The signer signs the body's digest, so that only the mode is accepted here.
                expect(refusal(request, isSecure: true, rules: rules), .signatureDoesNotMatch, Self.mismatch)
            }
        }
    }

    @Test("a declared digest must be the body's")
    func declaredDigest() throws {
        let signer = RequestSigner(
            accessKeyID: "AKIDEXAMPLE", secret: Vector.secret, region: "us-east-1", service: "service")
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        for (digest, isRight) in [(empty, true), (empty.uppercased(), false), ("x", false)] {
            var request = SignedRequest(
                method: "GET", path: "/", headers: [Self.host, SignedHeader("x-amz-content-sha256", digest)])
            try signer.sign(&request, nowSeconds: now)
            #expect((refusal(request) == nil) == isRight)
        }
    }

    @Test("codes and status of both families are those of the services")
    func codes() {
        let rows: [(SignatureError.Kind, String, String, Int)] = [
            (.missingAuthenticationToken, "MissingAuthenticationToken", "MissingAuthenticationTokenException", 403),
            (.incompleteSignature, "IncompleteSignature", "IncompleteSignatureException", 403),
            (.invalidClientTokenID, "InvalidClientTokenId", "UnrecognizedClientException", 403),
            (.signatureDoesNotMatch, "SignatureDoesNotMatch", "InvalidSignatureException", 403),
            (.expiredToken, "ExpiredToken", "ExpiredTokenException", 403),
            (.malformedQueryString, "MalformedQueryString", "MalformedQueryString", 400),
        ]
        for (kind, code, jsonCode, status) in rows {
            let error = SignatureError(kind)
            #expect(error.code == code && error.jsonCode == jsonCode && error.status == status)
        }
    }
}
