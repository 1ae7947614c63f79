package import VarveBytes

/// Names of everything in a store directory. Docs/Format/directory.md.
package struct StoreLayout: Sendable, Equatable {
    package let root: String

    package init(root: String) { self.root = root }

    package var lockFile: String { root + "/LOCK" }
    /// Room held back for flushes on a full disk.
    package var ballastFile: String { root + "/BALLAST" }
    /// How far the regular reading of all segments is.
    package var scrubFile: String { root + "/SCRUB" }
    package var walDirectory: String { root + "/wal" }
    package var segmentDirectory: String { root + "/seg" }
    package var manifestDirectory: String { root + "/manifest" }
    package var catalogueDirectory: String { root + "/catalog" }
    /// Files being written; emptied at every open.
    package var temporaryDirectory: String { root + "/tmp" }
    /// Files that no manifest names, kept for a day in case a manifest was lost.
    package var orphanDirectory: String { root + "/orphan" }

    package var directories: [String] {
        [walDirectory, segmentDirectory, manifestDirectory, catalogueDirectory, temporaryDirectory, orphanDirectory]
    }

    package func walFile(firstLSN: UInt64) -> String { walDirectory + "/" + Self.padded(firstLSN) + Self.walSuffix }
    package func segmentFile(_ identifier: UUID16) -> String {
        "\(segmentDirectory)/\(identifier)\(Self.segmentSuffix)"
    }
    package func catalogueFile(generation: UInt64) -> String {
        catalogueDirectory + "/" + Self.padded(generation) + Self.catalogueSuffix
    }

    package func checkpointFile(generation: UInt64) -> String {
        catalogueDirectory + "/" + Self.padded(generation) + Self.checkpointSuffix
    }

    package static let walSuffix = ".log"
    package static let segmentSuffix = ".seg"
    package static let catalogueSuffix = ".log"
    package static let checkpointSuffix = ".idx"

    /// The generation of a catalogue's checkpoint or log, or nil for any other name.
    static func catalogueGeneration(in name: String) -> UInt64? {
        number(in: name, suffix: catalogueSuffix) ?? number(in: name, suffix: checkpointSuffix)
    }

    /// The directory that holds `path`: "." for a bare name, "/" for the root.
    static func parent(of path: String) -> String {
        let bytes = Array(path.utf8)
        let trimmed = bytes.prefix((bytes.lastIndex { $0 != UInt8(ascii: "/") } ?? 0) + 1)
        guard let slash = trimmed.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == 0 ? "/" : String(decoding: trimmed[..<slash], as: UTF8.self)
    }

    /// The store directory that a file in one of its directories belongs to.
    package static func root(ofFile path: String) -> String {
        let directory = parent(of: path)
        return directory == "." ? ".." : parent(of: directory)
    }

    /// 20 digits, so that names sort as numbers (2⁶⁴ has 20 digits).
    package static func padded(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 20 - digits.count) + digits
    }

    /// The number in a name that `padded` made, or nil for any other name.
    package static func number(in name: String, suffix: String) -> UInt64? {
        guard name.utf8.count == 20 + suffix.utf8.count, name.hasSuffix(suffix),
            name.utf8.prefix(20).allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
        else { return nil }
        return UInt64(name.utf8.prefix(20).reduce(into: "") { $0.unicodeScalars.append(Unicode.Scalar($1)) })
    }
}
