import Testing
import VarveMonitoring

@Suite struct AlarmCompletionTests {
    private let names = ["cpu-high", "disk full", "odd"]

    private func texts(_ unfinished: String) -> [String]? { AlarmCompletion(unfinished, names: { names })?.texts }

    @Test("statements about alarms are offered beside others, until one is chosen")
    func beginnings() {
        #expect(texts("SHOW ") == ["ALARMS"])
        let begun = AlarmCompletion("show al", names: { names })
        #expect(begun?.texts == ["ALARMS"] && begun?.isComplete == false && begun?.replaceStart == 5)
        #expect(texts("EXPLAIN ") == ["ALARM"])
        #expect(texts("SELECT * FROM a") == ["alarms"])
        #expect(texts("SELECT * FROM x") == [])
        let others = [
            "", "SHO", "SELECT ", "SELECT AVG(x) FROM a", "SHOW METRICS ", "EXPLAIN SELECT ", "SELECT * FROM App ",
        ]
        for other in others {
            #expect(AlarmCompletion(other, names: { names }) == nil, "\(other)")
        }
    }

    @Test("conditions have columns, signs and values of their columns; then more of them, or an end")
    func conditions() {
        #expect(texts("SHOW ALARMS ") == ["WHERE", "LIMIT"])
        #expect(texts("SHOW ALARMS WHERE ") == ["AlarmName", "State", "Type"])
        #expect(texts("SHOW ALARMS WHERE s") == ["State"])
        #expect(texts("SHOW ALARMS WHERE State ") == ["=", "!="])
        #expect(texts("SHOW ALARMS WHERE State = ") == ["'INSUFFICIENT_DATA'", "'ALARM'", "'OK'"])
        #expect(texts("SHOW ALARMS WHERE State = 'a") == ["'ALARM'"])
        #expect(texts("SHOW ALARMS WHERE State = 'OK' ") == ["AND", "LIMIT"])
        #expect(texts("SHOW ALARMS WHERE Type != ") == ["'MetricAlarm'", "'CompositeAlarm'"])
        #expect(texts("SHOW ALARMS LIMIT ") == [])
        #expect(texts("select * from alarms ") == ["WHERE", "SINCE", "UNTIL", "LIMIT"])
        #expect(texts("SELECT * FROM alarms WHERE ") == ["AlarmName", "Type"])
        #expect(texts("SELECT * FROM alarms WHERE Type = 'St") == ["'StateUpdate'"])
        #expect(texts("SELECT * FROM alarms WHERE AlarmName = 'd") == ["'disk full'"])
        #expect(texts("SELECT * FROM alarms WHERE AlarmName = 'disk full' S") == ["SINCE"])
        #expect(texts("SELECT * FROM alarms SINCE ") == [])
        #expect(texts("SELECT * FROM alarms SINCE 1d ") == ["UNTIL", "LIMIT"])
    }

    @Test("an alarm that is explained is named, quoted where its name asks for it, and then a time")
    func explain() {
        #expect(texts("EXPLAIN ALARM ")?.contains("odd") == true)
        let quoted = AlarmCompletion("EXPLAIN ALARM \"disk f", names: { names })
        #expect(quoted?.texts == ["\"disk full\""] && quoted?.replaceStart == 14)
        #expect(texts("EXPLAIN ALARM \"disk full\" ") == ["SINCE", "UNTIL"])
        #expect(texts("EXPLAIN ALARM odd SINCE ") == [])
        #expect(texts("EXPLAIN ALARM odd SINCE 90d ") == ["UNTIL"])
    }
}
