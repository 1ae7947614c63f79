import VarveBytes

/// The primitives of ``ByteCursor`` with this module's error, so that decoders read straight on.
extension ByteCursor {
    @_lifetime(self: copy self)
    mutating func fixed<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ type: Integer.Type = Integer.self
    ) throws(CodecError) -> Integer {
        do { return try read(type) } catch { throw .truncated(error) }
    }

    @_lifetime(self: copy self)
    mutating func varint() throws(CodecError) -> UInt64 {
        do { return try readVarint() } catch { throw .truncated(error) }
    }

    @_lifetime(self: copy self)
    mutating func signedVarint() throws(CodecError) -> Int64 {
        do { return try readSignedVarint() } catch { throw .truncated(error) }
    }

    @_lifetime(self: copy self)
    mutating func count(limit: Int) throws(CodecError) -> Int {
        do { return try readCount(limit: limit) } catch { throw .truncated(error) }
    }

    @_lifetime(copy self)
    mutating func span(count: Int) throws(CodecError) -> RawSpan {
        do { return try readSpan(count: count) } catch { throw .truncated(error) }
    }

    /// Refuses bytes left over in a part whose length is stored.
    func expectEnd(of part: String) throws(CodecError) {
        guard remaining == 0 else {
            throw .malformed(offset: offset, detail: "\(remaining) bytes left over after \(part)")
        }
    }
}
