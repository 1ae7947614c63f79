import HTTPTypes
import VarveQuery

/// What the head of an answer says about it, for clients that do not look into the body, and for CSV, which has no
/// place for it. Page: Docs/Operations/server.md, "Partial answers".
enum AnswerHeaders {
    /// `true` when rows are missing from the answer; absent otherwise.
    static let partial = HTTPField.Name(known: "Varve-Partial")
    /// One for each notice.
    static let notice = HTTPField.Name(known: "Varve-Notice")

    /// Notices are sentences; clients give a whole head 8 KiB or more.
    private static let noticeBytesMax = 500
    private static let noticesMax = 8

    static func fields(of result: QueryResult, areNoticesInBody: Bool) -> HTTPFields {
        var fields = HTTPFields()
        if result.isPartial { fields[partial] = "true" }
        if areNoticesInBody { return fields }
        for notice in result.notices.prefix(noticesMax) {
            fields.append(HTTPField(name: Self.notice, value: printable(notice)))
        }
        return fields
    }

    /// Names in notices come from anywhere, and a head takes printable ASCII only.
    private static func printable(_ text: String) -> String {
        let bytes = text.utf8.prefix(noticeBytesMax).map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }
        return String(decoding: bytes, as: UTF8.self)
    }
}
