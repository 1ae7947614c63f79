import VarveBytes
import VarveCrypto
import VarveJSON

/// What temporary credentials carry: nothing of a session is kept but in its token. Layout: Docs/Format/identity.md.
struct SessionToken: Sendable, Equatable {
    var account: String
    /// Of the user or role; the account's number for the root user.
    var principalID: String
    /// Of a role's session.
    var sessionName: String?
    var facts: SessionFacts
    /// Texts that bound the session, and ARNs of policies that do.
    var policies: [String] = []
    var policyARNs: [String] = []
    var tags: [String: String] = [:]

    /// Longest token, as the service has it.
    static let characterCountMax = 4_096
    private static let form: UInt8 = 1
    private static let keyByteCount = 32

    // MARK: Sealing

    /// - Parameters:
    ///   - accessKeyID: of the session; the token fits no other.
    ///   - random: 64 bits that nobody can guess.
    /// - Returns: the token, and the secret that goes with it.
    func issue(
        accessKeyID: String, key: TokenKey, random: () -> UInt64
    ) throws(SealError) -> (token: String, secret: SecretBytes) {
        let nonce = GCMNonce(prefix: UInt32(truncatingIfNeeded: random()), counter: random())
        var writer = ByteWriter(capacity: 512)
        writer.write(Self.form)
        writer.write(key.id)
        writer.write(nonce.prefix)
        writer.write(nonce.counter)
        let cipher = try AESGCM(key: Self.half(key, 0))
        let content = encoded()
        let sealed = try content.span.bytes.withUnsafeBytes { content throws(SealError) in
            try Array(accessKeyID.utf8).span.bytes.withUnsafeBytes { associated throws(SealError) in
                try cipher.seal(content, nonce: nonce, associated: associated)
            }
        }
        writer.write(contentsOf: sealed)
        return (Base64.encode(writer.bytes), Self.secret(accessKeyID, nonce, key))
    }

    /// - Returns: nil when it is no token, or one of another key or installation, or too old to be told.
    static func open(
        _ token: String, accessKeyID: String, keys: [TokenKey]
    ) -> (token: SessionToken, secret: SecretBytes)? {
        guard token.utf8.count <= characterCountMax, let bytes = Base64.decode(token),
            let (keyID, nonce, sealed) = try? parts(bytes), let key = keys.first(where: { $0.id == keyID }),
            let content = opened(sealed, nonce, key, accessKeyID), let session = SessionToken(decoding: content)
        else { return nil }
        return (session, secret(accessKeyID, nonce, key))
    }

    private static func parts(
        _ bytes: [UInt8]
    ) throws(BytesError) -> (keyID: UInt32, nonce: GCMNonce, sealed: [UInt8]) {
        var cursor = ByteCursor(bytes.span.bytes)
        let form: UInt8 = try cursor.read()
        guard form == Self.form else { throw .countAboveLimit(offset: 0, count: UInt64(form), limit: 1) }
        let keyID: UInt32 = try cursor.read()
        let prefix: UInt32 = try cursor.read()
        let nonce = GCMNonce(prefix: prefix, counter: try cursor.read())
        return (keyID, nonce, try cursor.readBytes(count: cursor.remaining))
    }

    private static func opened(
        _ sealed: [UInt8], _ nonce: GCMNonce, _ key: TokenKey, _ accessKeyID: String
    ) -> [UInt8]? {
        guard sealed.count > AESGCM.tagByteCount else { return nil }
        var content = [UInt8](repeating: 0, count: sealed.count - AESGCM.tagByteCount)
        do throws(SealError) {
            let cipher = try AESGCM(key: half(key, 0))
            var span = content.mutableSpan
            var target = span.mutableBytes
            try target.withUnsafeMutableBytes { target throws(SealError) in
                try sealed.span.bytes.withUnsafeBytes { sealed throws(SealError) in
                    try Array(accessKeyID.utf8).span.bytes.withUnsafeBytes { associated throws(SealError) in
                        try cipher.open(sealed, into: target, nonce: nonce, associated: associated)
                    }
                }
            }
        } catch {
            // Whatever is wrong with it, it is no token of ours.
            return nil
        }
        return content
    }

