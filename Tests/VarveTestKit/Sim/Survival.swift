/// What a power cut leaves of everything that was not synced.
package enum Survival: Sendable, Hashable, CustomStringConvertible {
    /// Nothing.
    case none
    /// Everything, as if the process alone had died.
    case all
    /// Names and file lengths, but no content: new files are there and read as zeros.
    case names
    /// Any subset of name changes; of file content any subset of 512-byte sectors, each as it was after some write; of
    /// file lengths any. The same seed on the same disk leaves the same.
    case random(seed: UInt64)

    package var description: String {
        switch self {
        case .none: "none"
        case .all: "all"
        case .names: "names"
        case .random(let seed): "random(seed: \(seed))"
        }
    }
}
