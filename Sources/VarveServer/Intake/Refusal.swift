import VarveJSON
package import VarveLine

/// One refused line with everything an operator needs to find its sender.
package struct Refusal: Sendable {
    /// Nanoseconds since 1970.
    package var timeNs: Int64
    /// Address and port of the sender.
    package var peer: String
    package var line: LineRefusal

    package init(timeNs: Int64, peer: String, line: LineRefusal) {
        self.timeNs = timeNs
        self.peer = peer
        self.line = line
    }

    /// One line of `rejects.log`, with its line end. Page: Docs/Operations/server.md, "rejects.log".
    package var encoded: [UInt8] {
        var writer = JSONWriter(capacity: 256 + line.excerpt.count)
        writer.beginObject()
        writer.key("timeNs")
        writer.integer(timeNs)
        writer.key("peer")
        writer.string(peer)
        writer.key("line")
        writer.integer(line.lineNumber)
        writer.key("column")
        writer.integer(line.column)
        writer.key("reason")
        writer.string(line.reason.description)
        writer.key("excerpt")
        // Bytes that are not UTF-8 become U+FFFD: the file stays JSON whatever is sent.
        writer.string(String(decoding: line.excerpt, as: UTF8.self))
        if line.isExcerptCut {
            writer.key("isCut")
            writer.bool(true)
        }
        writer.endObject()
        return writer.bytes + [0x0a]
    }
}
