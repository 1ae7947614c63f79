import Testing
import VarveModel
@testable import VarveMonitoring

@Suite struct EvaluationScheduleTests {
    private static let second = Nanoseconds.perSecond
    private static let minute = Nanoseconds.perMinute
    /// 2026-11-22 00:00:00
    private static let start: Int64 = 1_795_305_600 * second

    @Test(
        "alarms are due 10 s after each minute or hour, quick ones half a second after each 10 s"
    )
    func dueTimes() {
        let now = Self.start + 17 * Self.second
        #expect(EvaluationSchedule.nextDue(after: now, Self.minute) == Self.start + 70 * Self.second)
        #expect(
            EvaluationSchedule.nextDue(after: now, 10 * Self.second) == Self.start + 20 * Self.second + Self.second / 2)
        #expect(EvaluationSchedule.nextDue(after: now, 60 * Self.minute) == Self.start + 3_610 * Self.second)
        #expect(
            EvaluationSchedule.nextDue(after: Self.start + 5 * Self.second, Self.minute) == Self.start + 10
                * Self.second)
    }

    @Test("every alarm of a cadence is taken once per round, in portions")
    func portions() {
        var schedule = EvaluationSchedule()
        for number in 0..<10 { schedule.add("a\(number)", cadenceNs: Self.minute, nowNs: Self.start) }
        #expect(schedule.takeDue(nowNs: Self.start + 9 * Self.second, limit: 4).isEmpty)
        let now = Self.start + 10 * Self.second
        var taken: [String] = []
        while true {
            let more = schedule.takeDue(nowNs: now, limit: 4)
            if more.isEmpty { break }
            #expect(more.count <= 4)
            taken += more
        }
        #expect(taken.count == 10 && Set(taken).count == 10)
        #expect(schedule.nextDueNs(nowNs: now) == now + Self.minute)
    }

    @Test("removed alarms are not due, and an alarm that changes its cadence is due in the new one")
    func changes() {
        var schedule = EvaluationSchedule()
        schedule.add("a", cadenceNs: Self.minute, nowNs: Self.start)
        schedule.add("b", cadenceNs: Self.minute, nowNs: Self.start)
        schedule.remove("a")
        schedule.add("b", cadenceNs: 10 * Self.second, nowNs: Self.start)
        #expect(schedule.nextDueNs(nowNs: Self.start) == Self.start + Self.second / 2)
        #expect(schedule.takeDue(nowNs: Self.start + Self.minute, limit: 9) == ["b"])
    }
}