    /// The nonce matters: ids have 39 random bits only, so that two sessions may share one.
    private static func secret(_ accessKeyID: String, _ nonce: GCMNonce, _ key: TokenKey) -> SecretBytes {
        var writer = ByteWriter(capacity: 40)
        writer.write(contentsOf: accessKeyID.utf8)
        writer.write(nonce.prefix)
        writer.write(nonce.counter)
        var code = HMACSHA256.code(of: writer.bytes, key: half(key, 1))
        var text = Base64.encoded(code)
        defer {
            SecretBytes.erase(&code)
            SecretBytes.erase(&text)
        }
        return SecretBytes(count: 40) { (target: UnsafeMutableRawBufferPointer) throws(Never) in
            target.copyBytes(from: text.prefix(40))
        }
    }

    /// The first 32 bytes seal, the others make secrets.
    private static func half(_ key: TokenKey, _ index: Int) -> SecretBytes {
        SecretBytes(count: keyByteCount) { (target: UnsafeMutableRawBufferPointer) throws(Never) in
            key.bytes.withBytes { (bytes: UnsafeRawBufferPointer) throws(Never) in
                let start = index * keyByteCount
                target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<(start + keyByteCount)]))
            }
        }
    }

    // MARK: Content

    private func encoded() -> [UInt8] {
        var members = [
            JSONMember("account", .string(account)), JSONMember("principal", .string(principalID)),
            JSONMember("issuedAt", .integer(facts.issuedAt)), JSONMember("expiresAt", .integer(facts.expiresAt)),
            JSONMember("chainDepth", .integer(Int64(facts.chainDepth))),
        ]
        if let sessionName { members.append(JSONMember("session", .string(sessionName))) }
        if let time = facts.mfaAuthenticatedAt { members.append(JSONMember("mfaAt", .integer(time))) }
        if let identity = facts.sourceIdentity { members.append(JSONMember("sourceIdentity", .string(identity))) }
        func add(_ name: String, _ texts: [String]) {
            if !texts.isEmpty { members.append(JSONMember(name, .array(texts.map { .string($0) }))) }
        }
        add("policies", policies)
        add("policyARNs", policyARNs)
        add("transitive", facts.transitiveTagKeys)
        if !tags.isEmpty {
            let sorted = tags.sorted { $0.key < $1.key }
            members.append(JSONMember("tags", .object(sorted.map { JSONMember($0.key, .string($0.value)) })))
        }
        var writer = JSONWriter()
        writer.value(.object(members))
        return writer.bytes
    }

    init(account: String, principalID: String, sessionName: String?, facts: SessionFacts) {
        self.account = account
        self.principalID = principalID
        self.sessionName = sessionName
        self.facts = facts
    }

    private init?(decoding content: [UInt8]) {
        guard let value = try? JSONReader.read(content), let account = value["account"]?.string,
            let principal = value["principal"]?.string, let issuedAt = value["issuedAt"]?.integer,
            let expiresAt = value["expiresAt"]?.integer, let depth = value["chainDepth"]?.integer
        else { return nil }
        func texts(_ name: String) -> [String] { (value[name]?.array ?? []).compactMap(\.string) }
        facts = SessionFacts(
            issuedAt: issuedAt, expiresAt: expiresAt, mfaAuthenticatedAt: value["mfaAt"]?.integer,
            sourceIdentity: value["sourceIdentity"]?.string, transitiveTagKeys: texts("transitive"),
            chainDepth: Int(depth))
        self.account = account
        principalID = principal
        sessionName = value["session"]?.string
        policies = texts("policies")
        policyARNs = texts("policyARNs")
        if case .some(.object(let members)) = value["tags"] {
            for member in members { tags[member.name] = member.value.string }
        }
    }
}
