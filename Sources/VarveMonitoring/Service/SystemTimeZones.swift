import VarveEvents
import VarveIO

/// Time zones of this machine's zoneinfo directory. Any thread; waits for the disk.
struct SystemTimeZones: Sendable {
    let fileSystem: any FileSystem

    private static let directory = "/usr/share/zoneinfo"
    /// The largest zone has 3.5 KB.
    private static let byteCountMax = 64 << 10

    /// - Returns: nil for names that are none, and for zones that this machine does not have or cannot read.
    func rules(of name: String) -> TimeZoneRules? {
        if name == "UTC" { return .utc }
        // Nothing outside of the directory.
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"),
                UInt8(ascii: "+"):
                true
            default: false
            }
        }
        guard isName, !name.hasPrefix("/"), let file = try? fileSystem.open("\(Self.directory)/\(name)", .read),
            let count = try? file.byteCount(), count <= Self.byteCountMax
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        guard (try? bytes.withUnsafeMutableBytes { try file.read(at: 0, into: $0) }) == count else { return nil }
        return try? TimeZoneRules.decode(bytes)
    }
}
