import VarveBytes

extension VectorHeader {
    /// Reads and checks one directory entry of a vector of `rows` values.
    @_lifetime(cursor: copy cursor)
    init(decoding cursor: inout ByteCursor, rows: Int) throws(CodecError) {
        let start = cursor.offset
        let code: UInt8 = try cursor.fixed()
        guard let transform = Transform(rawValue: code) else {
            throw .malformed(offset: start, detail: "transform \(code); only 0 to 3 are defined")
        }
        guard rows >= transform.rowsMin else {
            throw .malformed(offset: start, detail: "transform \(code) for \(rows) rows, needs \(transform.rowsMin)")
        }
        let width: UInt8 = try cursor.fixed()
        guard width <= 64 else { throw .malformed(offset: start + 1, detail: "width \(width) is above 64 bits") }
        let exceptionCount: UInt16 = try cursor.fixed()
        guard exceptionCount <= transform.residualCount(rows: rows) else {
            throw .malformed(offset: start + 2, detail: "\(exceptionCount) exceptions in a vector of \(rows) rows")
        }
        self.transform = transform
        self.width = Int(width)
        self.exceptionCount = Int(exceptionCount)
        byteCount = try cursor.count(limit: Int(Int32.max))
    }
}

/// Decodes vectors of up to 1 024 values; owns the scratch memory they share, or borrows it.
struct VectorDecoder: ~Copyable {
    private let scratch: UnsafeMutablePointer<UInt64>
    private let isOwner: Bool

    /// Two more than rows: ``distances`` begins three words late and is written one row beyond its end.
    static let scratchCount = BitPacking.vectorRows + 2

    init() {
        scratch = .allocate(capacity: Self.scratchCount)
        isOwner = true
    }

    /// - Parameter scratch: ``scratchCount`` words that outlive the decoder.
    init(borrowing scratch: UnsafeMutablePointer<UInt64>) {
        self.scratch = scratch
        isOwner = false
    }

    deinit { if isOwner { scratch.deallocate() } }

    /// Fills `output` (1…1 024 rows) from a payload, which must be used up. Hot: once per vector.
    @_lifetime(cursor: copy cursor)
    func decode(
        _ header: VectorHeader, _ cursor: inout ByteCursor, into output: UnsafeMutableBufferPointer<Int64>
    ) throws(CodecError) {
        var parameters = TransformParameters()
        if header.transform != .frameOfReference { parameters.first = try cursor.signedVarint() }
        if header.transform == .deltaOfDelta || header.transform == .line {
            parameters.slope = try cursor.signedVarint()
        }
        let base = try cursor.signedVarint()
        let count = header.transform.residualCount(rows: output.count)
        let isFull = output.count == BitPacking.vectorRows
        let byteCount =
            isFull
            ? BitPacking.byteCount(width: header.width)
            : SequentialPacking.byteCount(count: count, width: header.width)
        let packed = try cursor.span(count: byteCount)
        if isFull && header.transform == .delta && 1...32 ~= header.width {
            unpackNarrow(packed, header.width)
            try restoreNarrowDelta(header, &cursor, first: parameters.first, base, into: output)
            return try cursor.expectEnd(of: "a vector")
        }
        packed.withUnsafeBytes { bytes in
            unpack(bytes, header.width, count, base, into: output)
        }
        try applyExceptions(header, &cursor, base, to: output)
        try cursor.expectEnd(of: "a vector")
        header.transform.restore(output, parameters)
    }

    /// Writes base + packed value to `output`; rows beyond `count` get anything.
    private func unpack(
        _ packed: UnsafeRawBufferPointer, _ width: Int, _ count: Int, _ base: Int64,
        into output: UnsafeMutableBufferPointer<Int64>
    ) {
        // Width 0: no bytes, so no address either.
        guard width > 0, let bytes = packed.baseAddress else { return output.update(repeating: base) }
        guard output.count == BitPacking.vectorRows else {
            SequentialPacking.unpack(packed, width: width, count: count, into: scratch)
            for index in 0..<count { output[index] = Int64(bitPattern: scratch[index]) &+ base }
            for index in count..<output.count { output[index] = base }
            return
        }
        if width <= 32 {
            BitPacking.unpack32(bytes, width: width, into: narrow)
            for index in 0..<BitPacking.vectorRows { output[index] = Int64(narrow[index]) &+ base }
        } else {
            BitPacking.unpack64(bytes, width: width, into: scratch)
            for index in 0..<BitPacking.vectorRows { output[index] = Int64(bitPattern: scratch[index]) &+ base }
        }
    }

