package import VarveBytes

/// Why a column stream cannot be decoded. Offsets count from the start of the span that the cursor reads.
package enum CodecError: Error, Equatable, Sendable {
    /// A primitive could not be read.
    case truncated(BytesError)
    /// The bytes were readable but contradict the format; `detail` says how.
    case malformed(offset: Int, detail: String)

    /// Where decoding stopped.
    package var offset: Int {
        switch self {
        case .truncated(let error): error.offset
        case .malformed(let offset, _): offset
        }
    }
}

extension CodecError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .truncated(let error): "column stream cut short: \(error)"
        case .malformed(let offset, let detail): "malformed column stream at byte \(offset): \(detail)"
        }
    }
}
