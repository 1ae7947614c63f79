import VarveBytes
import Testing
import VarveJSON
import VarveModel
import VarveStore
import VarveTestKit
import VarveWire

@testable import VarveCloud

@Suite("Operations on metrics")
struct MetricOperationTests {
    private static let start = CloudWorld.start

    @Test("a datum put with a form is read back as statistics in XML")
    func formRoundTrip() throws {
        let world = try CloudWorld()
        for value in ["1.5", "2.5"] {
            let put = world.query(
                "Action=PutMetricData&Namespace=N&MetricData.member.1.MetricName=m&MetricData.member.1.Value=\(value)"
                    + "&MetricData.member.1.Unit=Seconds&MetricData.member.1.Timestamp=2026-01-15T11%3A50%3A30Z"
                    + "&MetricData.member.1.Dimensions.member.1.Name=Host"
                    + "&MetricData.member.1.Dimensions.member.1.Value=a"
            )
            #expect(put.status == 200)
            #expect(put.body.contains("<PutMetricDataResponse"))
        }
        let answer = world.query(
            "Action=GetMetricStatistics&Namespace=N&MetricName=m&StartTime=2026-01-15T11%3A00%3A00Z"
                + "&EndTime=2026-01-15T12%3A00%3A00Z&Period=60&Statistics.member.1=Average"
                + "&Statistics.member.2=SampleCount"
                + "&Dimensions.member.1.Name=Host&Dimensions.member.1.Value=a")
        #expect(answer.status == 200)
        for part in [
            "<Label>m</Label>", "<Timestamp>2026-01-15T11:50:00Z</Timestamp>", "<Average>2.0</Average>",
            "<SampleCount>2.0</SampleCount>", "<Unit>Seconds</Unit>",
        ] {
            #expect(answer.body.contains(part), "\(part) is not in \(answer.body)")
        }
    }

    @Test("values with counts and statistic sets of one request make up one period")
    func weightedAndSummed() throws {
        let world = try CloudWorld()
        let put = try world.call(
            "PutMetricData",
            """
            {"Namespace":"N","MetricData":[
              {"MetricName":"m","Values":[1,2],"Counts":[3,1],"Timestamp":\(Self.start - 120)},
              {"MetricName":"m","StatisticValues":{"SampleCount":2,"Sum":20,"Minimum":5,"Maximum":15},
               "Timestamp":\(Self.start - 100)},
              {"MetricName":"m","Value":4,"Timestamp":\(Self.start - 90)}]}
            """)
        #expect(put.status == 200)
        let answer = try world.call(
            "GetMetricStatistics",
            """
            {"Namespace":"N","MetricName":"m","StartTime":\(Self.start - 120),"EndTime":\(Self.start),"Period":60,
             "Statistics":["SampleCount","Sum","Minimum","Maximum"]}
            """)
        let point = try #require(answer.body["Datapoints"]?.array?.first)
        // 3 × 1 + 2 + 20 + 4 over 4 + 2 + 1 observations, all in the minute that begins at 11:58.
        #expect(point["SampleCount"]?.double == 7)
        #expect(point["Sum"]?.double == 29)
        #expect(point["Minimum"]?.double == 1)
        #expect(point["Maximum"]?.double == 15)
    }

