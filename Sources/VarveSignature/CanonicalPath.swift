/// The path of a request in the one form that is signed.
enum CanonicalPath {
    /// Without dot segments and repeated slashes, encoded once more than it travelled.
    /// - Throws: `.malformedTarget` for a bad escape, a path that is not absolute, and one that climbs above the root.
    static func make(_ target: String) throws(SignatureError) -> [UInt8] {
        let path = originForm(Array(target.utf8)[...])
        guard !path.isEmpty else { return [slash] }
        guard path.first == slash, PercentCoding.hasOnlyWholeEscapes(path) else {
            throw SignatureError(.malformedTarget)
        }
        // What nearly every request asks for.
        if path.count == 1 { return [slash] }
        var canonical: [UInt8] = []
        canonical.reserveCapacity(path.count + 16)
        if isPlain(path) {
            for byte in path { appendEncoded(byte, to: &canonical) }
            return canonical
        }
        var segments: [ArraySlice<UInt8>] = []
        for segment in path.split(separator: slash) {
            if segment.elementsEqual([dot]) { continue }
            guard segment.elementsEqual([dot, dot]) else {
                segments.append(segment)
                continue
            }
            guard segments.popLast() != nil else { throw SignatureError(.malformedTarget) }
        }
        for segment in segments {
            canonical.append(slash)
            for byte in segment { PercentCoding.append(byte, to: &canonical) }
        }
        if path.last == slash || segments.isEmpty { canonical.append(slash) }
        return canonical
    }

    /// Whether there is nothing to take away: no segment is empty or begins with a dot.
    private static func isPlain(_ path: ArraySlice<UInt8>) -> Bool {
        var previous: UInt8 = 0
        for byte in path {
            if previous == slash, byte == slash || byte == dot { return false }
            previous = byte
        }
        return true
    }

    private static func appendEncoded(_ byte: UInt8, to text: inout [UInt8]) {
        if byte == slash { text.append(byte) } else { PercentCoding.append(byte, to: &text) }
    }

    private static let slash = UInt8(ascii: "/")
    private static let dot = UInt8(ascii: ".")

    /// A target such as `http://host/path` without its scheme and host.
    private static func originForm(_ target: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard target.first != slash else { return target }
        for scheme in ["http://", "https://"] {
            guard target.count >= scheme.utf8.count,
                zip(target, scheme.utf8).allSatisfy({ $0 | 0x20 == $1 | 0x20 })
            else { continue }
            let rest = target.dropFirst(scheme.utf8.count)
            return rest.firstIndex(of: slash).map { rest[$0...] } ?? []
        }
        return target
    }
}
