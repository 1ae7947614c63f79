import Testing
import VarveQuery
import VarveTestKit

@Suite struct StatisticTextTests {
    @Test(
        "names are read, and written in their shortest form",
        arguments: [
            ("SampleCount", "SampleCount"), ("Sum", "Sum"), ("Average", "Average"), ("Minimum", "Minimum"),
            ("Maximum", "Maximum"), ("IQM", "IQM"), ("TM(25%:75%)", "IQM"),
            ("p0", "p0"), ("p100", "p100"), ("p99.9", "p99.9"), ("p099.50", "p99.5"),
            ("p0.0000000001", "p0.0000000001"),
            ("p99.9999999999", "p99.9999999999"), ("p100.0", "p100"),
            ("tm90", "tm90"), ("TM(:90%)", "tm90"), ("TM(0%:90%)", "tm90"), ("wm98", "wm98"), ("tc90", "tc90"),
            ("ts90", "ts90"), ("tm100", "tm100"), ("TM(0%:100%)", "tm100"), ("TM(:0%)", "TM(:0%)"),
            ("TM(10%:90%)", "TM(10%:90%)"), ("WM(95%:)", "WM(95%:)"), ("WM(95%:100%)", "WM(95%:)"),
            ("TC(0.005:0.030)", "TC(0.005:0.03)"), ("TS(80%:80%)", "TS(80%:80%)"), ("TM(:1.5E3)", "TM(:1500)"),
            ("PR(:300)", "PR(:300)"), ("PR(100:)", "PR(100:)"), ("PR(100:2000)", "PR(100:2000)"),
            ("PR(0:0)", "PR(0:0)"),
            ("PR(1E-12:1e300)", "PR(1E-12:1E300)"), ("PR(:123456.1234567891E-5)", "PR(:123456.1234567891E-5)"),
            ("PR(:123456789012345678901)", "PR(:123456789012345680000)"),
        ])
    func accepted(text: String, canonical: String) throws {
        let statistic = try Statistic(parsing: text)
        #expect(statistic.description == canonical)
        #expect(try Statistic(parsing: canonical) == statistic)
    }

    @Test(
        "what is wrong is said, with a right example",
        arguments: [
            ("", "is no statistic"), ("MEDIAN", "'MEDIAN' is no statistic"), ("average", "is no statistic"),
            ("p", "'p' needs a number from 0 to 100"), ("p100.1", "from 0 to 100"), ("p-1", "from 0 to 100"),
            ("p99.12345678901", "at most 10 decimals after 'p', such as p90 or p99.5"), ("p9.", "needs a number"),
            ("p1e1", "needs a number"), ("p+5", "needs a number"), ("p99999999999999999999", "needs a number"),
            ("P99", "is no statistic"), ("tm0", "'tm0' must be above 0, such as tm90 or tm99.5"),
            ("tm", "needs a number"),
            ("TM90", "is no statistic"), ("TM()", "two bounds with ':' between them"),
            ("TM(:)", "on one side at least"),
            ("TM(10%)", "two bounds"), ("TM(10%:90)", "'%' stands at both bounds or at none"),
            ("TM(1:2:3)", "two bounds"), ("TM(90%:10%)", "such as 10%:90%; found '90%:10%'"),
            ("TM(5:4)", "not above the high one, such as 4:5"), ("TM(-1:5)", "bounds are not negative"),
            ("TM(:101%)", "'101%' is no percentage from 0 to 100"), ("TM(%:)", "is no percentage"),
            ("PR(10%:90%)", "PR takes values without %"), ("PR(:x)", "'x' is no number"),
            ("PR(:1E999)", "is no number"),
            ("PR(:nan)", "is no number"), ("PR(:inf)", "is no number"), ("PR(:0x10)", "is no number"),
            ("PR(:0.12345678901)", "at most 10 decimals"), ("PR(: 5)", "is no number"),
            ("XX(1:2)", "'XX' takes no range"),
            ("IQM(1:2)", "takes no range"), ("p99(1:2)", "takes no range"), ("TM(1:2", "is no statistic"),
            ("TM(1:2))", "is no number"), ("tm(1:2)", "takes no range"),
        ])
    func rejected(text: String, message: String) {
        let error = #expect(throws: StatisticError.self) { try Statistic(parsing: text) }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }

    @Test("any statistic reads back as itself", arguments: 0..<20 as Range<UInt64>)
    func roundTrips(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<200 {
            let statistic = RandomStatistic.any(&random)
            #expect(try Statistic(parsing: statistic.description) == statistic, "seed \(seed): \(statistic)")
        }
    }

    @Test(
        "any text is answered by a statistic that reads back as itself, or by a reason",
        arguments: 0..<20 as Range<UInt64>)
    func fuzz(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let pieces = [
            "p", "tm", "TM", "PR", "(", ")", ":", "%", ".", "9", "0", "100", "E", "-", "+", "é", " ", "\0", "IQM",
        ]
        for _ in 0..<500 {
            let text = (0..<Int.random(in: 0...9, using: &random)).map { _ in pieces.randomElement(using: &random)! }
                .joined()
            do throws(StatisticError) {
                let statistic = try Statistic(parsing: text)
                #expect((try? Statistic(parsing: statistic.description)) == statistic, "seed \(seed): \(text)")
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }
}

enum RandomStatistic {
    /// Every kind, with bounds that values of tests meet.
    static func any(_ random: inout SplitMix64) -> Statistic {
        switch random.next() % 10 {
        case 0: return .sampleCount
        case 1: return .sum
        case 2: return [.average, .minimum, .maximum].randomElement(using: &random)!
        case 3, 4: return .percentile(percentage(&random))
        case 5:
            let (low, high) = bounds(&random)
            return .percentileRank(low: low, high: high)
        default:
            return .trimmed(TrimmedStatistic.allCases.randomElement(using: &random)!, range(&random))
        }
    }

    static func percentage(_ random: inout SplitMix64) -> Percentage {
        switch random.next() % 4 {
        case 0: Percentage(units: Int64.random(in: 0...1_000_000_000_000, using: &random))!
        case 1: Percentage(units: Int64.random(in: 0...1_000, using: &random) * 1_000_000_000)!
        default: Percentage(percent: Int64.random(in: 0...100, using: &random))
        }
    }

    private static func range(_ random: inout SplitMix64) -> StatisticRange {
        if Bool.random(using: &random) {
            let ends = [percentage(&random), percentage(&random)].sorted()
            return .percent(low: ends[0], high: ends[1])
        }
        let (low, high) = bounds(&random)
        return .values(low: low, high: high)
    }

    private static func bounds(_ random: inout SplitMix64) -> (Double?, Double?) {
        func bound() -> Double {
            random.next() % 4 == 0
                ? Double.random(in: 0...100, using: &random) : Double(Int.random(in: 0...100, using: &random))
        }
        let ends = [bound(), bound()].sorted()
        switch random.next() % 4 {
        case 0: return (ends[0], nil)
        case 1: return (nil, ends[1])
        default: return (ends[0], ends[1])
        }
    }
}
