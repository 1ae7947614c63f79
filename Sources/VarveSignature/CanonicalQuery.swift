/// A query, decoded and ready to be written in the one form that is signed.
struct CanonicalQuery {
    struct Parameter {
        /// Decoded bytes, which need not be text.
        let name: [UInt8]
        let value: [UInt8]
    }

    /// In the order of arrival.
    private(set) var parameters: [Parameter] = []

    /// - Throws: `.malformedQueryString` for a broken escape.
    init(_ query: String) throws(SignatureError) {
        guard !query.isEmpty else { return }
        for piece in Array(query.utf8).split(separator: UInt8(ascii: "&")) {
            let end = piece.firstIndex(of: UInt8(ascii: "=")) ?? piece.endIndex
            let name = try PercentCoding.decodeQueryPiece(piece[..<end])
            let value = try PercentCoding.decodeQueryPiece(piece[end...].dropFirst())
            parameters.append(Parameter(name: name, value: value))
        }
    }

    /// The first value of a parameter, or nil; values that are no UTF-8 are repaired, which fits no signature.
    func first(_ name: String) -> String? {
        parameters.first { $0.name.elementsEqual(name.utf8) }.map { String(decoding: $0.value, as: UTF8.self) }
    }

    /// Sorted and encoded, without the signature itself.
    func canonical() -> [UInt8] {
        guard !parameters.isEmpty else { return [] }
        var encoded = parameters.filter { !$0.name.elementsEqual(Self.signatureName) }.map { parameter in
            (name: Self.encoded(parameter.name), value: Self.encoded(parameter.value))
        }
        encoded.sort { left, right in
            left.name == right.name
                ? left.value.lexicographicallyPrecedes(right.value) : left.name.lexicographicallyPrecedes(right.name)
        }
        var text: [UInt8] = []
        for (index, parameter) in encoded.enumerated() {
            if index > 0 { text.append(UInt8(ascii: "&")) }
            text += parameter.name
            text.append(UInt8(ascii: "="))
            text += parameter.value
        }
        return text
    }

    private static let signatureName = Array("X-Amz-Signature".utf8)

    private static func encoded(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        for byte in bytes { PercentCoding.append(byte, to: &text) }
        return text
    }
}
