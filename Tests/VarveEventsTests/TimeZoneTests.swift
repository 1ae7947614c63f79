import Glibc
import Testing
import VarveEvents

/// A zone file as bytes, written here so that tests do not hang on what a machine has installed.
struct ZoneFile {
    var version: UInt8 = UInt8(ascii: "3")
    var times: [Int64] = []
    var types: [UInt8] = []
    var offsets: [Int32] = [0]
    var footer = ""
    var leapCount: Int32 = 0

    private static func integer(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    private func block(_ times: [[UInt8]], _ types: [UInt8], leapSize: Int) -> [UInt8] {
        var bytes = Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
        for count in [0, 0, leapCount, Int32(times.count), Int32(offsets.count), 4] { bytes += Self.integer(count) }
        bytes += times.joined() + types
        for offset in offsets { bytes += Self.integer(offset) + [0, 0] }
        return bytes + Array("ABC\0".utf8) + [UInt8](repeating: 0, count: Int(leapCount) * leapSize)
    }

    var bytes: [UInt8] {
        let first = block(
            version == 0 ? times.map { Self.integer(Int32($0)) } : [], version == 0 ? types : [], leapSize: 8)
        if version == 0 { return first }
        return first + block(times.map { Self.integer($0) }, types, leapSize: 12) + Array("\n\(footer)\n".utf8)
    }

    /// A zone that has nothing but a rule.
    static func rule(_ footer: String) throws -> TimeZoneRules {
        try TimeZoneRules.decode(ZoneFile(footer: footer).bytes)
    }
}

@Suite struct TimeZoneTests {
    private func local(_ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int = 0) -> Int64 {
        instant(year, month, day, hour, minute) / second
    }

    @Test("central Europe: changes at 01:00 UTC on the last Sundays of March and October")
    func centralEurope() throws {
        let zone = try ZoneFile.rule("CET-1CEST,M3.5.0,M10.5.0/3")
        let spring = local(2026, 3, 29, 1)
        let autumn = local(2026, 10, 25, 1)
        #expect(zone.offset(at: spring - 1) == 3_600 && zone.offset(at: spring) == 7_200)
        #expect(zone.offset(at: autumn - 1) == 7_200 && zone.offset(at: autumn) == 3_600)
        #expect(zone.resolve(local: local(2026, 3, 29, 1, 59)) == .unique(instant: spring - 60))
        #expect(zone.resolve(local: local(2026, 3, 29, 2)) == .skipped(next: spring))
        #expect(zone.resolve(local: local(2026, 3, 29, 2, 30)) == .skipped(next: spring))
        #expect(zone.resolve(local: local(2026, 3, 29, 3)) == .unique(instant: spring))
        #expect(
            zone.resolve(local: local(2026, 10, 25, 2))
                == .repeated(first: autumn - 3_600, overlapEnd: local(2026, 10, 25, 3)))
        #expect(zone.resolve(local: local(2026, 10, 25, 3)) == .unique(instant: autumn + 3_600))
    }

