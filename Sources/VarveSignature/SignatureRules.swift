/// What a listener accepts. A value; any thread.
package struct SignatureRules: Sendable, Equatable {
    /// Regions that a credential scope may name.
    package enum Regions: Sendable, Equatable {
        /// Every name of lower-case letters, digits and hyphens, at most 64.
        case any
        case list([String])
    }

    package var regions: Regions
    /// How far the sender's clock may be away, in seconds: 60 to 900.
    package var clockSkewSeconds: Int64
    /// Whether bodies may go unsigned over TLS. What is sent so can be changed by whoever ends the TLS connection.
    package var allowsUnsignedPayload: Bool

    package init(regions: Regions, clockSkewSeconds: Int64 = 900, allowsUnsignedPayload: Bool = false) {
        precondition((60...900).contains(clockSkewSeconds), "clocks may differ by 60 to 900 seconds")
        self.regions = regions
        self.clockSkewSeconds = clockSkewSeconds
        self.allowsUnsignedPayload = allowsUnsignedPayload
    }

    /// Longest presigned validity in seconds: a week.
    static let expirySecondsMax: Int64 = 604_800

    /// The region that a scope means, or nil when it is none of ours.
    ///
    /// Global services are always signed for `us-east-1`, wherever their endpoint is.
    func region(ofScope name: String, service: String) -> String? {
        let region = name == "aws-global" ? "us-east-1" : name
        if region == "us-east-1", service == "iam" || service == "sts" { return region }
        switch regions {
        case .list(let names): return names.contains(region) ? region : nil
        case .any: return Self.isRegionName(region) ? region : nil
        }
    }

    private static func isRegionName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            }
    }
}
