import VarveLine
import VarveModel

/// libFuzzer's entry: reads arbitrary bytes as line protocol, whole and cut in two, and demands the same of both.
///
/// What is accepted must survive formatting and parsing again. Any trap, address error or broken demand is a finding.
@c(LLVMFuzzerTestOneInput)
public func fuzzLine(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
    let whole = Outcome(of: input, cutAt: input.count)
    // The cut is part of the input, so that the fuzzer can look for bad ones.
    let cut = input.isEmpty ? 0 : (Int(input[0]) << 3 ^ Int(input[input.count / 2])) % (input.count + 1)
    precondition(whole == Outcome(of: input, cutAt: cut), "the rows depend on how the stream is cut")
    precondition(whole.batch.values.allSatisfy(\.isFinite), "a value is not finite")
    checkFormatting(of: whole.batch)
    return 0
}

/// What one input came to.
private struct Outcome: Equatable {
    var batch = RowBatch()
    var refusals: [LineRefusal] = []
    var lineCount = 0

    init(of input: [UInt8], cutAt cut: Int) {
        var parser = LineParser()
        parser.options.refusalsMax = .max
        let time: Int64 = 1_700_000_000_000_000_000
        let first = parser.parse(
            input.span.bytes.extracting(0..<cut), receivedAtNs: time, isFinal: false, into: &batch, refusals: &refusals
        )
        precondition(first.consumedByteCount <= cut, "more consumed than given")
        if first.stop != .inputUsed { return }
        let rest = input.span.bytes.extracting(first.consumedByteCount..<input.count)
        let last = parser.parse(rest, receivedAtNs: time, isFinal: true, into: &batch, refusals: &refusals)
        precondition(last.stop != .inputUsed || last.consumedByteCount == rest.byteCount, "a final call left bytes")
        lineCount = parser.lineCount
    }

    static func == (left: Outcome, right: Outcome) -> Bool {
        left.refusals == right.refusals && left.lineCount == right.lineCount
            && left.batch.timestamps == right.batch.timestamps && left.batch.rowShapes == right.batch.rowShapes
            && left.batch.values.map(\.bitPattern) == right.batch.values.map(\.bitPattern)
            && left.batch.shapes.map(\.source) == right.batch.shapes.map(\.source)
            && left.batch.shapes.map(\.fields) == right.batch.shapes.map(\.fields)
    }
}

private func checkFormatting(of batch: RowBatch) {
    var formatter = LineFormatter()
    // Some names can be read but not written, such as one that ends in a backslash.
    guard (try? formatter.append(batch)) != nil else { return }
    let again = Outcome(of: formatter.text, cutAt: 0)
    precondition(again.refusals.isEmpty, "a formatted line was refused")
    precondition(again.batch.timestamps == batch.timestamps, "formatting changed a timestamp")
    precondition(again.batch.values.map(\.bitPattern) == batch.values.map(\.bitPattern), "formatting changed a value")
}