    @Test("rules of the southern half, of negative summer time, of all-year summer time and of days by number")
    func otherRules() throws {
        let sydney = try ZoneFile.rule("AEST-10AEDT,M10.1.0,M4.1.0/3")
        #expect(sydney.offset(at: local(2026, 1, 1, 0)) == 39_600 && sydney.offset(at: local(2026, 7, 1, 0)) == 36_000)
        let dublin = try ZoneFile.rule("IST-1GMT0,M10.5.0,M3.5.0/1")
        #expect(dublin.offset(at: local(2026, 1, 1, 0)) == 0 && dublin.offset(at: local(2026, 7, 1, 0)) == 3_600)
        let always = try ZoneFile.rule("EST5EDT4,0/0,J365/25")
        for month in 1...12 { #expect(always.offset(at: local(2026, month, 1, 4)) == -14_400) }
        #expect(always.resolve(local: local(2027, 1, 1, 0)) == .unique(instant: local(2027, 1, 1, 4)))
        // J60 is March 1 in every year, 60 is February 29 in leap years … and the day after February 28 + 1 in others.
        let numbered = try ZoneFile.rule("<-03>3<-02>,J60/0,J300/0")
        #expect(
            numbered.offset(at: local(2028, 3, 1, 2, 59)) == -10_800
                && numbered.offset(at: local(2028, 3, 1, 3)) == -7_200)
        #expect(
            numbered.offset(at: local(2026, 3, 1, 2, 59)) == -10_800
                && numbered.offset(at: local(2026, 3, 1, 3)) == -7_200)
        let counted = try ZoneFile.rule("<-03>3<-02>,59/0,300/0")
        #expect(
            counted.offset(at: local(2028, 2, 29, 3)) == -7_200 && counted.offset(at: local(2028, 2, 29, 2)) == -10_800)
        #expect(
            counted.offset(at: local(2026, 3, 1, 3)) == -7_200 && counted.offset(at: local(2026, 3, 1, 2)) == -10_800)
        // Greenland changes on the evening before: a negative hour.
        let nuuk = try ZoneFile.rule("<-02>2<-01>,M3.5.0/-1,M10.5.0/0")
        #expect(
            nuuk.offset(at: local(2026, 3, 29, 0, 59)) == -7_200 && nuuk.offset(at: local(2026, 3, 29, 1)) == -3_600)
    }

    @Test("transitions of the file come first, the rule after the last of them; a day can be skipped")
    func transitions() throws {
        let skip = local(2011, 12, 30, 10)
        var file = ZoneFile(times: [0, skip], types: [0, 1], offsets: [-36_000, 50_400], footer: "<+14>-14")
        let zone = try TimeZoneRules.decode(file.bytes)
        #expect(
            zone.offset(at: -1) == -36_000 && zone.offset(at: skip - 1) == -36_000 && zone.offset(at: skip) == 50_400)
        #expect(zone.resolve(local: local(2011, 12, 30, 12)) == .skipped(next: skip))
        #expect(zone.resolve(local: local(2011, 12, 31, 0)) == .unique(instant: skip))
        file.version = 0
        #expect(try TimeZoneRules.decode(file.bytes).offset(at: skip) == 50_400)
    }

    @Test("damaged files are refused with a reason")
    func damage() {
        let whole = ZoneFile(times: [5, 9], types: [0, 0], footer: "UTC0")
        func reason(_ change: (inout ZoneFile) -> Void) -> String {
            var file = whole
            change(&file)
            do {
                _ = try TimeZoneRules.decode(file.bytes)
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(reason { _ in } == "")
        #expect(reason { $0.times = [9, 9] }.contains("not later"))
        #expect(reason { $0.types = [0, 1] }.contains("type 1 of 1"))
        #expect(reason { $0.offsets = [93_600] }.contains("26 hours"))
        #expect(reason { $0.offsets = [.min] }.contains("26 hours"))
        #expect(reason { $0.offsets = [] }.contains("types of local time"))
        #expect(reason { $0.leapCount = 1 }.contains("leap seconds"))
        for footer in [
            "X1", "ABC", "ABC1,", "ABC1DEF,M13.1.0,M1.1.0", "ABC1DEF,M1.1.0", "ABC25", "ABC1DEF,J0,J5",
            "ABC1DEF,M1.6.0,M2.1.0", "<AB1", "ABC1 ",
        ] {
            #expect(reason { $0.footer = footer }.contains("footer is no rule"), "\(footer)")
        }
        for count in 0..<whole.bytes.count {
            #expect(throws: TimeZoneError.self) { try TimeZoneRules.decode(Array(whole.bytes.prefix(count))) }
        }
    }

    @Test("random and mutated files never trap", arguments: UInt64(0)..<30)
    func fuzz(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let whole = ZoneFile(
            times: [-9_000_000_000, 0, 2_000_000_000], types: [1, 0, 1], offsets: [3_600, -7_200],
            footer: "CET-1CEST,M3.5.0,M10.5.0/3"
        ).bytes
        for _ in 0..<60 {
            guard let zone = try? TimeZoneRules.decode(random.mutated(whole)) else { continue }
            for _ in 0..<5 {
                let time = Int64.random(in: .min ... .max, using: &random) >> Int64(random.below(40))
                _ = zone.offset(at: time)
                _ = zone.resolve(local: time)
            }
        }
    }

    /// Hashes of what Python's zoneinfo says: of offsets at 600 random instants, and of first instants of four local
    /// times around each of the first 160 changes. Years before 2020 or rules that have stood since.
    private static let zoneRows: [(String, Int, Int, Int, UInt64, UInt64)] = [
        ("UTC", 1970, 2200, 0, 0xd054_9f14_9dd6_3a25, 0xcbf2_9ce4_8422_2325),
        ("Europe/Berlin", 1970, 2200, 160, 0xd5ab_2f50_fb97_9025, 0x35fa_82c2_7f6d_268a),
        ("America/New_York", 1970, 2200, 160, 0xcc22_861a_885b_e9d9, 0x9ea2_456c_a8eb_b320),
        ("Australia/Lord_Howe", 1970, 2190, 160, 0xe3bf_b466_29dd_f744, 0x1155_40a2_7266_0003),
        ("Australia/Sydney", 1970, 2190, 160, 0x2d93_3e9a_4af6_7243, 0xca9e_6f83_4d04_f3f7),
        ("Asia/Kolkata", 1970, 2190, 0, 0x0552_4aba_bd55_9fe5, 0xcbf2_9ce4_8422_2325),
        ("America/St_Johns", 1970, 2022, 104, 0xe4a0_7f3c_bf46_996b, 0x046e_6630_e322_8b25),
        ("Pacific/Apia", 1970, 2020, 20, 0x6c10_6db9_0060_3904, 0x6442_0a4a_e3d2_29fd),
        ("Africa/Casablanca", 1970, 2018, 42, 0xfbe7_f857_fc80_b9e5, 0x71e3_93e8_5396_ad6b),
        ("Europe/Dublin", 1970, 2190, 160, 0x9982_4446_e387_3abb, 0x76cd_18ba_8c3e_ff8c),
        ("America/Havana", 1970, 2020, 96, 0x2579_9763_013f_52a9, 0xca48_cd7a_7bc8_6320),
        ("Asia/Tehran", 1970, 2020, 63, 0x08d8_b81f_094b_19a0, 0x18a4_0f45_9b02_eefb),
    ]

    @Test("zones of the system are what another implementation makes of them", arguments: zoneRows)
    func system(name: String, from: Int, to: Int, changeCount: Int, offsetHash: UInt64, localHash: UInt64) throws {
        // Machines without the database have nothing to compare.
        guard let bytes = Self.file("/usr/share/zoneinfo/" + name) else { return }
        let zone = try TimeZoneRules.decode(bytes)
        var random = SeededGenerator(seed: 7)
        let start = local(from, 1, 1, 0)
        let end = local(to, 1, 1, 0)
        var offsets: UInt64 = 0xcbf2_9ce4_8422_2325
        for _ in 0..<600 {
            Self.mix(&offsets, zone.offset(at: start + Int64(random.next() % UInt64(end - start))))
        }
        #expect(offsets == offsetHash)
        var locals: UInt64 = 0xcbf2_9ce4_8422_2325
        let changes = Self.changes(of: zone, start, end).prefix(160)
        #expect(changes.count == changeCount)
        for change in changes {
            for _ in 0..<4 {
                let span = UInt64(10_800 + abs(change.after - change.before))
                let time = change.at + min(change.before, change.after) - 5_400 + Int64(random.next() % span) / 60 * 60
                Self.mix(&locals, zone.resolve(local: time).instant)
            }
        }
        #expect(locals == localHash)
    }

    private static func changes(
        of zone: TimeZoneRules, _ start: Int64, _ end: Int64
    ) -> [(at: Int64, before: Int64, after: Int64)] {
        var result: [(at: Int64, before: Int64, after: Int64)] = []
        let step: Int64 = 4 * 86_400
        for time in stride(from: start, to: end, by: Int(step)) {
            let before = zone.offset(at: time)
            let after = zone.offset(at: time + step)
            guard before != after else { continue }
            var (low, high) = (time, time + step)
            while high - low > 1 {
                let middle = (low + high) / 2
                if zone.offset(at: middle) == before { low = middle } else { high = middle }
            }
            result.append((high, before, after))
        }
        return result
    }

    private static func mix(_ hash: inout UInt64, _ value: Int64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            hash = (hash ^ (UInt64(bitPattern: value) >> shift & 0xff)) &* 0x100_0000_01b3
        }
    }

    private static func file(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }
}
