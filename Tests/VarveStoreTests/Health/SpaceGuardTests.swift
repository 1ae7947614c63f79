import Testing
import VarveIO
import VarveStore

/// The ladder from plenty of room to none, without a disk.
@Suite struct SpaceGuardTests {
    private func limits(_ change: (inout SpaceLimits) -> Void = { _ in }) -> SpaceLimits {
        var limits = SpaceLimits()
        limits.ballastBytes = 0
        change(&limits)
        return limits
    }

    private func reading(_ available: Int, of total: Int) -> DiskSpace {
        DiskSpace(availableBytes: available, totalBytes: total)
    }

    @Test("below a tenth space is low, below 3 % critical, on any small disk", arguments: [1_000, 1 << 20, 1 << 30])
    func shares(total: Int) {
        var space = SpaceGuard(limits: limits())
        for (percent, level) in [(50, SpaceGuard.Level.normal), (10, .normal), (9, .low), (3, .low), (2, .critical)] {
            space.observe(reading(total / 100 * percent + total % 100, of: total), ballastBytes: 0)
            #expect(space.level == level, "\(percent) %")
        }
    }

    @Test("a large disk is not low while 20 GiB are free, nor critical with 2 GiB")
    func largeDisk() {
        var space = SpaceGuard(limits: limits())
        let total = 8 << 40
        space.observe(reading(20 << 30, of: total), ballastBytes: 0)
        #expect(space.level == .normal)
        space.observe(reading(20 << 30 - 1, of: total), ballastBytes: 0)
        #expect(space.level == .low)
        space.observe(reading(2 << 30 - 1, of: total), ballastBytes: 0)
        #expect(space.level == .critical)
    }

    @Test("a level ends when a quarter more than its threshold is free")
    func hysteresis() {
        var space = SpaceGuard(limits: limits())
        let expected: [(Int, SpaceGuard.Level)] = [
            (29, .critical), (30, .critical), (36, .critical), (37, .low), (99, .low), (124, .low), (125, .normal),
            (100, .normal), (99, .low),
        ]
        for (available, level) in expected {
            space.observe(reading(available, of: 1_000), ballastBytes: 0)
            #expect(space.level == level, "\(available) free")
        }
    }

    @Test("what the ballast is to get back is not free")
    func ballastCounts() {
        var space = SpaceGuard(limits: limits { $0.ballastBytes = 20 })
        space.observe(reading(40, of: 1_000), ballastBytes: 20)
        #expect(space.level == .low)
        space.observe(reading(45, of: 1_000), ballastBytes: 0)
        #expect(space.level == .critical)
    }

    @Test("the ballast is made when it leaves room, and takes at most a fiftieth of a small disk")
    func ballastSize() {
        var space = SpaceGuard(limits: limits { $0.ballastBytes = 64 << 20 })
        space.observe(reading(900, of: 1_000), ballastBytes: 0)
        #expect(space.ballastToMake == 20)
        space.observe(reading(56, of: 1_000), ballastBytes: 0)
        #expect(space.ballastToMake == nil)
        space.observe(reading(900, of: 1_000), ballastBytes: 20)
        #expect(space.ballastToMake == nil)
        #expect(space.releasesBallast(for: 901) && !space.releasesBallast(for: 900))
    }

    @Test("a merge may take what leaves free space above critical, and nothing when it is critical")
    func compaction() {
        var space = SpaceGuard(limits: limits())
        for (available, bytes) in [(500, 470), (90, 60), (31, 1), (20, 0), (36, 0), (37, 7)] {
            space.observe(reading(available, of: 1_000), ballastBytes: 0)
            #expect(space.compactionBytes == bytes, "\(available) free")
        }
    }

    @Test("a file system that does not tell its size is never short")
    func unknownSize() {
        var space = SpaceGuard(limits: limits())
        space.observe(reading(0, of: 0), ballastBytes: 0)
        #expect(space.level == .normal && space.ballastToMake == nil)
        #expect(space.compactionBytes == .max)
    }
}
