import VarveBytes
import VarveCodec
import VarveIO

/// Why bytes that passed (or escaped) their checksum are not what the format page says. Offsets count from the start of
/// the span that was being read; ``Corruption`` adds the file and the place of the span in it.
package struct FormatFault: Error, Equatable, Sendable {
    package var offset: Int
    package var detail: String

    package init(offset: Int, detail: String) {
        self.offset = offset
        self.detail = detail
    }

    init(_ error: BytesError) { self.init(offset: error.offset, detail: "\(error)") }
    init(_ error: CodecError) { self.init(offset: error.offset, detail: "\(error)") }
}

/// Runs a disk operation, turning its error into the store's.
func onDisk<Result>(_ body: () throws(DiskError) -> Result) throws(StoreError) -> Result {
    do { return try body() } catch { throw .disk(error) }
}

/// Reads a file of bounded size into memory. A sparse file takes no room on the disk and all there is in memory.
/// - Throws: `.corrupt` when it is longer than any writer makes it; `.disk`.
func readWhole(_ path: String, byteCountMax: Int, fileSystem: any FileSystem) throws(StoreError) -> [UInt8] {
    let file = try onDisk { () throws(DiskError) in try fileSystem.open(path, .read) }
    let byteCount = try onDisk { () throws(DiskError) in try file.byteCount() }
    guard byteCount <= byteCountMax else {
        let detail = "the file has \(byteCount) bytes, at most \(byteCountMax) expected"
        throw .corrupt(Corruption(path: path, offset: byteCountMax, detail: detail))
    }
    return try onDisk { () throws(DiskError) in
        let bytes = try file.read(at: 0, count: byteCount)
        try file.close()
        return bytes
    }
}

/// Runs a decoder over a part of a file.
/// - Parameter offset: where in the file the decoded span starts.
func decoding<Result>(
    _ path: String, at offset: Int, _ body: () throws(FormatFault) -> Result
) throws(StoreError) -> Result {
    do {
        return try body()
    } catch {
        throw .corrupt(Corruption(path: path, offset: offset + error.offset, detail: error.detail))
    }
}

// The reads of `ByteCursor` and of the column codecs, with errors of this module.
extension ByteCursor {
    @_lifetime(self: copy self)
    mutating func field<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ type: Integer.Type = Integer.self
    ) throws(FormatFault) -> Integer {
        do { return try read(type) } catch { throw FormatFault(error) }
    }

    @_lifetime(self: copy self)
    mutating func countField(limit: Int) throws(FormatFault) -> Int {
        do { return try readCount(limit: limit) } catch { throw FormatFault(error) }
    }

    @_lifetime(self: copy self)
    mutating func uuidField() throws(FormatFault) -> UUID16 {
        do { return try readUUID() } catch { throw FormatFault(error) }
    }

    @_lifetime(self: copy self)
    mutating func textField(limit: Int) throws(FormatFault) -> String {
        do { return try readString(limit: limit) } catch { throw FormatFault(error) }
    }

    @_lifetime(self: copy self)
    mutating func bytesField(limit: Int) throws(FormatFault) -> [UInt8] {
        do { return try readLengthPrefixed(limit: limit) } catch { throw FormatFault(error) }
    }

    @_lifetime(copy self)
    mutating func spanField(count: Int) throws(FormatFault) -> RawSpan {
        do { return try readSpan(count: count) } catch { throw FormatFault(error) }
    }

    @_lifetime(self: copy self)
    mutating func skipField(count: Int) throws(FormatFault) {
        do { try skip(count: count) } catch { throw FormatFault(error) }
    }

    /// Decodes an N stream of `buffer.count` values.
    @_lifetime(self: copy self)
    mutating func integers(into buffer: UnsafeMutableBufferPointer<Int64>) throws(FormatFault) {
        do { try IntegerStream.decode(&self, into: buffer) } catch { throw FormatFault(error) }
    }

    /// Decodes an F stream of `buffer.count` values.
    @_lifetime(self: copy self)
    mutating func floats(into buffer: UnsafeMutableBufferPointer<Double>) throws(FormatFault) {
        do { try FloatStream.decode(&self, into: buffer) } catch { throw FormatFault(error) }
    }

    /// Decodes an N stream of `count` values.
    @_lifetime(self: copy self)
    mutating func integers(count: Int) throws(FormatFault) -> [Int64] {
        let buffer = UnsafeMutableBufferPointer<Int64>.allocate(capacity: count)
        defer { buffer.deallocate() }
        try integers(into: buffer)
        return Array(buffer)
    }

    /// Decodes an N stream of `count` values that must all lie in `range`.
    @_lifetime(self: copy self)
    mutating func integers(count: Int, in range: ClosedRange<Int64>, _ name: String) throws(FormatFault) -> [Int64] {
        let start = offset
        let values = try integers(count: count)
        for value in values where !range.contains(value) {
            throw FormatFault(offset: start, detail: "\(name) \(value) is outside \(range)")
        }
        return values
    }

    /// Decodes an F stream of `count` values.
    @_lifetime(self: copy self)
    mutating func floats(count: Int) throws(FormatFault) -> [Double] {
        let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: count)
        defer { buffer.deallocate() }
        try floats(into: buffer)
        return Array(buffer)
    }

    /// Decodes an S stream of `count` strings as it is stored.
    @_lifetime(self: copy self)
    mutating func stringColumn(count: Int) throws(FormatFault) -> StringColumn {
        do { return try StringStream.decodeColumn(&self, count: count) } catch { throw FormatFault(error) }
    }

    /// Decodes a Bd stream of `count` blobs.
    @_lifetime(self: copy self)
    mutating func blobs(count: Int) throws(FormatFault) -> [[UInt8]] {
        do { return try BlobStream.decode(&self, count: count) } catch { throw FormatFault(error) }
    }

    /// - Throws: when bytes are left over.
    func requireEnd(_ what: String) throws(FormatFault) {
        guard isAtEnd else {
            throw FormatFault(offset: offset, detail: "\(remaining) bytes after the end of the \(what)")
        }
    }
}

extension ByteWriter {
    /// Appends an N stream.
    mutating func integers(_ values: [Int64], effort: CodecEffort = .flush) {
        values.withUnsafeBufferPointer { IntegerStream.encode($0, into: &self, effort: effort) }
    }

    /// Appends an F stream.
    mutating func floats(_ values: [Double], effort: CodecEffort = .flush) {
        var hint = FloatHint()
        values.withUnsafeBufferPointer { FloatStream.encode($0, into: &self, hint: &hint, effort: effort) }
    }
}
