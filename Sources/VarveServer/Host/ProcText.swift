/// Readers of the text files under `/proc`. Pure; lines that do not look as expected are skipped, so that a kernel with more
/// columns or other devices still gives what it has. Formats: `man 5 proc`.
package enum ProcText {
    /// Clock ticks of one processor since boot, in the order of `/proc/stat`.
    package struct CPUTicks: Equatable, Sendable {
        /// `cpu0` …, or `cpu-total` for the sum of all.
        package var cpu: String
        /// user, nice, system, idle, iowait, irq, softirq, steal.
        package var ticks: [UInt64]
    }

    /// The `cpu` lines of `/proc/stat`.
    package static func cpuTicks(_ text: String) -> [CPUTicks] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard let name = words.first, name.hasPrefix("cpu"), words.count >= 9 else { return nil }
            let ticks = words[1...8].compactMap { UInt64($0) }
            guard ticks.count == 8 else { return nil }
            return CPUTicks(cpu: name == "cpu" ? "cpu-total" : String(name), ticks: ticks)
        }
    }

    /// `/proc/meminfo` in bytes, by the kernel's names.
    package static func memory(_ text: String) -> [String: UInt64] {
        var bytes: [String: UInt64] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == ":" })
            guard words.count >= 2, let value = UInt64(words[1]) else { continue }
            // The kernel writes kB and means KiB; lines without a unit are counts.
            if words.count == 3, words[2] == "kB" { bytes[String(words[0])] = value &* 1_024 }
        }
        return bytes
    }

    /// What a block device has done since boot.
    package struct DiskCounters: Equatable, Sendable {
        package var device: String
        package var reads: UInt64
        package var readBytes: UInt64
        package var writes: UInt64
        package var writtenBytes: UInt64
        /// Time with at least one request under way.
        package var busyMs: UInt64
    }

    /// `/proc/diskstats` without loop and RAM devices and without devices that never did anything.
    package static func disks(_ text: String) -> [DiskCounters] {
        // The kernel counts in sectors of 512 bytes whatever the device has.
        let sectorBytes: UInt64 = 512
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count >= 13, !words[2].hasPrefix("loop"), !words[2].hasPrefix("ram") else { return nil }
            let numbers = words[3...12].compactMap { UInt64($0) }
            guard numbers.count == 10, numbers[0] + numbers[4] > 0 else { return nil }
            return DiskCounters(
                device: String(words[2]), reads: numbers[0], readBytes: numbers[2] &* sectorBytes, writes: numbers[4],
                writtenBytes: numbers[6] &* sectorBytes, busyMs: numbers[9])
        }
    }

    /// What a network interface has done since boot.
    package struct InterfaceCounters: Equatable, Sendable {
        package var interface: String
        /// bytes, packets, errors, drops: received, then sent.
        package var counts: [UInt64]
    }

    /// `/proc/net/dev` without interfaces that never carried anything.
    package static func interfaces(_ text: String) -> [InterfaceCounters] {
        text.split(separator: "\n").compactMap { line in
            guard let colon = line.lastIndex(of: ":") else { return nil }
            let name = line[..<colon].drop { $0 == " " }
            let numbers = line[line.index(after: colon)...].split(separator: " ").compactMap { UInt64($0) }
            guard numbers.count >= 16, numbers[0] + numbers[8] > 0 else { return nil }
            return InterfaceCounters(interface: String(name), counts: Array(numbers[0..<4]) + Array(numbers[8..<12]))
        }
    }

    /// The three averages of `/proc/loadavg` and the number of threads that want to run.
    package static func load(_ text: String) -> (averages: [Double], runnable: Double)? {
        let words = text.split(separator: " ")
        guard words.count >= 4 else { return nil }
        let averages = words[0..<3].compactMap { Double($0) }
        guard averages.count == 3, let runnable = words[3].split(separator: "/").first.flatMap({ Double($0) }) else { return nil }
        return (averages, runnable)
    }

    /// Seconds since boot, from `/proc/uptime`.
    package static func uptime(_ text: String) -> Double? { text.split(separator: " ").first.flatMap { Double($0) } }

    /// Mount points of file systems on block devices, from `/proc/self/mounts`; each device once.
    package static func mounts(_ text: String) -> [(device: String, path: String)] {
        var seen: Set<Substring> = []
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count >= 3, words[0].hasPrefix("/dev/"), !words[0].hasPrefix("/dev/loop"), seen.insert(words[0]).inserted
            else { return nil }
            // The kernel writes blanks in paths as octal 040.
            return (String(words[0].dropFirst(5)), words[1].split(separator: "\\040", omittingEmptySubsequences: false).joined(separator: " "))
        }
    }
}
