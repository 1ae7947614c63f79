import VarveBytes

/// Where a page ended, as callers hand it back. Its content is no secret and is checked as any input: hexadecimal, so
/// that nobody takes it for a name.
enum PageToken {
    static func text(of content: String) -> String { Hex.encode(Array(content.utf8)) }

    static func content(of text: String) throws(OperationError) -> String {
        guard let bytes = Hex.decode(text), let content = String(validating: bytes, as: UTF8.self) else {
            throw OperationError(code: "InvalidNextToken", message: "NextToken is not one that this server gave")
        }
        return content
    }
}
