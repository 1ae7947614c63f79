import Testing
import VarveModel
import VarveQuery
import VarveREPL

@Suite("Charts")
struct ChartTests {
    private let minute: Int64 = 60_000_000_000

    private func style(hasColour: Bool = false) -> ChartStyle {
        ChartStyle(columns: 60, lines: 16, hasColour: hasColour, zone: .utc)
    }

    private func ramp(_ label: String = "AVG(x)", from start: Double = 0, count: Int = 30) -> QueryResult.Series {
        .init(
            label: label, groupValues: [],
            timestamps: (0..<count).map { testNowNs + Int64($0) * minute },
            values: (0..<count).map { start + Double($0) * 50 })
    }

    private func result(_ series: [QueryResult.Series]) -> QueryResult {
        QueryResult(
            columns: [], rows: [], series: series, periodNs: minute,
            range: TimeRange(start: testNowNs, end: testNowNs + 30 * minute))
    }

    @Test("a ramp is drawn between round values and round times")
    func golden() {
        print(ChartRenderer.render(result([ramp()]), style: style()))
        print(ChartRenderer.render(result([ramp("a"), ramp("b", from: 700)]), style: style()))
        print(ChartRenderer.render(result([ramp("a"), ramp("b", from: 700)]), style: style(hasColour: true)))
        print(ChartRenderer.render(.twoHosts, style: style(hasColour: true)))
    }
}
