import Foundation
import Testing
import VarveBytes
import VarveModel
import VarveStore

/// `Tests/Golden`: files that every later version must read. Tools/read-store --golden reads them, too.
///
/// `VARVE_RECORD=1` writes those of the newest versions anew and fails the run, so that it cannot stay switched on;
/// what `expected.json` says of them belongs to them. A version that has been released is never written anew.
enum GoldenFiles {
    static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Golden")

    static var isRecording: Bool { ProcessInfo.processInfo.environment["VARVE_RECORD"] == "1" }

    static func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: name))) }

    static func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    /// Paths of all files under a folder, relative to it.
    static func names(under name: String) throws -> [String] {
        let root = folder.appending(path: name)
        return try FileManager.default.subpathsOfDirectory(atPath: root.path)
            .filter { !root.appending(path: $0).hasDirectoryPath }
            .filter {
                var isDirectory: ObjCBool = false
                return FileManager.default.fileExists(atPath: root.appending(path: $0).path, isDirectory: &isDirectory)
                    && !isDirectory.boolValue
            }.sorted()
    }

    static func record(_ bytes: [UInt8], as name: String) throws {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
        Issue.record("\(name) was written anew; run again without VARVE_RECORD")
    }

    static func remove(_ name: String) throws {
        let file = folder.appending(path: name)
        if FileManager.default.fileExists(atPath: file.path) { try FileManager.default.removeItem(at: file) }
    }

    /// What `expected.json` says that a file holds.
    static func expected(_ name: String) throws -> [String: Any] {
        let all = try JSONSerialization.jsonObject(with: Data(try bytes("expected.json"))) as? [String: Any]
        let entry = all?[name] as? [String: Any]
        return try #require(entry?["holds"] as? [String: Any], "expected.json says nothing of \(name)")
    }

    /// The CRC-32C of lines of series, time and bits of the value, by series and time.
    static func digest(_ rows: [SeriesRows]) -> String {
        var text: [UInt8] = []
        for row in rows.sorted(by: { $0.series < $1.series }) {
            for (timestamp, value) in zip(row.timestamps, row.values) {
                text += "\(row.series.rawValue) \(timestamp) \(digits(value))\n".utf8
            }
        }
        return String(CRC32C.checksum(text), radix: 16)
    }

    /// The 64 bits of a number in 16 hexadecimal digits.
    static func digits(_ value: Double) -> String {
        let digits = String(value.bitPattern, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
