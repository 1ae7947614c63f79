package import VarveBytes

extension IntegerStream {
    /// Fills all of `output` from the stream at `cursor`, which then stands behind the stream. Never traps, and uses no
    /// memory beyond a few times the size of `output`. Hot: once per block; about 1 ns per value, 2 for
    /// entropy-coded streams.
    /// - Throws: ``CodecError``; `output` then holds anything.
    @_lifetime(cursor: copy cursor)
    package static func decode(
        _ cursor: inout ByteCursor, into output: UnsafeMutableBufferPointer<Int64>
    ) throws(CodecError) {
        let start = cursor.offset
        let code: UInt8 = try cursor.fixed()
        let shape = try checkedShape(code, count: output.count, offset: start)
        switch shape {
        case .empty: return
        case .constant: output.update(repeating: try cursor.signedVarint())
        case .linear:
            let first = try cursor.signedVarint()
            fillLine(output, first: first, step: try cursor.signedVarint())
        case .vectors:
            let factor = try decodeFactor(&cursor, isPresent: code & factorFlag != 0)
            if code & lz4Flag == 0 {
                try decodeVectors(&cursor, into: output)
            } else {
                try decodeCompressedVectors(&cursor, into: output)
            }
            if let factor { scale(output, factor) }
        case .entropy:
            try decodeEntropy(&cursor, hasFactor: code & factorFlag != 0, of: output.count, into: output)
        }
    }

    /// Fills `output`, which is not empty, with the first of the `count` integers of an entropy-coded stream; the
    /// cursor then stands anywhere. False, with nothing written, for any other stream.
    @_lifetime(cursor: copy cursor)
    static func decodeFirst(
        _ cursor: inout ByteCursor, of count: Int, into output: UnsafeMutableBufferPointer<Int64>
    ) throws(CodecError) -> Bool {
        let start = cursor.offset
        let code: UInt8 = try cursor.fixed()
        guard try checkedShape(code, count: count, offset: start) == .entropy else { return false }
        try decodeEntropy(&cursor, hasFactor: code & factorFlag != 0, of: count, into: output)
        return true
    }

    @_lifetime(cursor: copy cursor)
    private static func decodeEntropy(
        _ cursor: inout ByteCursor, hasFactor: Bool, of count: Int, into output: UnsafeMutableBufferPointer<Int64>
    ) throws(CodecError) {
        let factor = try decodeFactor(&cursor, isPresent: hasFactor)
        try decodeEntropy(&cursor, of: count, into: output)
        if let factor { scale(output, factor) }
    }

    /// The same for integers that `scale` turns into doubles: fills `output` with their bit patterns, vector by vector,
    /// so that what one step leaves is still in the first cache when the next one needs it.
    @_lifetime(cursor: copy cursor)
    static func decode(
        _ cursor: inout ByteCursor, into output: UnsafeMutableBufferPointer<Int64>, scale: FloatScale
    ) throws(CodecError) {
        var reader = copy cursor
        let code: UInt8 = try reader.fixed()
        guard code & shapeMask == Shape.vectors.rawValue else {
            try decode(&cursor, into: output)
            return try scale.apply(to: output, offset: cursor.offset)
        }
        _ = try checkedShape(code, count: output.count, offset: cursor.offset)
        let factor = try decodeFactor(&reader, isPresent: code & factorFlag != 0)
        let scaling = VectorScaling(scale: scale, factor: factor)
        if code & lz4Flag == 0 {
            try decodeVectors(&reader, into: output, scaling)
        } else {
            try decodeCompressedVectors(&reader, into: output, scaling)
        }
        cursor = reader
    }

    /// What happens to the integers of a vector while they are in the cache.
    private struct VectorScaling {
        let scale: FloatScale
        let factor: (factor: Int64, offset: Int64)?
        let narrow: NarrowScaling?

        init(scale: FloatScale, factor: (factor: Int64, offset: Int64)?) {
            self.scale = scale
            self.factor = factor
            narrow = NarrowScaling(scale, factor: factor?.factor ?? 1, offset: factor?.offset ?? 0)
        }
    }

    /// First value and step when the stream of `count` values at `cursor` is constant or linear; nil for every other
    /// form and for bytes that make no sense. Constant time; decodes nothing.
    package static func regular(_ cursor: borrowing ByteCursor, count: Int) -> (first: Int64, step: Int64)? {
        var reader = copy cursor
        guard count > 0, let code: UInt8 = try? reader.fixed() else { return nil }
        guard code == Shape.constant.rawValue || code == Shape.linear.rawValue else { return nil }
        guard let first = try? reader.signedVarint() else { return nil }
        if code == Shape.constant.rawValue { return (first, 0) }
        guard let step = try? reader.signedVarint() else { return nil }
        return (first, step)
    }

