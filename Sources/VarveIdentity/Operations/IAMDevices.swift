import VarveBytes
import VarveCrypto
import VarveJSON

// Virtual devices for one-time passwords.

extension IAMCall {
    func performMFA() throws(IdentityError) -> JSONValue {
        switch operation {
        case "CreateVirtualMFADevice": return try createDevice()
        case "DeleteVirtualMFADevice": return try deleteDevice()
        case "EnableMFADevice": return try enableDevice()
        case "DeactivateMFADevice": return try deactivateDevice()
        default: return try listDevices()
        }
    }

    private func createDevice() throws(IdentityError) -> JSONValue {
        let name = try input.name("VirtualMFADeviceName", countMax: 226)
        let path = try input.path()
        let serial = arn("mfa\(path)\(name)")
        try service.require("iam:CreateVirtualMFADevice", on: serial, caller, context)
        let seed = SecretBytes(count: TOTP.seedByteCount) { random() }
        try change { account throws(IdentityError) in
            guard account.devices[serial] == nil else {
                throw .exists("MFADevice entity at the same path and name already exists.")
            }
            account.devices[serial] = MFADevice(serial: serial, seed: seed)
        }
        let text = seed.withBytes { (bytes: UnsafeRawBufferPointer) throws(Never) in Base32.encode(Array(bytes)) }
        // A blob: base 64 of the text that people type into their device. Pictures of it are left to who shows it.
        return Output.object([
            (
                "VirtualMFADevice",
                Output.object([
                    ("SerialNumber", .string(serial)), ("Base32StringSeed", .string(Base64.encode(text))),
                ])
            )
        ])
    }

    private func deleteDevice() throws(IdentityError) -> JSONValue {
        let serial = try input.required("SerialNumber")
        try service.require("iam:DeleteVirtualMFADevice", on: serial, caller, context)
        try change { account throws(IdentityError) in
            let device = try Self.device(serial, account)
            guard device.owner == nil else { throw .deleteConflict("Cannot delete entity, must deactivate it first.") }
            account.devices[serial] = nil
        }
        return Output.nothing
    }

    private static func device(_ serial: String, _ account: AccountState) throws(IdentityError) -> MFADevice {
        guard let device = account.devices[serial] else {
            throw .noSuchEntity("VirtualMFADevice with serial number \(serial) doesn't exist.")
        }
        guard !device.isDeclared else { throw .unmodifiable("The device \(serial)") }
        return device
    }

    /// Two passwords in a row show that the clock of the device goes right.
    private func enableDevice() throws(IdentityError) -> JSONValue {
        let serial = try input.required("SerialNumber")
        let owner = try deviceOwner()
        let codes = (try input.required("AuthenticationCode1"), try input.required("AuthenticationCode2"))
        let now = nowSeconds
        try change { account throws(IdentityError) in
            var device = try Self.device(serial, account)
            guard device.owner == nil else { throw .exists("MFA Device is already in use.") }
            let invalid = IdentityError(
                "InvalidAuthenticationCode", "Authentication code for device is not valid.", status: 403)
            guard let first = TOTP.step(of: codes.0, seed: device.seed, nowSeconds: now, after: device.lastStep),
                ConstantTime.isEqual(Array(TOTP.code(seed: device.seed, step: first + 1).utf8), Array(codes.1.utf8))
            else { throw invalid }
            device.owner = owner
            device.enabledAt = now
            device.lastStep = first + 1
            account.devices[serial] = device
        }
        return Output.nothing
    }

    private func deactivateDevice() throws(IdentityError) -> JSONValue {
        let serial = try input.required("SerialNumber")
        let owner = try deviceOwner()
        try change { account throws(IdentityError) in
            var device = try Self.device(serial, account)
            guard device.owner == owner else {
                throw .noSuchEntity("The MFA device \(serial) is not enabled for this user.")
            }
            device.owner = nil
            device.enabledAt = nil
            account.devices[serial] = device
        }
        return Output.nothing
    }

    private func listDevices() throws(IdentityError) -> JSONValue {
        let owner = try deviceOwner()
        let devices = try account().devices.values.filter { $0.owner == owner }.sorted { $0.serial < $1.serial }
        var name: String?
        if case .user(let key) = owner { name = try account().users[key]?.name }
        return .object(
            try input.page(
                "MFADevices",
                devices.map { device in
                    (
                        device.serial,
                        Output.object([
                            ("UserName", Output.text(name)), ("SerialNumber", .string(device.serial)),
                            ("EnableDate", device.enabledAt.map { .integer($0) }),
                        ])
                    )
                }))
    }

    /// The user that is named, or the caller; also checks that it may be done.
    private func deviceOwner() throws(IdentityError) -> MFADevice.Owner {
        if let name = input.text("UserName") ?? callerName {
            try requireHolder(.user, name)
            _ = try account().holder(.user, name)
            return .user(name.lowercased())
        }
        guard caller.kind == .root else {
            throw .validation("Must specify userName when calling with non-User credentials")
        }
        try service.require("iam:\(operation)", on: arn("root"), caller, context)
        return .root
    }

    private var callerName: String? { if case .user(let name) = caller.kind { name } else { nil } }
}
