package import VarveJSON
package import VarveStore

/// What `POST /snapshot` answers. Page: Docs/Operations/server.md, "Snapshots".
package struct SnapshotAnswer: Equatable, Sendable {
    package var name: String
    /// As the server names it.
    package var path: String
    package var report: SnapshotReport
    package var seconds: Double

    package init(name: String, path: String, report: SnapshotReport, seconds: Double) {
        self.name = name
        self.path = path
        self.report = report
        self.seconds = seconds
    }

    /// One JSON object.
    package var encoded: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, text) in [("name", name), ("path", path)] {
            writer.key(name)
            writer.string(text)
        }
        let counts = [
            ("files", report.fileCount), ("segments", report.segmentCount), ("linkedBytes", report.linkedBytes),
            ("copiedBytes", report.copiedBytes),
        ]
        for (name, count) in counts {
            writer.key(name)
            writer.integer(count)
        }
        writer.key("seconds")
        writer.number(seconds)
        writer.key("lsn")
        writer.integer(report.lsn)
        writer.key("notices")
        writer.beginArray()
        for notice in report.notices { writer.string(notice) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// Reads what ``encoded`` wrote.
    package init(json: JSONValue) throws(ExchangeError) {
        guard let name = json["name"]?.string else { throw ExchangeError(member: "name") }
        guard let path = json["path"]?.string else { throw ExchangeError(member: "path") }
        var report = SnapshotReport(lsn: UInt64(clamping: json["lsn"]?.integer ?? 0))
        let counts: [(String, WritableKeyPath<SnapshotReport, Int>)] = [
            ("files", \.fileCount), ("segments", \.segmentCount), ("linkedBytes", \.linkedBytes),
            ("copiedBytes", \.copiedBytes),
        ]
        for (name, member) in counts {
            guard let count = json[name]?.integer else { throw ExchangeError(member: name) }
            report[keyPath: member] = Int(clamping: count)
        }
        report.notices = (json["notices"]?.array ?? []).compactMap(\.string)
        self.init(name: name, path: path, report: report, seconds: json["seconds"]?.double ?? 0)
    }
}