    /// The scratch memory as 32-bit words, for widths up to 32.
    var narrow: UnsafeMutablePointer<UInt32> {
        UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: UInt32.self)
    }

    /// The second half of the scratch memory: distances of a vector that ``decodeDistances(_:_:_:)`` has decoded. The
    /// second of them is aligned to 16 bytes: from there on they are written by four.
    var distances: UnsafeMutablePointer<UInt32> { narrow + BitPacking.vectorRows + 3 }

    func unpackNarrow(_ packed: RawSpan, _ width: Int) {
        packed.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            BitPacking.unpack32(start, width: width, into: narrow)
        }
    }

    /// The commonest case with two passes less: sums the unpacked differences of a full vector straight into `output`,
    /// from one exception to the next.
    @_lifetime(cursor: copy cursor)
    private func restoreNarrowDelta(
        _ header: VectorHeader, _ cursor: inout ByteCursor, first: Int64, _ base: Int64,
        into output: UnsafeMutableBufferPointer<Int64>
    ) throws(CodecError) {
        let exceptions = try ExceptionPositions(decoding: &cursor, header, rows: output.count)
        var value = first
        var row = 0
        for index in 0..<header.exceptionCount {
            let position = try exceptions.position(at: index, after: row - 1)
            value = sumNarrow(from: row, to: position, value, base, into: output)
            output[position] = value
            value &+= try cursor.signedVarint() &+ base
            row = position + 1
        }
        _ = sumNarrow(from: row, to: output.count, value, base, into: output)
    }

    @inline(__always)
    private func sumNarrow(
        from start: Int, to end: Int, _ first: Int64, _ base: Int64, into output: UnsafeMutableBufferPointer<Int64>
    ) -> Int64 {
        let steps = narrow
        var value = first
        for index in start..<end {
            output[index] = value
            value &+= Int64(steps[index]) &+ base
        }
        return value
    }

    /// Overwrites residuals.
    @_lifetime(cursor: copy cursor)
    private func applyExceptions(
        _ header: VectorHeader, _ cursor: inout ByteCursor, _ base: Int64,
        to output: UnsafeMutableBufferPointer<Int64>
    ) throws(CodecError) {
        if header.exceptionCount == 0 { return }
        let exceptions = try ExceptionPositions(decoding: &cursor, header, rows: output.count)
        var previous = -1
        for index in 0..<header.exceptionCount {
            previous = try exceptions.position(at: index, after: previous)
            output[previous] = try cursor.signedVarint() &+ base
        }
    }
}

/// The positions of a vector's exceptions, in the bytes they are stored in.
struct ExceptionPositions: ~Escapable {
    private let bytes: RawSpan
    private let offset: Int
    private let residualCount: Int

    @_lifetime(copy cursor)
    init(decoding cursor: inout ByteCursor, _ header: VectorHeader, rows: Int) throws(CodecError) {
        offset = cursor.offset
        residualCount = header.transform.residualCount(rows: rows)
        bytes = try cursor.span(count: header.exceptionCount * 2)
    }

    /// The position with `index`; it must lie behind `previous` and belong to a residual.
    func position(at index: Int, after previous: Int) throws(CodecError) -> Int {
        let position = Int(UInt16(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: index * 2, as: UInt16.self)))
        guard position > previous, position < residualCount else {
            throw .malformed(
                offset: offset + index * 2,
                detail: "exception position \(position) after \(previous), \(residualCount) residuals")
        }
        return position
    }
}
