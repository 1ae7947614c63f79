import CCrypto
import Testing

/// An authority and certificates that it signs, made anew for each test. By libcrypto, and not by the library that the
/// server uses.
final class TestCertificates {
    /// A certificate and its key, as PEM.
    struct Pair {
        var certificate: [UInt8]
        var key: [UInt8]
    }

    let authority: Pair
    private let authorityCertificate: OpaquePointer
    private let authorityKey: OpaquePointer
    private var serial = 1

    init() throws {
        authorityKey = try Self.makeKey()
        authorityCertificate = try Self.makeCertificate("authority", serial: 1, key: authorityKey)
        try Self.add(NID_basic_constraints, "critical,CA:TRUE", to: authorityCertificate)
        try Self.sign(authorityCertificate, issuer: authorityCertificate, key: authorityKey)
        authority = try Self.pair(authorityCertificate, authorityKey)
    }

    deinit {
        X509_free(authorityCertificate)
        EVP_PKEY_free(authorityKey)
    }

    /// A certificate for 127.0.0.1.
    func make(_ name: String) throws -> Pair {
        serial += 1
        let key = try Self.makeKey()
        let certificate = try Self.makeCertificate(name, serial: serial, key: key)
        defer {
            X509_free(certificate)
            EVP_PKEY_free(key)
        }
        try Self.add(NID_subject_alt_name, "IP:127.0.0.1", to: certificate)
        try Self.sign(certificate, issuer: authorityCertificate, key: authorityKey)
        return try Self.pair(certificate, key)
    }

    private static func makeKey() throws -> OpaquePointer {
        let context = try #require(EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil))
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        try #require(EVP_PKEY_keygen_init(context) == 1)
        try #require(EVP_PKEY_CTX_set_group_name(context, "P-256") == 1)
        try #require(EVP_PKEY_keygen(context, &key) == 1)
        return try #require(key)
    }

    private static func makeCertificate(_ name: String, serial: Int, key: OpaquePointer) throws -> OpaquePointer {
        let certificate = try #require(X509_new())
        // 2: version 3.
        try #require(X509_set_version(certificate, 2) == 1)
        try #require(ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial) == 1)
        // An hour before and after now.
        X509_gmtime_adj(X509_getm_notBefore(certificate), -3_600)
        X509_gmtime_adj(X509_getm_notAfter(certificate), 3_600)
        try #require(X509_set_pubkey(certificate, key) == 1)
        let added = X509_NAME_add_entry_by_txt(
            X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, name, -1, -1, 0)
        try #require(added == 1)
        return certificate
    }

    private static func add(_ identifier: Int32, _ value: String, to certificate: OpaquePointer) throws {
        let made = try #require(X509V3_EXT_conf_nid(nil, nil, identifier, value))
        defer { X509_EXTENSION_free(made) }
        try #require(X509_add_ext(certificate, made, -1) == 1)
    }

    private static func sign(_ certificate: OpaquePointer, issuer: OpaquePointer, key: OpaquePointer) throws {
        try #require(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1)
        try #require(X509_sign(certificate, key, EVP_sha256()) > 0)
    }

    private static func pair(_ certificate: OpaquePointer, _ key: OpaquePointer) throws -> Pair {
        Pair(
            certificate: try pem { PEM_write_bio_X509($0, certificate) },
            key: try pem { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) })
    }

    private static func pem(_ write: (OpaquePointer) -> Int32) throws -> [UInt8] {
        let memory = try #require(BIO_new(BIO_s_mem()))
        defer { BIO_free(memory) }
        try #require(write(memory) == 1)
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = BIO_read(memory, &bytes, Int32(bytes.count))
        return Array(bytes.prefix(Int(max(0, count))))
    }
}