    static func checkedShape(_ code: UInt8, count: Int, offset: Int) throws(CodecError) -> Shape {
        guard let shape = Shape(rawValue: code & shapeMask) else {
            throw .malformed(offset: offset, detail: "integer shape \(code & shapeMask); only 0 to 4 are defined")
        }
        let flags = code & ~shapeMask
        guard flags & ~allowedFlags(shape) == 0 else {
            throw .malformed(offset: offset, detail: "flags \(flags) do not belong to integer shape \(shape)")
        }
        guard (count == 0) == (shape == .empty) else {
            throw .malformed(offset: offset, detail: "integer shape \(shape) for \(count) values")
        }
        return shape
    }

    private static func allowedFlags(_ shape: Shape) -> UInt8 {
        switch shape {
        case .vectors: factorFlag | lz4Flag
        case .entropy: factorFlag
        case .empty, .constant, .linear: 0
        }
    }

    private static func fillLine(_ output: UnsafeMutableBufferPointer<Int64>, first: Int64, step: Int64) {
        var value = first
        for index in 0..<output.count {
            output[index] = value
            value &+= step
        }
    }

    @_lifetime(cursor: copy cursor)
    static func decodeFactor(
        _ cursor: inout ByteCursor, isPresent: Bool
    ) throws(CodecError) -> (factor: Int64, offset: Int64)? {
        if !isPresent { return nil }
        let start = cursor.offset
        let factor = try cursor.varint()
        guard factor >= 2 else { throw .malformed(offset: start, detail: "common factor \(factor) is below 2") }
        return (Int64(bitPattern: factor), try cursor.signedVarint())
    }

    static func scale(_ output: UnsafeMutableBufferPointer<Int64>, _ factor: (factor: Int64, offset: Int64)) {
        for index in 0..<output.count { output[index] = factor.offset &+ factor.factor &* output[index] }
    }

    /// Reads the directory of the vectors of `count` values.
    @_lifetime(cursor: copy cursor)
    static func decodeHeaders(_ cursor: inout ByteCursor, count: Int) throws(CodecError) -> [VectorHeader] {
        var headers: [VectorHeader] = []
        for start in stride(from: 0, to: count, by: BitPacking.vectorRows) {
            let rows = min(BitPacking.vectorRows, count - start)
            headers.append(try VectorHeader(decoding: &cursor, rows: rows))
        }
        return headers
    }

    @_lifetime(cursor: copy cursor)
    private static func decodeVectors(
        _ cursor: inout ByteCursor, into output: UnsafeMutableBufferPointer<Int64>, _ scaling: VectorScaling? = nil
    ) throws(CodecError) {
        let headers = try decodeHeaders(&cursor, count: output.count)
        let decoder = VectorDecoder()
        var start = 0
        for header in headers {
            let end = min(start + BitPacking.vectorRows, output.count)
            let vector = UnsafeMutableBufferPointer(rebasing: output[start..<end])
            let offset = cursor.offset
            var payload = ByteCursor(try cursor.span(count: header.byteCount))
            start = end
            if let narrow = scaling?.narrow, try decoder.decodeNarrow(header, &payload, narrow, into: vector) {
                continue
            }
            try decoder.decode(header, &payload, into: vector)
            guard let scaling else { continue }
            if let factor = scaling.factor { Self.scale(vector, factor) }
            try scaling.scale.apply(to: vector, offset: offset)
        }
    }

    /// The most bytes that vectors of `count` values can take: per row 8 packed (a full vector is padded to 1 024 rows,
    /// which it has), 2 + 10 as an exception; per vector 34 of header fields.
    private static func vectorByteCountMax(count: Int) -> Int {
        count * 20 + (count / BitPacking.vectorRows + 1) * 64
    }

    @_lifetime(cursor: copy cursor)
    private static func decodeCompressedVectors(
        _ cursor: inout ByteCursor, into output: UnsafeMutableBufferPointer<Int64>, _ scaling: VectorScaling? = nil
    ) throws(CodecError) {
        let bytes = try decompressVectors(&cursor, count: output.count)
        var inner = ByteCursor(bytes.span.bytes)
        try decodeVectors(&inner, into: output, scaling)
        try inner.expectEnd(of: "the vectors of an LZ4 block")
    }

    /// Reads the LZ4 fields and gives what the vectors of `count` values are read from.
    @_lifetime(cursor: copy cursor)
    static func decompressVectors(_ cursor: inout ByteCursor, count: Int) throws(CodecError) -> [UInt8] {
        let byteCount = try cursor.count(limit: vectorByteCountMax(count: count))
        let storedCount = try cursor.count(limit: cursor.remaining)
        let offset = cursor.offset
        return try LZ4.decompress(try cursor.span(count: storedCount), byteCount: byteCount, offset: offset)
    }
}
