import VarveQuery

/// libFuzzer's entry: reads arbitrary text as a statement. What is accepted must be the same statement again when it is
/// written out; an error must say where it is. The same text is read as a search. Any trap, address error or broken
/// demand is a finding.
@c(LLVMFuzzerTestOneInput)
public func fuzzQuery(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    checkSearch(text)
    guard let statement = try? QueryEngine.parse(text) else { return 0 }
    guard let again = try? QueryEngine.parse(statement.description) else {
        preconditionFailure("a statement that was written out is refused")
    }
    precondition(again == statement, "a statement that was written out is another one")
    return 0
}

private func checkSearch(_ text: String) {
    guard let search = try? SearchSyntax(text) else { return }
    // Written out, backslashes may make a text too long.
    if search.description.unicodeScalars.count > MathLimits.searchCharactersMax { return }
    guard let again = try? SearchSyntax(search.description) else {
        preconditionFailure("a search that was written out is refused")
    }
    precondition(again == search, "a search that was written out is another one")
}
