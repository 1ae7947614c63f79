import Testing
import VarveModel
import VarveServer
import VarveStore

@Suite struct HostTests {
    private static let before = texts(
        stat: """
            cpu  100 0 50 800 10 0 5 1 0 0
            cpu0 60 0 30 400 5 0 5 1 0 0
            cpu1 40 0 20 400 5 0 0 0 0 0
            intr 1 2 3
            """,
        diskstats: """
               7       0 loop0 5 0 10 0 5 0 10 0 0 0 0 0 0 0 0 0 0
             254       0 vda 100 0 2000 50 200 0 4000 90 0 1000 140 0 0 0 0
             254       1 vdb 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
            """,
        netdev: """
            Inter-|   Receive                                                |  Transmit
             face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls
              eth0: 1000 10 0 0 0 0 0 0 500 5 0 0 0 0 0 0
             empty: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
            """, atNs: 1_000_000_000)

    private static let after = texts(
        stat: """
            cpu  160 0 70 900 10 0 5 1 0 0
            cpu0 110 0 40 420 5 0 5 1 0 0
            cpu1 50 0 30 480 4 0 0 0 0 0
            """,
        diskstats: " 254 0 vda 120 0 2200 60 200 0 3000 90 0 2500 140 0 0 0 0",
        netdev: "eth0:3000 30 2 0 0 0 0 0 1500 15 0 4 0 0 0 0", atNs: 3_000_000_000)

    private static func texts(stat: String, diskstats: String, netdev: String, atNs: Int64) -> HostTexts {
        var texts = HostTexts()
        texts.stat = stat
        texts.diskstats = diskstats
        texts.netdev = netdev
        texts.monotonicNs = atNs
        texts.meminfo = "MemTotal:       4000 kB\nMemAvailable:  1000 kB\nMemFree:  500 kB\nHugePages_Total:       0\n"
        texts.loadavg = "2.29 2.44 1.72 3/115 22597\n"
        texts.uptime = "2892.89 3931.78\n"
        texts.fileSystems = [("vda1", "/", 1_000, 250)]
        return texts
    }

    private func rows() -> [HostSampler.Row] {
        var sampler = HostSampler()
        #expect(
            sampler.sample(Self.before).allSatisfy { row in row.metrics.allSatisfy { !$0.name.hasPrefix("usage") } })
        return sampler.sample(Self.after)
    }

    private func values(_ name: String, _ value: String) throws -> [String: Double] {
        let row = try #require(rows().first { $0.dimensions.contains(Dimension(name: name, value: value)) })
        return Dictionary(uniqueKeysWithValues: row.metrics.map { ($0.name, $0.value) })
    }

    @Test("processor shares are differences, in percent, per processor and in total")
    func cpu() throws {
        let cpu0 = try values("cpu", "cpu0")
        #expect(cpu0["usage_user"] == 62.5)
        #expect(cpu0["usage_system"] == 12.5)
        #expect(cpu0["usage_idle"] == 25)
        let total = try values("cpu", "cpu-total")
        #expect(abs(total.values.reduce(0, +) - 100) < 1e-9)
        // iowait of cpu1 went back by a tick.
        #expect(try values("cpu", "cpu1")["usage_iowait"] == 0)
        #expect(
            Set(cpu0.keys) == [
                "usage_user", "usage_nice", "usage_system", "usage_idle", "usage_iowait", "usage_irq",
                "usage_softirq", "usage_steal",
            ])
    }

    @Test("disk and network rates are per second; what went back counts as zero; idle devices are left out")
    func rates() throws {
        let disk = try values("device", "vda")
        #expect(
            disk == [
                "disk_reads": 10, "disk_read_bytes": 51_200, "disk_writes": 0, "disk_written_bytes": 0, "disk_busy": 75,
            ])
        let net = try values("interface", "eth0")
        #expect(net["net_received_bytes"] == 1_000 && net["net_sent_bytes"] == 500)
        #expect(net["net_received_errors"] == 1 && net["net_sent_drops"] == 2)
        let names = rows().flatMap(\.dimensions).map(\.value)
        #expect(!names.contains("loop0") && !names.contains("vdb") && !names.contains("empty"))
    }

    @Test("memory, load, uptime and space are levels")
    func levels() throws {
        let whole = try #require(rows().first { $0.dimensions.isEmpty })
        let values = Dictionary(uniqueKeysWithValues: whole.metrics.map { ($0.name, $0.value) })
        #expect(values["mem_total"] == 4_096_000 && values["mem_used"] == 75)
        #expect(values["load1"] == 2.29 && values["runnable"] == 3 && values["uptime"] == 2_892.89)
        #expect(try self.values("path", "/") == ["fs_total": 1_000, "fs_available": 250, "fs_used": 75])
    }

    @Test(
        "texts of strange kernels are skipped, never fatal",
        arguments: ["", "\n", "cpu", "cpu a b c d e f g h", ":", "a b c", "x: 1 2 kB", "1 2 vda"])
    func strange(text: String) {
        #expect(ProcText.cpuTicks(text).isEmpty)
        #expect(ProcText.disks(text).isEmpty)
        #expect(ProcText.interfaces(text).isEmpty)
        #expect(ProcText.load(text) == nil)
        #expect(ProcText.mounts(text).isEmpty)
        _ = ProcText.memory(text)
    }

    @Test("mounted block devices are found once, with blanks in their path")
    func mounts() {
        let text =
            "proc /proc proc rw\n/dev/vda / ext4 rw\n/dev/vda /again ext4 rw\n/dev/vdb1 /my\\040disk xfs rw\n"
        #expect(ProcText.mounts(text).map(\.path) == ["/", "/my disk"])
        #expect(ProcText.mounts(text).map(\.device) == ["vda", "vdb1"])
    }

    @Test("what the store would not take is left out, and shapes go with the device or mount that they are of")
    func names() {
        var rows = HostRows(host: "h")
        var reasons: [NameExcess] = []
        func row(_ path: String) -> HostSampler.Row {
            let metrics = [(name: "fs_total", unit: Unit.bytes, value: 1.0)]
            return HostSampler.Row(dimensions: [Dimension(name: "path", value: path)], metrics: metrics)
        }
        let long = "/" + String(repeating: "x", count: 1_024)
        let batch = rows.batch([row("/"), row(long), row("/a")], timestamp: 5) { reasons.append($0) }
        #expect(batch.rowCount == 2 && reasons == [NameExcess(.dimensionValue, 1_025, limit: 1_024)])
        let next = rows.batch([row("/"), row("/b")], timestamp: 6) { reasons.append($0) }
        #expect(next.shapes[0] === batch.shapes[0])
        #expect(rows.shapeCount == 2 && reasons.count == 1)
    }

    @Test("a collecting server shows data of this machine within seconds")
    func collects() async throws {
        let backend = FakeBackend()
        try await TestServer.with(backend, configure: { $0.collectHost = true }) { _ async throws in
            try await eventually { backend.rowCount > 0 }
        }
        let rows = backend.rows.filter { $0.source.namespace == "System/Linux" }
        #expect(rows.contains { row in row.source.dimensions.contains(Dimension(name: "cpu", value: "cpu-total")) })
        #expect(rows.allSatisfy { row in row.source.dimensions.contains { $0.name == "host" } })
    }
}
