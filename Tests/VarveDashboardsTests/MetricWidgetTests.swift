import Testing
import VarveDashboards
import VarveJSON
import VarveModel

@Suite struct MetricWidgetTests {
    /// 2026-11-22T12:00:00Z.
    private static let nowNs: Int64 = 1_795_348_800 * Nanoseconds.perSecond

    private static func widget(_ text: String) throws -> MetricWidget { try MetricWidget.forImage(text).widget }

    @Test("what a widget does not say is what the service assumes")
    func defaults() throws {
        let widget = try Self.widget(#"{"metrics": [["AWS/EC2", "CPUUtilization"]]}"#)
        #expect((widget.width, widget.height) == (600, 400))
        #expect(widget.range(nowNs: Self.nowNs).start == Self.nowNs - 3 * Nanoseconds.perHour)
        #expect(widget.range(nowNs: Self.nowNs).end == Self.nowNs)
        #expect(widget.view == .timeSeries && !widget.isStacked && widget.legend == .bottom && widget.theme == .light)
        #expect(widget.stat == "Average" && widget.period == nil && widget.region == nil)
        #expect(widget.metrics == [WidgetMetric(namespace: "AWS/EC2", name: "CPUUtilization")])
    }

    @Test("everything that a widget may say is read")
    func everything() throws {
        let (widget, warnings) = try MetricWidget.forImage(
            """
            {"metrics": [["NS", "A", "Host", "a", {"id": "m1", "label": "L", "color": "#0af",
               "stat": "p99", "period": 60,
               "yAxis": "right", "visible": false, "region": "us-east-1", "accountId": "123456789012"}],
              ["...", "b", {"returnData": false}], [{"expression": "m1 * 2", "id": "e1"}]],
             "view": "gauge", "stacked": true, "title": "T", "region": "eu-west-1", "period": 300, "stat": "Sum",
             "yAxis": {"left": {"min": 0, "max": 1.5, "label": "l", "showUnits": false}},
             "legend": {"position": "hidden"},
             "annotations": {"horizontal": [{"value": 5, "label": "h", "color": "#123456",
                "fill": "above", "yAxis": "right"},
                [{"value": 1, "label": "from"}, {"value": 2, "label": "to"}], {"value": 9, "visible": false}],
              "vertical": [{"value": "2026-11-22T11:00:00Z", "fill": "before"},
                [{"value": "2026-11-22T10:00:00Z"}, {"value": "-PT1H"}]], "alarms": ["arn:a"]},
             "liveData": true, "sparkline": false, "setPeriodToTimeRange": true, "timezone": "-0230", "width": 1,
             "height": 2000, "start": "-P1D", "end": "2026-11-22T12:00:00.000Z", "theme": "dark", "extra": 1}
            """)
        #expect(widget.view == .gauge && widget.isStacked && widget.title == "T" && widget.legend == .hidden)
        #expect(widget.metrics.count == 3)
        let first = widget.metrics[0]
        #expect(first.side == .right && !first.isVisible && first.stat == "p99" && first.period == 60)
        #expect(first.colour == "#0af" && first.label == "L" && first.accountId == "123456789012")
        let second = WidgetMetric.Source.metric(
            namespace: "NS", name: "A", dimensions: [WidgetDimension(name: "Host", value: "b")])
        #expect(widget.metrics[1].source == second && !widget.metrics[1].returnsData)
        #expect(widget.metrics[2].source == .expression("m1 * 2"))
        #expect(widget.left.max == 1.5 && !widget.left.showsUnits && widget.right.min == nil)
        #expect(widget.horizontalAnnotations.count == 2)
        #expect(widget.horizontalAnnotations[0].fill == .above && widget.horizontalAnnotations[0].side == .right)
        #expect(widget.horizontalAnnotations[1].secondValue == 2 && widget.horizontalAnnotations[1].fill == .between)
        #expect(widget.verticalAnnotations.map(\.fill) == [.before, .between])
        #expect(widget.alarmARNs == ["arn:a"] && widget.hasLiveData && !widget.hasSparkline)
        #expect(widget.zoneOffsetSeconds == -9_000 && widget.theme == .dark)
        #expect((widget.width, widget.height) == (1, 2_000))
        #expect(warnings.map(\.dataPath) == [""])
    }

    @Test(
        "pictures are refused for what they cannot be",
        arguments: [
            (#"{"metrics": [["A", "B"]], "width": 2001}"#, "/width: Should be <= 2000"),
            (#"{"metrics": [["A", "B"]], "height": 0}"#, "/height: Should be >= 1"),
            (#"{"metrics": [["A", "B"]], "theme": "blue"}"#, "/theme: Should be equal to one of the allowed values"),
            (#"{"metrics": []}"#, "/metrics: Should NOT have less than 1 items"),
            ("{}", ": Should have required property 'metrics'"),
            (#"{"metrics": [["A", "B"]], "start": "3 hours"}"#, "/start: Should be an ISO 8601 date or duration"),
            (#"{"metrics": [["A", "B"]], "timezone": "+99"}"#, #"/timezone: Should match pattern "^[+-]\d{4}$""#),
        ])
    func refusals(text: String, error: String) {
        let problem = #expect(throws: DashboardProblem.self) { try MetricWidget.forImage(text) }
        #expect(problem?.code == "ValidationError")
        #expect(problem?.validationMessages.map { "\($0.dataPath): \($0.message)" } == [error])
    }

    @Test("a hundred metrics and a hundred kilobytes are the most")
    func limits() throws {
        func text(_ count: Int, _ padding: Int = 0) -> String {
            let rows = [String](repeating: #"["A","B"]"#, count: count).joined(separator: ",")
            return #"{"metrics": [\#(rows)], "title": "\#(String(repeating: "x", count: padding))"}"#
        }
        #expect(try Self.widget(text(100)).metrics.count == 100)
        #expect(throws: DashboardProblem.self) { try MetricWidget.forImage(text(101)) }
        #expect(try Self.widget(text(1, 102_000)).metrics.count == 1)
        #expect(throws: DashboardProblem.self) { try MetricWidget.forImage(text(1, 102_400)) }
        #expect(throws: DashboardProblem.self) { try MetricWidget.forImage(nil) }
        #expect(throws: DashboardProblem.self) { try MetricWidget.forImage("[]") }
    }

    @Test("a widget of an alarm alone needs no metrics")
    func alarmOnly() throws {
        #expect(try Self.widget(#"{"annotations": {"alarms": ["arn:a"]}}"#).alarmARNs == ["arn:a"])
    }

    @Test("a widget becomes the queries of GetMetricData, with ids of its own where it names none that fits")
    func queries() throws {
        let widget = try Self.widget(
            """
            {"region": "eu-west-1", "stat": "Sum", "timezone": "+0130", "start": "-PT1H", "metrics": [
              ["NS", "A", "Host", "a", {"id": "m1"}], ["...", "b", {"id": "m1", "region": "us-east-1"}],
              [".", "B", {"id": "Not fit", "visible": false, "period": 10, "label": "${LAST}"}],
              [{"expression": "m1 / q2", "id": "q1"}], [{"expression": "ANOMALY_DETECTION_BAND(m1, 2)"}]]}
            """)
        let plan = widget.queries(nowNs: Self.nowNs)
        #expect(plan.queries.map(\.id) == ["m1", "q2", "q3", "q1", "q4"])
        #expect(plan.queries.map(\.region) == ["eu-west-1", "us-east-1", "eu-west-1", "eu-west-1", "eu-west-1"])
        #expect(plan.regions == ["eu-west-1", "us-east-1"])
        #expect(plan.queries.map(\.isShown) == [true, true, false, true, true])
        #expect(plan.queries.map(\.isAnomalyBand) == [false, false, false, false, true])
        #expect(plan.queries.map(\.period) == [300, 300, 10, 300, 300])
        let expected = try JSONReader.read(
            Array(
                """
                {"MetricDataQueries": [{"Id": "q2", "MetricStat": {"Metric": {"Namespace": "NS", "MetricName": "A",
                  "Dimensions": [{"Name": "Host", "Value": "b"}]}, "Period": 300, "Stat": "Sum"}, "ReturnData": true}],
                 "StartTime": 1795345200, "EndTime": 1795348800, "ScanBy": "TimestampAscending",
                 "LabelOptions": {"Timezone": "+0130"}}
                """.utf8))
        #expect(plan.request(region: "us-east-1") == expected)
        let others = plan.request(region: "eu-west-1")["MetricDataQueries"]?.array ?? []
        #expect(others.count == 4)
        #expect(others[1]["ReturnData"] == .bool(false) && others[1]["Label"] == .string("${LAST}"))
        #expect(others[2]["Expression"] == .string("m1 / q2") && others[2]["Period"] == .integer(300))
    }

    @Test(
        "without a period there are five minutes, more for long ranges, and hours for what is old",
        arguments: [
            ("-PT3H", "-PT0H", 300), ("-P5D", "-PT0H", 300), ("-P7D", "-PT0H", 900), ("-P14D", "-PT0H", 900),
            ("-P15D", "-PT0H", 900), ("-P30D", "-PT0H", 3_600), ("-P90D", "-PT0H", 21_600), ("-P365D", "-PT0H", 21_600),
            ("-P455D", "-PT0H", 86_400), ("-P70D", "-P69D", 3_600), ("-P60D", "-P59D", 300),
        ])
    func automaticPeriod(start: String, end: String, period: Int64) throws {
        let widget = try Self.widget(#"{"metrics": [["A", "B"]], "start": "\#(start)", "end": "\#(end)"}"#)
        #expect(widget.queries(nowNs: Self.nowNs).queries.map(\.period) == [period])
    }

    @Test("one value over the whole range has one period, in minutes")
    func wholeRange() throws {
        let text = """
            {"metrics": [["A", "B", {"period": 60}]], "view": "pie", "setPeriodToTimeRange": true,
             "start": "-PT90S"}
            """
        #expect(try Self.widget(text).queries(nowNs: Self.nowNs).queries.map(\.period) == [120])
    }

    @Test("ranges are never empty or upside down")
    func ranges() throws {
        for (start, end) in [("-PT0H", "-PT3H"), ("-PT0H", "-PT0H"), ("2262-04-11T00:00:00Z", "2262-04-11T00:00:00Z")] {
            let widget = try Self.widget(#"{"metrics": [["A", "B"]], "start": "\#(start)", "end": "\#(end)"}"#)
            let range = widget.range(nowNs: Self.nowNs)
            #expect(range.end - range.start >= Nanoseconds.perMinute)
            for now in [Int64.min, .max, 0] { _ = widget.queries(nowNs: now) }
        }
    }

    @Test("no document makes reading trap", arguments: [5, 6, 7, 8] as [UInt64])
    func hostile(seed: UInt64) throws {
        var state = seed
        func next(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(count))
        }
        let names = [
            "metrics", "annotations", "horizontal", "vertical", "alarms", "value", "yAxis", "left", "min", "widgets",
            "type", "properties", "start", "end", "period", "width", "timezone", "view", "color", "expression", "fill",
        ]
        let texts = ["", ".", "...", "metric", "-PT3H", "-P999999999Y", "#fff", "ä", "gauge", "+2500", "AWS/EC2"]
        func value(_ depth: Int) -> JSONValue {
            switch next(depth > 5 ? 5 : 8) {
            case 0: .null
            case 1: .bool(next(2) == 0)
            case 2: .integer([Int64.min, .max, 0, 60, -1][next(5)])
            case 3: .number([1e308, -1e308, 0.5, 6][next(4)])
            case 4: .string(texts[next(texts.count)])
            case 5, 6: .array((0..<next(5)).map { _ in value(depth + 1) })
            default:
                .object(
                    Set((0..<next(8)).map { _ in names[next(names.count)] }).sorted()
                        .map { JSONMember($0, value(depth + 1)) })
            }
        }
        for _ in 0..<2_000 {
            let document = value(0)
            let text = String(decoding: document.encoded, as: UTF8.self)
            _ = try? DashboardBody.check(text)
            _ = try? DashboardBody.check(#"{"widgets": [{"type": "metric", "properties": \#(text)}]}"#)
            _ = try? MetricWidget.forImage(text)
            _ = MetricWidget(properties: document).queries(nowNs: .max)
        }
    }
}

extension WidgetMetric {
    fileprivate init(namespace: String, name: String) {
        self =
            MetricWidget(
                properties: .object([
                    JSONMember("metrics", .array([.array([.string(namespace), .string(name)])]))
                ])
            ).metrics[0]
    }
}
