import VarveBytes
import VarveCodec

/// libFuzzer's entry: reads arbitrary bytes as each kind of column stream. The first two bytes choose the number of
/// rows.
///
/// What decodes must survive encoding and decoding again. Any trap, address error or broken demand is a finding.
@c(LLVMFuzzerTestOneInput)
public func fuzzColumns(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard count > 2 else { return 0 }
    let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
    let rows = (Int(input[0]) << 8 | Int(input[1])) % 2_100
    let stream = Array(input.dropFirst(2))
    if let values = integers(stream, rows) {
        var writer = ByteWriter()
        values.withUnsafeBufferPointer { IntegerStream.encode($0, into: &writer) }
        precondition(integers(writer.bytes, rows) == values, "integers changed in a round trip")
    }
    if let patterns = floats(stream, rows) {
        var writer = ByteWriter()
        var hint = FloatHint()
        patterns.map(Double.init(bitPattern:)).withUnsafeBufferPointer {
            FloatStream.encode($0, into: &writer, hint: &hint)
        }
        precondition(floats(writer.bytes, rows) == patterns, "floats changed in a round trip")
        checkSums(stream, patterns.map(Double.init(bitPattern:)))
    }
    checkTexts(stream, rows)
    var sum = ByteCursor(stream.span.bytes)
    if let sum = try? ExactSum(decoding: &sum) {
        var writer = ByteWriter()
        sum.encode(into: &writer)
        precondition(stream.starts(with: writer.bytes), "a sum has two forms")
    }
    return 0
}

/// Sums that a stream tells of itself must be those of its values.
private func checkSums(_ stream: [UInt8], _ values: [Double]) {
    let borders = [0, values.count / 3, values.count]
    let cursor = ByteCursor(stream.span.bytes)
    guard let sums = try? FloatStream.sums(cursor, rowCount: values.count, borders: borders) else { return }
    for (run, found) in sums.enumerated() {
        let finite = values[borders[run]..<borders[run + 1]].filter(\.isFinite)
        var sum = ExactSum()
        for value in finite { sum.add(value) }
        precondition(found.count == finite.count && found.sum == sum, "the sum of a run is not that of its values")
        precondition(found.minimum == finite.min() ?? .infinity, "the minimum of a run is not that of its values")
        precondition(found.maximum == finite.max() ?? -.infinity, "the maximum of a run is not that of its values")
    }
}

private func checkTexts(_ stream: [UInt8], _ rows: Int) {
    var strings = ByteCursor(stream.span.bytes)
    if let values = try? StringStream.decode(&strings, count: rows) {
        var writer = ByteWriter()
        StringStream.encode(values, into: &writer)
        var again = ByteCursor(writer.bytes.span.bytes)
        let decoded = try? StringStream.decode(&again, count: rows)
        precondition(decoded == values, "strings changed in a round trip")
    }
    var blobs = ByteCursor(stream.span.bytes)
    _ = try? BlobStream.decode(&blobs, count: rows)
    _ = IntegerStream.regular(ByteCursor(stream.span.bytes), count: rows)
}

private func integers(_ bytes: [UInt8], _ rows: Int) -> [Int64]? {
    var cursor = ByteCursor(bytes.span.bytes)
    var values = [Int64](repeating: 0, count: rows)
    var isDecoded = true
    values.withUnsafeMutableBufferPointer { output in
        do { try IntegerStream.decode(&cursor, into: output) } catch { isDecoded = false }
    }
    return isDecoded ? values : nil
}

private func floats(_ bytes: [UInt8], _ rows: Int) -> [UInt64]? {
    var cursor = ByteCursor(bytes.span.bytes)
    var values = [Double](repeating: 0, count: rows)
    var isDecoded = true
    values.withUnsafeMutableBufferPointer { output in
        do { try FloatStream.decode(&cursor, into: output) } catch { isDecoded = false }
    }
    return isDecoded ? values.map(\.bitPattern) : nil
}
