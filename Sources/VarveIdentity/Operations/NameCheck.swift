// Names are looked up as strings, which Unicode calls equal to others: KELVIN SIGN is a K, in lower case even a k, and
// letters with their accents apart are those with them. Policies compare bytes. What the service's characters are is
// ASCII, where both agree; so nothing else gets as far as a look-up.

extension OperationInput {
    /// - Throws: the service's sentence about the first name with characters that no such name may have, or that
    ///   nothing has such an ARN.
    func checkNames() throws(IdentityError) {
        for member in Self.names { try check(member, "[\\w+=,.@-]*", Names.isNameByte) }
        try check("AccessKeyId", "[\\w]*") { Names.isNameByte($0) && !"+=,.@-".utf8.contains($0) }
        try check("SerialNumber", "[\\w+=/:,.@-]*") { Names.isNameByte($0) || "/:".utf8.contains($0) }
        for member in Self.arns {
            guard let text = text(member), !text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else { continue }
            throw .noSuchEntity("\(text) does not exist.")
        }
    }

    private static let names = ["UserName", "GroupName", "RoleName", "PolicyName", "VirtualMFADeviceName"]
    private static let arns = ["PolicyArn", "PermissionsBoundary", "PolicySourceArn"]

    private func check(
        _ member: String, _ pattern: String, _ isAllowed: (UInt8) -> Bool
    ) throws(IdentityError) {
        guard let text = text(member), !text.utf8.allSatisfy(isAllowed) else { return }
        throw .validation(
            "1 validation error detected: Value '\(text)' at '\(Self.member(member))' failed to satisfy constraint: "
                + "Member must satisfy regular expression pattern: \(pattern)")
    }
}
