import VarveCrypto
package import VarveIO

/// Reads secrets that the configuration names.
struct SecretFile {
    let fileSystem: any FileSystem

    /// More is no secret of anybody.
    private static let byteCountMax = 4_096

    /// The file's bytes without line ends around them, which editors add.
    /// - Parameter option: the key of the configuration, for errors.
    func read(_ path: String, for option: String) throws(SecretFileError) -> SecretBytes {
        var (bytes, permissions): ([UInt8], UInt32)
        do throws(DiskError) {
            let file = try fileSystem.open(path, .read)
            permissions = try file.permissions()
            bytes = try file.read(at: 0, count: min(Self.byteCountMax, try file.byteCount()))
            try file.close()
        } catch {
            throw .unreadable(option: option, error)
        }
        defer { SecretBytes.erase(&bytes) }
        guard permissions & 0o077 == 0 else {
            throw .exposed(option: option, path: path, permissions: permissions)
        }
        let isLineEnd: (UInt8) -> Bool = { $0 == 0x0a || $0 == 0x0d }
        var secret = Array(bytes.drop(while: isLineEnd).reversed().drop(while: isLineEnd).reversed())
        defer { SecretBytes.erase(&secret) }
        guard !secret.isEmpty else { throw .empty(option: option, path: path) }
        return SecretBytes(copying: secret)
    }
}

/// Why a secret is not used. Never says what is in the file.
package enum SecretFileError: Error, Equatable, Sendable, CustomStringConvertible {
    case unreadable(option: String, DiskError)
    case empty(option: String, path: String)
    /// Its group or others may read or change it.
    case exposed(option: String, path: String, permissions: UInt32)

    package var description: String {
        switch self {
        case .unreadable(let option, let error): "\(option): \(error)"
        case .empty(let option, let path): "\(option): \(path): no secret in it"
        case .exposed(let option, let path, let permissions):
            "\(option): \(path): mode \(String(permissions & 0o7777, radix: 8)) lets others reach the secret; "
                + "`chmod 600` it"
        }
    }
}