    @Test("a request with one datum that is wrong stores nothing")
    func allOrNothing() throws {
        let world = try CloudWorld()
        let put = try world.call(
            "PutMetricData",
            """
            {"Namespace":"N","MetricData":[{"MetricName":"m","Value":1},
              {"MetricName":"m","Value":1,"Timestamp":\(Self.start - 15 * 86_400)}]}
            """)
        #expect(put.status == 400)
        #expect(
            put.body["message"]?.string
                == "The parameter MetricData.member.2.Timestamp must specify a time within the past two weeks.")
        #expect(world.store.statistics().sampleCount == 0)
    }

    @Test("newest points come first, and pages together are the whole answer")
    func pages() throws {
        let world = try CloudWorld()
        for minute in 1...10 { try world.put(Double(minute), secondsAgo: Int64(minute) * 60) }
        func ask(_ more: String) throws -> JSONValue {
            try world.call(
                "GetMetricData",
                """
                {"StartTime":\(Self.start - 600),"EndTime":\(Self.start)\(more),"MetricDataQueries":[{"Id":"a",
                 "MetricStat":{"Metric":{"Namespace":"N","MetricName":"m"},"Period":60,"Stat":"Sum"}}]}
                """
            ).body
        }
        let whole = try ask("")
        #expect(whole["NextToken"] == nil)
        #expect(whole["Messages"] == .array([]))
        let values = whole["MetricDataResults"]?.array?.first?["Values"]?.array?.compactMap(\.double)
        #expect(values == (1...10).map(Double.init))
        var collected: [Double] = []
        var statuses: [String] = []
        var token = ""
        repeat {
            let page = try ask(#","MaxDatapoints":4\#(token.isEmpty ? "" : #","NextToken":"\#(token)""#)"#)
            let result = try #require(page["MetricDataResults"]?.array?.first)
            collected += result["Values"]?.array?.compactMap(\.double) ?? []
            statuses.append(result["StatusCode"]?.string ?? "")
            token = page["NextToken"]?.string ?? ""
        } while !token.isEmpty
        #expect(collected == (1...10).map(Double.init))
        #expect(statuses == ["PartialData", "PartialData", "Complete"])
    }

    @Test("the service's own namespaces and old data are taken where the server is told so")
    func options() throws {
        let body =
            #"{"Namespace":"AWS/EC2","MetricData":[{"MetricName":"m","Value":1,"#
            + #""Timestamp":\#(Self.start - 40 * 86_400)}]}"#
        let strict = try CloudWorld()
        #expect(try strict.call("PutMetricData", body).status == 400)
        let lenient = try CloudWorld { options in
            options.refusesServiceNamespaces = false
            options.checksTimes = false
        }
        #expect(try lenient.call("PutMetricData", body).status == 200)
        #expect(lenient.store.statistics().sampleCount == 1)
    }

    @Test("pages of one walk have the retention tier of its first page")
    func pagesKeepTheirTime() throws {
        let world = try CloudWorld()
        for minute in 1...10 { try world.put(Double(minute), secondsAgo: Int64(minute) * 60) }
        try world.put(60, secondsAgo: 3_600)
        func ask(_ more: String) throws -> JSONValue {
            // Three hours less a minute ago: periods of 30 seconds have data now, and none in two minutes.
            try world.call(
                "GetMetricData",
                """
                {"StartTime":\(Self.start - 3 * 3_600 + 60),"EndTime":\(Self.start)\(more),"MaxDatapoints":100,
                 "MetricDataQueries":[{"Id":"a",
                 "MetricStat":{"Metric":{"Namespace":"N","MetricName":"m"},"Period":30,"Stat":"Sum"}}]}
                """
            ).body
        }
        let token = try #require(try ask("")["NextToken"]?.string)
        func sum(_ page: JSONValue) -> Int { page["MetricDataResults"]?.array?.first?["Values"]?.array?.count ?? -1 }
        let before = try ask("")
        #expect(sum(before) == 10)
        world.clock.advance(byNs: 120 * Nanoseconds.perSecond)
        let after = try ask("")
        #expect(sum(after) == 0)
        // The walk goes on as it began: its second page is 50 to 100 minutes old.
        let second = try ask(#","NextToken":"\#(token)""#)
        #expect(sum(second) == 1)
    }

    @Test("a token of another question, or a changed one, is refused")
    func foreignTokens() throws {
        let world = try CloudWorld()
        for minute in 1...3 { try world.put(1, secondsAgo: Int64(minute) * 60) }
        func ask(_ stat: String, _ token: String?) throws -> (status: Int, body: JSONValue) {
            try world.call(
                "GetMetricData",
                """
                {"StartTime":\(Self.start - 180),"EndTime":\(Self.start),
                 "MaxDatapoints":1\(token.map { #","NextToken":"\#($0)""# } ?? ""),
                 "MetricDataQueries":[{"Id":"a",
                 "MetricStat":{"Metric":{"Namespace":"N","MetricName":"m"},"Period":60,"Stat":"\(stat)"}}]}
                """)
        }
        let token = try #require(try ask("Sum", nil).body["NextToken"]?.string)
        #expect(try ask("Sum", token).status == 200)
        for (stat, text) in [("Average", token), ("Sum", "x" + token), ("Sum", String(token.dropLast()))] {
            let refused = try ask(stat, text)
            #expect(refused.status == 400)
            #expect(refused.body["__type"]?.string?.hasSuffix("#InvalidNextToken") == true)
        }
    }

    @Test(
        "what the service says of wrong requests for data",
        arguments: [
            (#""StartTime":100,"EndTime":100"#, "The parameter StartTime must not equal parameter EndTime.\n"),
            (#""StartTime":200,"EndTime":100"#, "The parameter EndTime must be greater than StartTime.\n"),
        ])
    func ranges(times: String, message: String) throws {
        let answer = try CloudWorld().call(
            "GetMetricData", "{\(times),\"MetricDataQueries\":[{\"Id\":\"a\",\"Expression\":\"TIME_SERIES(1)\"}]}")
        #expect(answer.status == 400)
        #expect(answer.body["message"]?.string == message)
        #expect(answer.body["__type"]?.string == "com.amazon.coral.validate#ValidationException")
    }

    @Test("with an expression the newest page is the answer, and an end far ahead does not push it into the future")
    func newestWithExpression() throws {
        let world = try CloudWorld()
        for minute in 1...10 { try world.put(Double(minute), secondsAgo: Int64(minute) * 60) }
        let answer = try world.call(
            "GetMetricData",
            """
            {"StartTime":\(Self.start - 600),"EndTime":4102444800,"MaxDatapoints":300,"MetricDataQueries":[
             {"Id":"a","MetricStat":{"Metric":{"Namespace":"N","MetricName":"m"},"Period":60,"Stat":"Sum"}},
             {"Id":"e","Expression":"a * 2"}]}
            """
        ).body
        // 2 queries share 300 slots: 150 minutes back from two hours and a minute ahead, which are 10 + 121.
        let results = answer["MetricDataResults"]?.array ?? []
        #expect(results.map { $0["Id"]?.string } == ["a", "e"])
        #expect(results.first?["Values"]?.array?.compactMap(\.double) == (1...10).map(Double.init))
    }

    @Test("pages of any periods and sizes cover the range once, newest or oldest first")
    func pageModel() {
        for seed in 0..<300 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let minute = Nanoseconds.perMinute
            let periods = (0...Int(random.next() % 3)).map { _ in Int64(random.next() % 7 + 1) * minute }
            let start = Int64(random.next() % 1_000) * minute
            let range = TimeRange(start: start, end: start + Int64(random.next() % 5_000_000) * 1_000_000_000)
            let pages = DataPages(
                range: range, periodsNs: periods, slotsPerPage: Int(random.next() % 500) + 1,
                isDescending: random.next() % 2 == 0)
            var found: [TimeRange] = []
            var number: Int64?
            repeat {
                let page = pages.page(at: number)
                found.append(page.range)
                number = page.next
            } while number != nil
            if pages.isDescending { found.reverse() }
            #expect(found.first?.start == range.start && found.last?.end == range.end, "seed \(seed)")
            for (one, next) in zip(found, found.dropFirst()) {
                #expect(one.end == next.start, "seed \(seed)")
                #expect(periods.allSatisfy { (one.end - range.start).isMultiple(of: $0) }, "seed \(seed)")
            }
        }
    }

    @Test("a request of more rows than one batch may have is stored whole")
    func manyValues() throws {
        let world = try CloudWorld()
        let datum = #"{"MetricName":"m","Values":[1,2,3,4,5],"Timestamp":\#(Self.start - 60)}"#
        let data = [String](repeating: datum, count: 90).joined(separator: ",")
        let request = WireRequest(
            method: "POST", path: "/",
            headers: [WireHeader("x-amz-target", "GraniteServiceVersion20100801.PutMetricData")],
            body: Array(#"{"Namespace":"N","MetricData":[\#(data)]}"#.utf8))
        guard case .call(let call) = ServiceDirectory.builtIn.route(request) else { return #expect(Bool(false)) }
        var buffer = MetricDataBuffer()
        let nowNs = Self.start * Nanoseconds.perSecond
        try call.metricData(of: request, rules: MetricDataRules(nowNs: nowNs), into: &buffer)
        let batch = MetricDataBatch(buffer: buffer, scope: .default, nowNs: nowNs, rowsMax: 100)
        var cache = ShapeCache()
        guard case .together(let records) = batch.write(&cache) else { return #expect(Bool(false)) }
        #expect(records.map(\.rowCount) == [100, 100, 100, 100, 50])
        _ = try world.store.appendTogetherAndWait(records)
        let answer = try world.call(
            "GetMetricStatistics",
            """
            {"Namespace":"N","MetricName":"m","StartTime":\(Self.start - 60),"EndTime":\(Self.start),"Period":60,
             "Statistics":["SampleCount","Sum"]}
            """)
        let point = try #require(answer.body["Datapoints"]?.array?.first)
        #expect(point["SampleCount"]?.double == 450)
        #expect(point["Sum"]?.double == 1_350)
    }

    @Test("periods, times and labels beyond reason are refused and trap nothing")
    func beyondReason() throws {
        let world = try CloudWorld()
        func status(_ query: String, _ times: String = #""StartTime":0,"EndTime":3600"#) throws -> Int {
            try world.call("GetMetricData", "{\(times),\"MetricDataQueries\":[\(query)]}").status
        }
        func stat(_ period: Int, _ more: String = "") -> String {
            #"{"Id":"a","MetricStat":{"Metric":{"Namespace":"N","MetricName":"m"},"#
                + #""Period":\#(period),"Stat":"Sum"}\#(more)}"#
        }
        #expect(try status(stat(10_000_000_020)) == 400)
        #expect(try status(#"{"Id":"a","Expression":"TIME_SERIES(1)","Period":9000000000000000060}"#) == 400)
        #expect(try status(stat(60, #","Label":"${AVG}${AVG}${AVG}${AVG}${AVG}${AVG}""#)) == 400)
        #expect(try status(stat(60, #","Label":"${AVG} ${MAX}""#)) == 200)
        #expect(try status(stat(86_400), #""StartTime":-62135596800,"EndTime":253402300799"#) == 200)
        for widget in [
            #"{"metrics":[["N","m",{"period":10000000020}]]}"#,
            #"{"metrics":[["N","m"]],"view":"singleValue","setPeriodToTimeRange":true,"#
                + #""start":"-P1000Y","end":"P1000Y"}"#,
        ] {
            let quoted = String(decoding: JSONValue.string(widget).encoded, as: UTF8.self)
            let answer = try world.call("GetMetricWidgetImage", #"{"MetricWidget":\#(quoted)}"#)
            #expect([200, 400].contains(answer.status), "\(widget)")
        }
    }

    @Test("old data are shown in the periods in which the service keeps them")
    func tiers() throws {
        // Start, period, whether there may be data: table of Docs/Compatibility/cloudwatch.md.
        let hour: Int64 = 3_600
        let rows: [(ago: Int64, period: Int64, hasData: Bool)] = [
            (2 * hour, 10, true), (4 * hour, 10, false), (4 * hour, 60, true), (16 * 24 * hour, 60, false),
            (16 * 24 * hour, 300, true), (64 * 24 * hour, 300, false), (64 * 24 * hour, 3_600, true),
        ]
        for row in rows {
            let world = try CloudWorld()
            var batch = RowBatch()
            let source = SourceKey(namespace: "N", dimensions: [])
            batch.append(
                shape: RowShape(source: source, fields: [FieldKey(metric: "m")]),
                timestamp: (Self.start - row.ago + row.period) * Nanoseconds.perSecond, values: [1])
            _ = try world.store.appendAndWait(batch)
            let answer = try world.call(
                "GetMetricStatistics",
                """
                {"Namespace":"N","MetricName":"m","StartTime":\(Self.start - row.ago),
                 "EndTime":\(Self.start - row.ago + 4 * row.period),"Period":\(row.period),"Statistics":["Sum"]}
                """)
            let count = answer.body["Datapoints"]?.array?.count
            #expect(count == (row.hasData ? 1 : 0), "\(row): \(answer.body)")
        }
    }

    @Test("metrics are listed in pages of 500, each once, whatever their units")
    func listing() throws {
        let world = try CloudWorld()
        for start in stride(from: 0, to: 1_200, by: 400) {
            let data = (start..<(start + 400)).map {
                #"{"MetricName":"m\#($0)","Value":1,"Unit":"\#($0.isMultiple(of: 2) ? "Count" : "Bytes")"}"#
            }
            let put = try world.call(
                "PutMetricData", #"{"Namespace":"N","MetricData":[\#(data.joined(separator: ","))]}"#)
            #expect(put.status == 200)
        }
        try world.put(1, name: "m0")
        var names: [String] = []
        var sizes: [Int] = []
        var token = ""
        repeat {
            let page = try world.call(
                "ListMetrics", #"{"Namespace":"N"\#(token.isEmpty ? "" : #","NextToken":"\#(token)""#)}"#
            ).body
            let metrics = page["Metrics"]?.array ?? []
            sizes.append(metrics.count)
            names += metrics.compactMap { $0["MetricName"]?.string }
            token = page["NextToken"]?.string ?? ""
        } while !token.isEmpty
        #expect(sizes == [500, 500, 200])
        #expect(names == (0..<1_200).map { "m\($0)" }, "in the order in which they came")
    }

    @Test("an alarm that is put with a form is described in XML")
    func alarms() throws {
        let world = try CloudWorld()
        let put = world.query(
            "Action=PutMetricAlarm&AlarmName=high&Namespace=N&MetricName=m&Statistic=Average&Period=60"
                + "&EvaluationPeriods=1&Threshold=5&ComparisonOperator=GreaterThanThreshold")
        #expect(put.status == 200, "\(put.body)")
        let answer = world.query("Action=DescribeAlarms")
        for part in [
            "<AlarmName>high</AlarmName>", "<StateValue>INSUFFICIENT_DATA</StateValue>", "<Threshold>5.0</Threshold>",
            "<AlarmConfigurationUpdatedTimestamp>2026-01-15T12:00:00",
            "<CompositeAlarms></CompositeAlarms>",
        ] {
            #expect(answer.body.contains(part), "\(part) is not in \(answer.body)")
        }
    }
}

@Suite("Dashboards and pictures over the front")
struct DashboardOperationTests {
    @Test("a dashboard is kept word for word, listed, and deleted")
    func lifeOfADashboard() throws {
        let world = try CloudWorld()
        let body =
            #"{ "widgets": [{"type":"text","x":0,"y":0,"width":6,"height":3,"properties":{"markdown":"hello"}}] }"#
        let quoted = String(decoding: JSONValue.string(body).encoded, as: UTF8.self)
        let put = try world.call("PutDashboard", #"{"DashboardName":"ops-1","DashboardBody":\#(quoted)}"#)
        #expect(put.status == 200, "\(put.body)")
        let got = try world.call("GetDashboard", #"{"DashboardName":"ops-1"}"#).body
        #expect(got["DashboardBody"]?.string == body)
        #expect(got["DashboardArn"]?.string == "arn:aws:cloudwatch::000000000001:dashboard/ops-1")
        let list = try world.call("ListDashboards", #"{"DashboardNamePrefix":"ops"}"#).body
        #expect(list["DashboardEntries"]?.array?.first?["DashboardName"]?.string == "ops-1")
        #expect(list["DashboardEntries"]?.array?.first?["LastModified"]?.double == Double(CloudWorld.start))
        #expect(try world.call("DeleteDashboards", #"{"DashboardNames":["ops-1","other"]}"#).status == 200)
        let gone = try world.call("GetDashboard", #"{"DashboardName":"ops-1"}"#)
        #expect(gone.status == 404)
        #expect(gone.body["message"]?.string == "Dashboard ops-1 does not exist")
    }

    @Test("a widget's picture is a PNG of the size that was asked for")
    func picture() throws {
        let world = try CloudWorld()
        for minute in 1...30 { try world.put(Double(minute % 7), secondsAgo: Int64(minute) * 60) }
        let widget = #"{"metrics":[["N","m"]],"width":320,"height":200,"start":"-PT1H","title":"m"}"#
        let quoted = String(decoding: JSONValue.string(widget).encoded, as: UTF8.self)
        let answer = try world.call("GetMetricWidgetImage", #"{"MetricWidget":\#(quoted)}"#)
        let png = try #require(answer.body["MetricWidgetImage"]?.string.flatMap { Base64.decode($0) })
        // Signature, then the length and type of IHDR, then width and height (PNG specification, 5.2 and 11.2.2).
        #expect(Array(png.prefix(8)) == [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
        #expect(Array(png[16..<24]) == [0, 0, 1, 64, 0, 0, 0, 200])
    }
}
