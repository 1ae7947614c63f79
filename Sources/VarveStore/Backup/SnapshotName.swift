import VarveIO

/// The name of a copy below a directory of snapshots. It may come from the network, so it is nothing but a name: no
/// path, no hidden file, nothing that a shell reads in another way.
package struct SnapshotName: Sendable, Equatable, CustomStringConvertible {
    package let text: String

    /// Longest name in bytes: file systems take 255, and an unfinished copy has eleven more.
    package static let byteCountMax = 100

    /// nil for anything but 1 to 100 letters, digits, `.`, `_` and `-` of ASCII that begin with a letter or a digit,
    /// and for the names of unfinished copies.
    package init?(_ text: String) {
        guard let first = text.utf8.first, Self.isLetterOrDigit(first), text.utf8.count <= Self.byteCountMax,
            text.utf8.allSatisfy({ Self.isLetterOrDigit($0) || ".-_".utf8.contains($0) }),
            !text.hasSuffix(UnfinishedSnapshot.suffix)
        else { return nil }
        self.text = text
    }

    package var description: String { text }

    /// Names in a directory of snapshots: hourly ones for six weeks. Each holds on to disk space, and whoever may ask
    /// for one must not fill the disk with them.
    package static let countMax = 1_000

    /// What a name must be, for whoever gave another one.
    package static let rule =
        "a name has 1 to \(byteCountMax) letters, digits, '.', '_' and '-', begins with a letter or digit and does not "
        + "end with \(UnfinishedSnapshot.suffix)"

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

extension Store {
    /// Makes a consistent copy named `name` in a directory of snapshots, which is created when it is missing; otherwise
    /// as ``writeSnapshot(to:)``.
    package func writeSnapshot(named name: SnapshotName, in directory: String) throws(StoreError) -> SnapshotReport {
        try onDisk { () throws(DiskError) in
            try StoreEngine.createDurably(directory, fileSystem: environment.fileSystem)
        }
        let names = try onDisk { () throws(DiskError) in try environment.fileSystem.list(directory) }
        guard names.count < SnapshotName.countMax || names.contains(name.text) else {
            throw .tooManySnapshots(directory: directory, limit: SnapshotName.countMax)
        }
        return try writeSnapshot(to: "\(directory)/\(name)")
    }
}
