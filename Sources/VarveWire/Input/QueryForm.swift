/// The fields of a form body or a query string.
enum QueryForm {
    static let mediaType = "application/x-www-form-urlencoded"

    /// One name and value, decoded.
    struct Field: Sendable, Equatable {
        var name: String
        var value: String
    }

    /// Decoded fields of a query string; those that cannot be decoded are left out: whoever needs them refuses the
    /// request.
    static func fields(of query: String) -> [Field] {
        query.utf8.split(separator: UInt8(ascii: "&")).compactMap { text in
            let equals = text.firstIndex(of: UInt8(ascii: "=")) ?? text.endIndex
            guard let name = FormText.decode(text[..<equals], plusIsSpace: true),
                let value = FormText.decode(text[equals...].dropFirst(), plusIsSpace: true)
            else { return nil }
            return Field(name: name, value: value)
        }
    }

    /// The two fields that say which operation of which service is meant. Body before query string. O(bytes), decodes
    /// two values.
    static func actionAndVersion(of request: WireRequest) -> (action: String?, version: String?) {
        let isForm = request.method == "POST"
        let query = Array(request.query.utf8)
        func field(_ name: String) -> String? {
            (isForm ? rawValue(of: name, in: request.body) : nil) ?? rawValue(of: name, in: query)
        }
        return (field("Action"), field("Version"))
    }

    private static func rawValue(of name: String, in form: [UInt8]) -> String? {
        let prefix = Array("\(name)=".utf8)
        var start = 0
        while start < form.count {
            let end = form[start...].firstIndex(of: UInt8(ascii: "&")) ?? form.count
            if form[start..<end].starts(with: prefix) {
                return FormText.decode(form[(start + prefix.count)..<end], plusIsSpace: true)
            }
            start = end + 1
        }
        return nil
    }
}
