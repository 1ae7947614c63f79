import VarveBytes

extension IntegerStream {
    /// Gives the integers of a stream of `count` to `summer`, vector by vector; those it does not want are not decoded.
    /// Hot: once per block.
    @_lifetime(cursor: copy cursor)
    static func sum(_ cursor: inout ByteCursor, count: Int, into summer: inout RowSummer) throws(CodecError) {
        let offset = cursor.offset
        var reader = copy cursor
        let code: UInt8 = try reader.fixed()
        guard code & shapeMask == Shape.vectors.rawValue else {
            return try sumWhole(&cursor, count: count, into: &summer)
        }
        _ = try checkedShape(code, count: count, offset: offset)
        let factor = try decodeFactor(&reader, isPresent: code & factorFlag != 0)
        if code & lz4Flag == 0 { return try sumVectors(&reader, count: count, factor, into: &summer) }
        let bytes = try decompressVectors(&reader, count: count)
        var inner = ByteCursor(bytes.span.bytes)
        try sumVectors(&inner, count: count, factor, into: &summer)
        try inner.expectEnd(of: "the vectors of an LZ4 block")
    }

    /// For streams that are not cut into vectors: decoded as far as the last row of a run, where they allow it.
    @_lifetime(cursor: copy cursor)
    private static func sumWhole(
        _ cursor: inout ByteCursor, count: Int, into summer: inout RowSummer
    ) throws(CodecError) {
        let offset = cursor.offset
        let wanted = min(count, summer.rowsEnd)
        if wanted == 0 { return }
        var numbers = ScratchBuffer<Int64>(count: wanted)
        var reader = copy cursor
        if try !decodeFirst(&reader, of: count, into: numbers.buffer) {
            numbers = ScratchBuffer<Int64>(count: count)
            try decode(&cursor, into: numbers.buffer)
        }
        for start in stride(from: 0, to: numbers.buffer.count, by: BitPacking.vectorRows) {
            let rows = start..<min(start + BitPacking.vectorRows, numbers.buffer.count)
            guard summer.wants(rows) else { continue }
            try summer.add(UnsafeMutableBufferPointer(rebasing: numbers.buffer[rows]), nil, row: start, offset: offset)
        }
    }

    @_lifetime(cursor: copy cursor)
    private static func sumVectors(
        _ cursor: inout ByteCursor, count: Int, _ factor: (factor: Int64, offset: Int64)?,
        into summer: inout RowSummer
    ) throws(CodecError) {
        let headers = try decodeHeaders(&cursor, count: count)
        let memory = summer.memory
        let decoder = VectorDecoder(borrowing: memory.scratch)
        let scaling = summer.scaling(factor)
        for (index, header) in headers.enumerated() {
            let start = index * BitPacking.vectorRows
            let rows = start..<min(start + BitPacking.vectorRows, count)
            let offset = cursor.offset
            let payload = try cursor.span(count: header.byteCount)
            guard summer.wants(rows) else { continue }
            var reader = ByteCursor(payload)
            if let scaling, rows.count == BitPacking.vectorRows,
                let first = try decoder.decodeDistances(header, &reader, .forSums), let origin = scaling.origin(first)
            {
                summer.add(UnsafePointer(decoder.distances), rows, scaling, origin)
                continue
            }
            reader = ByteCursor(payload)
            let numbers = UnsafeMutableBufferPointer(rebasing: memory.numbers[..<rows.count])
            try decoder.decode(header, &reader, into: numbers)
            try summer.add(numbers, factor, row: start, offset: offset)
        }
    }
}
