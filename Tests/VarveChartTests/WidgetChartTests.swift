import Testing
import VarveChart
import VarveDashboards
import VarveModel

@Suite struct WidgetChartTests {
    private static let text = """
        {"metrics": [["NS", "Latency", {"id": "m1", "color": "#00aa00"}],
           [{"expression": "ANOMALY_DETECTION_BAND(m1)"}],
           ["NS", "Count", {"yAxis": "right", "period": 300}]],
         "title": "Checkout", "stacked": false, "legend": {"position": "right"}, "theme": "dark", "width": 800,
         "timezone": "+0100", "start": "2026-11-22T12:00:00Z", "end": "2026-11-22T15:00:00Z", "period": 60,
         "yAxis": {"left": {"min": 0, "label": "Time"}},
         "annotations": {"horizontal": [[{"value": 1, "label": "low"}, {"value": 2, "label": "high"}]],
           "vertical": [[{"value": "2026-11-22T13:00:00Z", "label": "from"},
             {"value": "2026-11-22T14:00:00Z", "label": "to"}]],
           "alarms": ["arn:a"]}}
        """

    private static func answer(_ metric: Int, _ label: String, _ times: [Int64], _ values: [Double]) -> WidgetSeries {
        WidgetSeries(metric: metric, label: label, timestampsNs: times, values: values, unit: .seconds)
    }

    @Test("a widget and its answers become a chart: series, the band of two answers, sides, annotations, alarms")
    func chart() throws {
        let widget = try MetricWidget.forImage(Self.text).widget
        let now = Samples.noonNs
        let answers = [
            Self.answer(0, "Latency", [now, now + 1], [1, 2]),
            Self.answer(1, "expected", [now, now + 1], [3, 4]),
            Self.answer(1, "expected", [now + 1, now + 2], [0.5, 0.6]),
            Self.answer(2, "Count", [now], [9]),
            Self.answer(77, "of no row", [now], [9]),
        ]
        let alarm = ChartAlarm(name: "High", state: .alarm, threshold: 4)
        let chart = Chart(
            widget, queries: widget.queries(nowNs: now), answers: answers, alarms: [alarm], nowNs: now)
        #expect(chart.series.map(\.label) == ["Latency", "Count"])
        #expect(chart.series.map(\.side) == [.left, .right])
        #expect(chart.series[0].colour == ChartColour(0x00aa00))
        // The one time that both ends have.
        #expect(chart.bands.map(\.timestampsNs) == [[now + 1]])
        #expect(chart.bands.map(\.lower) == [[4]] && chart.bands.map(\.upper) == [[0.5]])
        #expect(chart.horizontals.map(\.value) == [1, 2] && chart.horizontals.map(\.fill) == [.to(2), .none])
        #expect(chart.verticals.map(\.label) == ["from – to"])
        #expect(chart.verticals.map(\.fill) == [.to(now + 2 * Nanoseconds.perHour)])
        #expect(chart.range == TimeRange(start: now, end: now + 3 * Nanoseconds.perHour))
        // The longest of the periods: a line of five-minute points is not broken at every minute.
        #expect(chart.periodNs == 5 * Nanoseconds.perMinute)
        #expect(chart.zoneOffsetSeconds == 3_600 && chart.width == 800 && chart.height == 400)
        #expect(chart.theme == .dark && chart.legend == .right && chart.title == "Checkout")
        #expect(chart.left.min == 0 && chart.left.label == "Time" && chart.alarms == [alarm])
        #expect(chart.png() != nil)
    }

    @Test(
        "every view of a widget has a picture",
        arguments: [
            ("timeSeries", Chart.View.lines), ("singleValue", .singleValue), ("gauge", .gauge), ("bar", .bars),
            ("pie", .pie), ("table", .table),
        ])
    func views(name: String, view: Chart.View) throws {
        let widget = try MetricWidget.forImage(#"{"metrics": [["A", "B"]], "view": "\#(name)"}"#).widget
        let queries = widget.queries(nowNs: Samples.noonNs)
        #expect(Chart(widget, queries: queries, answers: [], alarms: [], nowNs: Samples.noonNs).view == view)
    }

    @Test("stacked time series are areas")
    func stacked() throws {
        let widget = try MetricWidget.forImage(#"{"metrics": [["A", "B"]], "stacked": true}"#).widget
        let queries = widget.queries(nowNs: 0)
        #expect(Chart(widget, queries: queries, answers: [], alarms: [], nowNs: 0).view == .stackedAreas)
    }
}
