import Foundation
import Testing
import VarveIO
import VarveTestKit

/// The two implementations that the contract tests run on.
enum DiskKind: String, CaseIterable, CustomTestStringConvertible {
    case linux, simulated

    var testDescription: String { rawValue }

    /// Runs `body` on an empty directory of its own, removed afterwards.
    func withDirectory(_ body: (any FileSystem, String) throws -> Void) throws {
        switch self {
        case .simulated:
            let disk = SimulatedFileSystem()
            try disk.createDirectory("/data")
            try body(disk, "/data")
        case .linux:
            let directory = FileManager.default.temporaryDirectory.appending(path: "varve-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: directory) }
            try body(LinuxFileSystem(), directory.path)
        }
    }
}

extension FileSystem {
    /// Makes a file with some content, unsynced.
    @discardableResult
    func put(_ text: String, at path: String) throws -> any File {
        let file = try open(path, .createOrOpen)
        try file.write(Array(text.utf8), at: 0)
        return file
    }

    /// The whole content of a file.
    func text(_ path: String) throws -> String {
        let file = try open(path, .read)
        return String(decoding: try file.read(at: 0, count: try file.byteCount()), as: UTF8.self)
    }
}
