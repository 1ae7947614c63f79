package import VarveBytes

extension FloatStream {
    /// Fills all of `output` from the stream at `cursor`, which then stands behind the stream. Never traps, and uses no
    /// memory beyond a few times the size of `output`. Hot: once per block; about 1.5 ns per value.
    /// - Throws: ``CodecError``; `output` then holds anything.
    @_lifetime(cursor: copy cursor)
    package static func decode(
        _ cursor: inout ByteCursor, into output: UnsafeMutableBufferPointer<Double>
    ) throws(CodecError) {
        let (mode, flags) = try decodeMode(&cursor)
        // Decoded in place: integers first, then the bit patterns they stand for. Both types are 8 trivial bytes.
        let raw = UnsafeMutableRawBufferPointer(output)
        let words = raw.bindMemory(to: Int64.self)
        defer { _ = raw.bindMemory(to: Double.self) }
        switch mode {
        case .raw: try decodeRaw(&cursor, isCompressed: flags & lz4Flag != 0, into: words)
        case .dictionary: try FloatDictionary.decode(&cursor, into: words)
        case .decimal, .binary, .multiple: try decodeScaled(&cursor, mode, flags, into: words)
        case .split: try SplitBits.decode(&cursor, into: words)
        }
    }

    /// Fills `output` with the first values of the stream of `rowCount` at `cursor`, where that takes less than to
    /// decode them all: of entropy-coded numbers, which can only be entered at the beginning.
    /// - Returns: false where it does not; `output` then holds anything.
    /// - Throws: ``CodecError`` as far as the stream was read.
    package static func decodeFirst(
        _ cursor: borrowing ByteCursor, rowCount: Int, into output: UnsafeMutableBufferPointer<Double>
    ) throws(CodecError) -> Bool {
        precondition(output.count <= rowCount, "the first values are at most all of them")
        var reader = copy cursor
        let (mode, flags) = try decodeMode(&reader)
        let isScaled = mode == .decimal || mode == .binary || mode == .multiple
        guard isScaled, flags == 0, !output.isEmpty else { return false }
        let scale = try FloatScale(decoding: &reader, mode)
        let raw = UnsafeMutableRawBufferPointer(output)
        let words = raw.bindMemory(to: Int64.self)
        defer { _ = raw.bindMemory(to: Double.self) }
        guard try IntegerStream.decodeFirst(&reader, of: rowCount, into: words) else { return false }
        try scale.apply(to: words, offset: reader.offset)
        return true
    }

    /// Reads and checks the first byte.
    @_lifetime(cursor: copy cursor)
    static func decodeMode(_ cursor: inout ByteCursor) throws(CodecError) -> (mode: Mode, flags: UInt8) {
        let start = cursor.offset
        let code: UInt8 = try cursor.fixed()
        guard let mode = Mode(rawValue: code & modeMask) else {
            throw .malformed(offset: start, detail: "float mode \(code & modeMask); only 0 to 5 are defined")
        }
        let flags = code & ~modeMask
        guard flags & ~allowedFlags(mode) == 0 else {
            throw .malformed(offset: start, detail: "flags \(flags) do not belong to float mode \(mode)")
        }
        return (mode, flags)
    }

    private static func allowedFlags(_ mode: Mode) -> UInt8 {
        switch mode {
        case .raw: lz4Flag
        case .decimal, .multiple: exceptionsFlag | correctionsFlag
        case .binary: exceptionsFlag
        case .split, .dictionary: 0
        }
    }

    @_lifetime(cursor: copy cursor)
    private static func decodeRaw(
        _ cursor: inout ByteCursor, isCompressed: Bool, into output: UnsafeMutableBufferPointer<Int64>
    ) throws(CodecError) {
        let target = UnsafeMutableRawBufferPointer(output)
        if isCompressed {
            let byteCount = try cursor.count(limit: cursor.remaining)
            let offset = cursor.offset
            return try LZ4.decompress(try cursor.span(count: byteCount), into: target, offset: offset)
        }
        let bytes = try cursor.span(count: target.count)
        bytes.withUnsafeBytes { target.copyMemory(from: $0) }
    }

    /// `runs` says how the numbers are laid out; nil for one N stream of them all.
    @_lifetime(cursor: copy cursor)
    static func decodeScaled(
        _ cursor: inout ByteCursor, _ mode: Mode, _ flags: UInt8, into output: UnsafeMutableBufferPointer<Int64>,
        runs: (lengths: [Int], layout: RunLayout)? = nil
    ) throws(CodecError) {
        let scale = try FloatScale(decoding: &cursor, mode)
        if flags & exceptionsFlag != 0 {
            let exceptions = try ExceptionList(decoding: &cursor, rows: output.count)
            try decodeCorrected(&cursor, scale, flags, into: output, runs)
            exceptions.apply(to: output)
        } else {
            try decodeCorrected(&cursor, scale, flags, into: output, runs)
        }
    }

    @_lifetime(cursor: copy cursor)
    private static func decodeCorrected(
        _ cursor: inout ByteCursor, _ scale: FloatScale, _ flags: UInt8,
        into output: UnsafeMutableBufferPointer<Int64>, _ runs: (lengths: [Int], layout: RunLayout)?
    ) throws(CodecError) {
        guard flags & correctionsFlag != 0 else { return try decodeDoubles(&cursor, scale, into: output, runs) }
        let corrections = ScratchBuffer<Int64>(count: output.count)
        try IntegerStream.decode(&cursor, into: corrections.buffer)
        try decodeDoubles(&cursor, scale, into: output, runs)
        for index in 0..<output.count { output[index] &+= corrections.buffer[index] }
    }

    @_lifetime(cursor: copy cursor)
    private static func decodeDoubles(
        _ cursor: inout ByteCursor, _ scale: FloatScale, into output: UnsafeMutableBufferPointer<Int64>,
        _ runs: (lengths: [Int], layout: RunLayout)?
    ) throws(CodecError) {
        guard let runs else { return try IntegerStream.decode(&cursor, into: output, scale: scale) }
        let start = cursor.offset
        try decodeNumbers(&cursor, runs.lengths, runs.layout, into: output)
        try scale.apply(to: output, offset: start)
    }
}
