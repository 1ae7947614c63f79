import Testing
import VarveModel
import VarveQuery

@Suite struct MathPeriodTests {
    /// Five minutes each of a minute metric and of one of every 5, and of every 2 and 3 minutes.
    private var world: MathCase {
        var world = MathCase()
        world.add("one", [1, 2, 3, nil, 5, 6], seconds: 60)
        world.add("five", [10], seconds: 300)
        world.add("two", [1, 2, 3], seconds: 120)
        world.add("three", [10, 20], seconds: 180)
        return world
    }

    private func seconds(_ minutes: [Int64: Double]) -> [Int64: Double] {
        Dictionary(uniqueKeysWithValues: minutes.map { ($0.key * 60, $0.value) })
    }

    @Test("series of different periods meet at equal times only; elsewhere the other counts as 0")
    func union() throws {
        #expect(try world.points("one + five") == seconds([0: 11, 1: 2, 2: 3, 4: 5, 5: 6]))
        #expect(try world.points("five - one") == seconds([0: 9, 1: -2, 2: -3, 4: -5, 5: -6]))
        #expect(try world.points("two + three") == seconds([0: 11, 2: 2, 3: 20, 4: 3]))
        #expect(try world.points("three * two") == seconds([0: 10, 2: 0, 3: 0, 4: 0]))
    }

    @Test("the result has the smaller period")
    func period() throws {
        for (text, minutes) in [("one + five", 1), ("five * one", 1), ("two + three", 2), ("three - two", 2)] {
            let result = try world.answer(text).results[0].series
            #expect(result.grid.periodNs == Int64(minutes) * MathWorld.minute, "\(text)")
            #expect(result.grid.start == 0, "\(text)")
        }
    }

    @Test("points between the slots stay through what follows, and vanish when nothing remains of them")
    func betweenSlots() throws {
        #expect(try world.points("(two + three) * 2") == seconds([0: 22, 2: 4, 3: 40, 4: 6]))
        #expect(try world.points("DIFF(two + three)") == seconds([2: -9, 3: 18, 4: -17]))
        #expect(try world.points("RATE(two + three)") == seconds([2: -0.075, 3: 0.3, 4: -17.0 / 60]))
        #expect(try world.points("MINUTE(two + three)") == seconds([0: 0, 2: 2, 3: 3, 4: 4]))
        // Nothing at minute 3, which is no slot: nothing to fill.
        #expect(try world.points("FILL((two + three) / two, 7)") == seconds([0: 11, 2: 1, 4: 1]))
        // Four times with a slot or a point.
        #expect(try world.number("AVG(two + three)") == 9)
        #expect(try world.points("(two + three) - (two + three)") == seconds([0: 0, 2: 0, 3: 0, 4: 0]))
    }

    @Test("aggregates of arrays take each time once")
    func aggregates() throws {
        #expect(try world.points("SUM([two, three])") == seconds([0: 11, 2: 2, 3: 20, 4: 3]))
        #expect(try world.points("MAX([one, two, three])") == seconds([0: 10, 1: 2, 2: 3, 3: 20, 4: 5, 5: 6]))
        #expect(try world.points("DATAPOINT_COUNT([one, five])") == seconds([0: 2, 1: 1, 2: 1, 4: 1, 5: 1]))
        #expect(try world.points("AVG([two, three])") == seconds([0: 5.5, 2: 1, 3: 10, 4: 1.5]))
    }

    @Test("IF and FILL look at equal times only")
    func conditions() throws {
        #expect(try world.points("IF(one > 1, five, 7)") == seconds([0: 7, 1: 0, 2: 0, 4: 0, 5: 0]))
        #expect(try world.points("IF(five, one)") == seconds([0: 1]))
        #expect(try world.points("FILL(one, three)") == seconds([0: 1, 1: 2, 2: 3, 3: 20, 4: 5, 5: 6]))
        #expect(try world.points("FILL(three * 0 / 0, one)") == seconds([0: 1]))
    }

    @Test("series of one period that do not begin together keep all their times")
    func shifted() throws {
        var world = MathCase(["a": [1, 2, 3]])
        world.add("b", [10, 20], startNs: 30 * Nanoseconds.perSecond)
        world.add("c", [100, 200, 300], startNs: -60 * Nanoseconds.perSecond)
        #expect(try world.points("a + b") == [0: 1, 30: 10, 60: 2, 90: 20, 120: 3])
        #expect(try world.points("a + c") == [-60: 100, 0: 201, 60: 302, 120: 3])
        #expect(try world.points("SUM([a, b, c])") == [-60: 100, 0: 201, 30: 10, 60: 302, 90: 20, 120: 3])
    }

    @Test("a series made of single points keeps those between the slots")
    func singlePoints() {
        let series = MathSeries(
            label: .none, grid: MathGrid(start: 0, periodNs: 10, count: 3), timestamps: [-5, 10, 13, 40],
            points: [1, 2, .infinity, 4])
        #expect(series.timestamps == [-5, 10, 40] && series.points == [1, 2, 4])
        #expect(series.values.count == 5)
    }

    @Test("grids end at the ends of time, and are limited")
    func grids() throws {
        let whole = TimeRange(start: .min, end: .max)
        let grid = try MathGrid(over: whole, periodNs: .max)
        #expect(grid.count == 2 && grid.time(1) == -1)
        let quarters = try MathGrid(over: whole, periodNs: 1 << 62)
        #expect((0..<quarters.count).map(quarters.time) == [.min, -1 << 62, 0])
        do throws(MathError) {
            _ = try MathGrid(over: whole, periodNs: Nanoseconds.perSecond)
            Issue.record("no error")
        } catch {
            #expect(error.kind == .limit)
        }
        #expect(try MathGrid(over: TimeRange(start: 5, end: 24), periodNs: 10).count == 1)
    }
}
