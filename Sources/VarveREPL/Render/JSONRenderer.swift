import VarveExchange
import VarveJSON
package import VarveQuery

/// Answers as one JSON object in one line, in the shape of the server's `/query`: Docs/CommandLine.md, "JSON".
///
/// Numbers keep every bit. NaN and the infinities, which JSON does not have, are null.
package enum JSONRenderer {
    /// O(cells).
    package static func render(_ result: QueryResult) -> String {
        var writer = JSONWriter()
        result.write(to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }
}
