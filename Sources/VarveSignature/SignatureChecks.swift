// The checks on time and scope, each in the order of the service, with its words.

/// When a request was signed, found to be now.
struct SigningClock {
    /// Seconds since 1970.
    let seconds: Int64
    /// ISO basic.
    let time: String

    init(_ parts: CarrierParts, rules: SignatureRules, nowSeconds now: Int64) throws(SignatureError) {
        let parsed =
            BasicTime.parse(parts.date) ?? (parts.isDateHeader ? BasicTime.parseRFC1123(parts.date) : nil)
        guard let seconds = parsed else {
            throw .incomplete(
                "Date must be in ISO-8601 'basic format'. Got '\(parts.date)'. See "
                    + "http://en.wikipedia.org/wiki/ISO_8601")
        }
        self.seconds = seconds
        time = BasicTime.format(seconds)
        let skew = rules.clockSkewSeconds
        guard let expires = parts.expires else {
            if seconds < now - skew { throw Self.expired(time, now, skew) }
            if seconds > now + skew { throw Self.early(time, now, skew) }
            return
        }
        if seconds > now + skew { throw Self.early(time, now, skew) }
        guard expires.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let validity = Int64(expires), (1...SignatureRules.expirySecondsMax).contains(validity)
        else { throw .incomplete("X-Amz-Expires must be an integer from 1 to \(SignatureRules.expirySecondsMax)") }
        if now > seconds + validity {
            throw .mismatch(
                "Signature expired: \(time) is now earlier than \(BasicTime.format(now - validity)) "
                    + "(\(BasicTime.format(now)) - \(validity) sec.)")
        }
    }

    private static func expired(_ time: String, _ now: Int64, _ skew: Int64) -> SignatureError {
        .mismatch(
            "Signature expired: \(time) is now earlier than \(BasicTime.format(now - skew)) "
                + "(\(BasicTime.format(now)) - \(duration(skew)).)")
    }

    private static func early(_ time: String, _ now: Int64, _ skew: Int64) -> SignatureError {
        .mismatch(
            "Signature not yet current: \(time) is still later than \(BasicTime.format(now + skew)) "
                + "(\(BasicTime.format(now)) + \(duration(skew)).)")
    }

    private static func duration(_ seconds: Int64) -> String {
        seconds.isMultiple(of: 60) ? "\(seconds / 60) min" : "\(seconds) sec"
    }
}

/// `key/date/region/service/aws4_request`, found to be ours.
struct CredentialScope {
    let accessKeyID: String
    let date: String
    /// As it stands there.
    let writtenRegion: String
    /// As it is meant.
    let region: String

    init(
        _ credential: String, time: String, service: String, rules: SignatureRules
    ) throws(SignatureError) {
        let parts = credential.piecesOfBytes(at: UInt8(ascii: "/"))
        guard parts.count == 5 else {
            throw .incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
                    + "'\(credential)'")
        }
        var faults: [String] = []
        let region = rules.region(ofScope: parts[2], service: service)
        if region == nil { faults.append("Credential should be scoped to a valid region, not '\(parts[2])'.") }
        if parts[3] != service { faults.append("Credential should be scoped to correct service: '\(service)'.") }
        if parts[4] != SigningKey.terminator {
            faults.append(
                "Credential should be scoped with a valid terminator: '\(SigningKey.terminator)', not '\(parts[4])'.")
        }
        if parts[1] != time.prefix(8) {
            faults.append(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                    + "'\(parts[1])' != '\(time.prefix(8))', from '\(time)'.")
        }
        guard faults.isEmpty, let region else { throw .mismatch(faults.joined(separator: " ")) }
        accessKeyID = parts[0]
        date = parts[1]
        writtenRegion = parts[2]
        self.region = region
    }
}
