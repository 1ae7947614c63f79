package import VarveIO

/// `rejects.log`: refused lines as JSON, one per line, in two files of bounded size. When the current file is full it
/// becomes `rejects.log.1` and replaces the one before.
///
/// Not synced: it is a help for people, and losing its end in a power cut is better than a sync per refused line. Owned
/// by the recorder's thread.
package struct RejectFile: ~Copyable {
    private let fileSystem: any FileSystem
    private let path: String
    private let byteCountMax: Int
    private var file: (any File)?
    private var byteCount = 0

    /// Opens lazily; creates nothing until the first refusal.
    package init(directory: String, byteCountMax: Int, fileSystem: any FileSystem) {
        self.fileSystem = fileSystem
        self.path = directory + "/" + Self.name
        self.byteCountMax = byteCountMax
    }

    package static let name = "rejects.log"
    /// Lines are written in pieces of about this size: few system calls, and the file's limit is kept closely.
    package var pieceBytes: Int { min(64 << 10, byteCountMax / 4) }

    /// Appends `bytes`, whole lines. An entry larger than the file's limit still goes in whole.
    package mutating func append(_ bytes: [UInt8]) throws(DiskError) {
        if byteCount > 0, byteCount + bytes.count > byteCountMax { try rotate() }
        let target = try opened()
        if byteCount > 0, byteCount + bytes.count > byteCountMax {
            try rotate()
            return try append(bytes)
        }
        try target.write(bytes, at: byteCount)
        byteCount += bytes.count
    }

    private mutating func opened() throws(DiskError) -> any File {
        if let file { return file }
        let opened = try fileSystem.open(path, .createOrOpen)
        byteCount = try opened.byteCount()
        file = opened
        return opened
    }

    private mutating func rotate() throws(DiskError) {
        try file?.close()
        file = nil
        byteCount = 0
        try fileSystem.rename(path, to: path + ".1")
    }
}
