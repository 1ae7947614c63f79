import Glibc
import Testing
import VarveIO
import VarveTestKit

/// What ``FileSystem`` and ``File`` promise, on the real disk and on the simulated one.
@Suite struct FileSystemContractTests {
    @Test("bytes come back from where they were written", arguments: DiskKind.allCases)
    func readsBack(kind: DiskKind) throws {
        try kind.withDirectory { disk, home in
            let file = try disk.open("\(home)/a", .createNew)
            try file.write([1, 2, 3], at: 0)
            try file.write([9], at: 10_000)
            try file.sync()
            #expect(try file.byteCount() == 10_001)
            #expect(try file.read(at: 0, count: 4) == [1, 2, 3, 0])
            #expect(try file.read(at: 9_999, count: 2) == [0, 9])
        }
    }

    @Test("a read beyond the end says how much there was", arguments: DiskKind.allCases)
    func shortRead(kind: DiskKind) throws {
        try kind.withDirectory { disk, home in
            let file = try disk.put("hello", at: "\(home)/a")
            #expect(throws: DiskError.shortRead(path: "\(home)/a", offset: 3, wanted: 4, read: 2)) {
                try file.read(at: 3, count: 4)
            }
            #expect(try file.read(at: 100, count: 0) == [])
        }
    }

    @Test("open modes decide about missing and present files", arguments: DiskKind.allCases)
    func openModes(kind: DiskKind) throws {
        try kind.withDirectory { disk, home in
            let path = "\(home)/a"
            #expect(throws: DiskError.notFound(path: path)) { try disk.open(path, .read) }
            #expect(throws: DiskError.notFound(path: path)) { try disk.open(path, .readWrite) }
            try disk.open(path, .createOrOpen).write([7], at: 0)
            #expect(throws: DiskError.exists(path: path)) { try disk.open(path, .createNew) }
            #expect(try disk.open(path, .createOrOpen).byteCount() == 1)
            #expect(throws: DiskError.system(operation: "write", path: path, errno: EBADF)) {
                try disk.open(path, .read).write([1], at: 0)
            }
        }
    }

    @Test("preallocation extends with zeros and never cuts", arguments: DiskKind.allCases)
    func preallocates(kind: DiskKind) throws {
        try kind.withDirectory { disk, home in
            let file = try disk.put("head", at: "\(home)/a")
            try file.preallocate(2_500_000)
            #expect(try file.byteCount() == 2_500_000)
            #expect(try file.read(at: 0, count: 6) == Array("head".utf8) + [0, 0])
            #expect(try file.read(at: 2_499_990, count: 10) == [UInt8](repeating: 0, count: 10))
            try file.preallocate(10)
            #expect(try file.byteCount() == 2_500_000)
        }
    }

    @Test("what truncation cut off is zero when the file grows again", arguments: DiskKind.allCases)
    func truncates(kind: DiskKind) throws {
        try kind.withDirectory { disk, home in
            let file = try disk.put("abcdef", at: "\(home)/a")
            try file.truncate(2)
            try file.truncate(4)
            #expect(try file.read(at: 0, count: 4) == [0x61, 0x62, 0, 0])
        }
    }

    @Test("renaming replaces the target", arguments: DiskKind.allCases)
    func renames(kind: DiskKind) throws {
        try kind.withDirectory { disk, home in
            try disk.put("new", at: "\(home)/a")
            try disk.put("old", at: "\(home)/b")
            try disk.rename("\(home)/a", to: "\(home)/b")
            #expect(try disk.list(home) == ["b"])
            #expect(try disk.text("\(home)/b") == "new")
            #expect(throws: DiskError.notFound(path: "\(home)/a")) { try disk.rename("\(home)/a", to: "\(home)/c") }
        }
    }

    @Test("linking installs a name at most once", arguments: DiskKind.allCases)
    func links(kind: DiskKind) throws {
        try kind.withDirectory { disk, home in
            try disk.put("x", at: "\(home)/a")
            try disk.link("\(home)/a", to: "\(home)/b")
            #expect(throws: DiskError.exists(path: "\(home)/b")) { try disk.link("\(home)/a", to: "\(home)/b") }
            try disk.remove("\(home)/a")
            #expect(try disk.text("\(home)/b") == "x")
            #expect(throws: DiskError.notFound(path: "\(home)/a")) { try disk.link("\(home)/a", to: "\(home)/c") }
        }
    }

    @Test("a removed file stays readable through its handle", arguments: DiskKind.allCases)
    func removes(kind: DiskKind) throws {
        try kind.withDirectory { disk, home in
            let file = try disk.put("still here", at: "\(home)/a")
            try disk.remove("\(home)/a")
            #expect(try disk.exists("\(home)/a") == false)
            #expect(try file.read(at: 0, count: 5) == Array("still".utf8))
            #expect(throws: DiskError.notFound(path: "\(home)/a")) { try disk.remove("\(home)/a") }
        }
    }

    @Test("directories are made with their parents, and removed when empty", arguments: DiskKind.allCases)
    func directories(kind: DiskKind) throws {
        try kind.withDirectory { disk, home in
            try disk.createDirectory("\(home)/x//y/z/")
            try disk.createDirectory("\(home)/x/y")
            try disk.syncDirectory("\(home)/x/y")
            #expect(try disk.list("\(home)/x/y") == ["z"])
            try disk.put("", at: "\(home)/file")
            #expect(throws: DiskError.exists(path: "\(home)/file")) { try disk.createDirectory("\(home)/file") }
            #expect(throws: DiskError.system(operation: "rmdir", path: "\(home)/x", errno: ENOTEMPTY)) {
                try disk.remove("\(home)/x")
            }
            try disk.remove("\(home)/x/y/z")
            #expect(throws: DiskError.notFound(path: "\(home)/x/y/z")) { try disk.list("\(home)/x/y/z") }
            #expect(throws: DiskError.notFound(path: "\(home)/none")) { try disk.syncDirectory("\(home)/none") }
        }
    }

    @Test("names are listed in the order of their bytes", arguments: DiskKind.allCases)
    func listsInOrder(kind: DiskKind) throws {
        try kind.withDirectory { disk, home in
            let names = ["b", "a", "Z", "é", "10", "9", "日"]
            for name in names { try disk.put("", at: "\(home)/\(name)") }
            #expect(try disk.list(home) == ["10", "9", "Z", "a", "b", "é", "日"])
        }
    }

    @Test("existence of a name below a file is no error", arguments: DiskKind.allCases)
    func exists(kind: DiskKind) throws {
        try kind.withDirectory { disk, home in
            try disk.put("", at: "\(home)/a")
            #expect(try disk.exists("\(home)/a"))
            #expect(try disk.exists(home))
            #expect(try !disk.exists("\(home)/a/b"))
            #expect(try !disk.exists("\(home)/none/b"))
        }
    }

    @Test("a lock holds against every other handle until it is closed", arguments: DiskKind.allCases)
    func locks(kind: DiskKind) throws {
        try kind.withDirectory { disk, home in
            let first = try disk.open("\(home)/lock", .createOrOpen)
            let second = try disk.open("\(home)/lock", .createOrOpen)
            try first.lockExclusively()
            try first.lockExclusively()
            #expect(throws: DiskError.locked(path: "\(home)/lock")) { try second.lockExclusively() }
            try first.close()
            try second.lockExclusively()
        }
    }

    @Test("a lock ends with the last reference to its file", arguments: DiskKind.allCases)
    func lockEndsWithReference(kind: DiskKind) throws {
        try kind.withDirectory { disk, home in
            try disk.open("\(home)/lock", .createOrOpen).lockExclusively()
            try disk.open("\(home)/lock", .createOrOpen).lockExclusively()
        }
    }

    @Test("a closed file refuses everything but closing again", arguments: DiskKind.allCases)
    func closes(kind: DiskKind) throws {
        try kind.withDirectory { disk, home in
            let file = try disk.put("x", at: "\(home)/a")
            try file.close()
            try file.close()
            let closed = DiskError.closed(path: "\(home)/a")
            #expect(throws: closed) { try file.read(at: 0, count: 1) }
            #expect(throws: closed) { try file.write([1], at: 0) }
            #expect(throws: closed) { try file.sync() }
            #expect(throws: closed) { try file.byteCount() }
            #expect(throws: closed) { try file.preallocate(1) }
            #expect(throws: closed) { try file.truncate(0) }
            #expect(throws: closed) { try file.lockExclusively() }
        }
    }

    @Test("space is reported for places that exist", arguments: DiskKind.allCases)
    func space(kind: DiskKind) throws {
        try kind.withDirectory { disk, home in
            let space = try disk.space(at: home)
            #expect(space.totalBytes > 0)
            #expect(space.availableBytes <= space.totalBytes)
            #expect(throws: DiskError.notFound(path: "\(home)/none")) { try disk.space(at: "\(home)/none") }
        }
    }

    @Test("negative offsets and lengths are refused", arguments: DiskKind.allCases)
    func negativeOffsets(kind: DiskKind) throws {
        try kind.withDirectory { disk, home in
            let file = try disk.put("x", at: "\(home)/a")
            #expect(throws: DiskError.system(operation: "read", path: "\(home)/a", errno: EINVAL)) {
                try file.read(at: -1, count: 1)
            }
            #expect(throws: DiskError.system(operation: "ftruncate", path: "\(home)/a", errno: EINVAL)) {
                try file.truncate(-1)
            }
        }
    }

    /// The model: an array of bytes. Random writes, truncations, growth and reads must agree with it.
    @Test(
        "random operations agree with an array of bytes",
        arguments: DiskKind.allCases, [1, 2, 3, 4] as [UInt64])
    func agreesWithModel(kind: DiskKind, seed: UInt64) throws {
        try kind.withDirectory { disk, home in
            var random = SplitMix64(seed: seed)
            let file = try disk.open("\(home)/a", .createNew)
            var model: [UInt8] = []
            for step in 0..<200 {
                let offset = Int.random(in: 0..<20_000, using: &random)
                let count = Int.random(in: 1..<9_000, using: &random)
                switch Int.random(in: 0..<8, using: &random) {
                case 0: (model, _) = (resized(model, to: offset), try file.truncate(offset))
                case 1: (model, _) = (resized(model, to: max(model.count, offset)), try file.preallocate(offset))
                default:
                    model = resized(model, to: max(model.count, offset + count))
                    let bytes = [UInt8](repeating: UInt8(step), count: count)
                    model.replaceSubrange(offset..<(offset + count), with: bytes)
                    try file.write(bytes, at: offset)
                }
                #expect(try file.read(at: 0, count: try file.byteCount()) == model, "step \(step), seed \(seed)")
            }
        }
    }

    private func resized(_ bytes: [UInt8], to count: Int) -> [UInt8] {
        Array(bytes.prefix(count)) + [UInt8](repeating: 0, count: max(0, count - bytes.count))
    }
}
