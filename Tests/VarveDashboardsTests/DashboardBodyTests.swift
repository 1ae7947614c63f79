import Testing
import VarveDashboards
import VarveJSON

@Suite struct DashboardBodyTests {
    /// What is wrong with a body, as `path: message`.
    private static func errors(_ body: String) -> [String] {
        do {
            _ = try DashboardBody.check(body)
            return []
        } catch {
            return error.validationMessages.map { "\($0.dataPath): \($0.message)" }
        }
    }

    /// One widget of a type, with these properties.
    private static func widget(_ type: String, _ properties: String) -> String {
        #"{"widgets": [{"type": "\#(type)", "x": 0, "y": 0, "width": 6, "height": 6, "properties": \#(properties)}]}"#
    }

    private static func metrics(_ rows: String) -> String {
        widget("metric", #"{"region": "eu-west-1", "metrics": \#(rows)}"#)
    }

    @Test(
        "a body has to be given and to be a JSON object", arguments: ["", "{", "[]", "7", "{} x", #"{"a": 1, "a": 2}"#])
    func noDocument(body: String) throws {
        let problem = #expect(throws: DashboardProblem.self) { try DashboardBody.check(body) }
        if body.isEmpty {
            #expect(problem?.code == "InvalidParameterValue")
            #expect(problem?.message == "The parameter DashboardBody is required.")
        } else {
            #expect(problem?.code == "InvalidParameterInput")
            #expect(problem?.message == "The field DashboardBody must be a valid JSON object")
        }
        #expect(problem?.validationMessages == [])
    }

    @Test("a widget without metrics and annotations is refused with the service's three messages and its list")
    func listOfErrors() {
        let missing = "The metric widget should have specified a region and a data source or an alarm annotation"
        let problem = #expect(throws: DashboardProblem.self) {
            try DashboardBody.check(Self.widget("metric", #"{"region": "eu-west-1"}"#))
        }
        #expect(problem?.code == "InvalidParameterInput")
        #expect(
            problem?.message == """
                The dashboard body is invalid, there are 3 validation errors:
                [
                  {
                    "dataPath": "/widgets/0/properties",
                    "message": "Should have required property 'metrics'"
                  },
                  {
                    "dataPath": "/widgets/0/properties",
                    "message": "\(missing)"
                  },
                  {
                    "dataPath": "/widgets/0/properties",
                    "message": "Should have required property 'annotations'"
                  }
                ]
                """)
    }

    @Test("the published example is stored without a word")
    func example() throws {
        let body = try DashboardBody.check(
            """
            {"start": "-PT6H", "periodOverride": "inherit", "widgets": [
              {"type": "metric", "x": 0, "y": 0, "width": 12, "height": 6, "properties": {
                "metrics": [["AWS/EC2", "CPUUtilization", "InstanceId", "i-012345"]], "period": 300, "stat": "Average",
                "region": "us-east-1", "title": "EC2 Instance CPU", "liveData": false,
                "legend": {"position": "right"}}},
              {"type": "text", "x": 0, "y": 7, "width": 3, "height": 3, "properties": {"markdown": "Hello world"}}]}
            """)
        #expect(body.warnings == [])
        #expect(body.document["widgets"]?.array?.count == 2)
    }

    @Test("unknown members are kept and warned of")
    func warnings() throws {
        let body = try DashboardBody.check(
            """
            {"widgets": [{"type": "text", "z": 1, "properties": {"markdown": "x", "colour": "red"}}], "owner": "me"}
            """)
        #expect(
            body.warnings.map { "\($0.dataPath): \($0.message)" } == [
                ": The \"owner\" property is not expected to be part of a dashboard definition, will be ignored",
                "/widgets/0: The \"z\" property is not expected to be part of a widget definition, will be ignored",
                "/widgets/0/properties: The \"colour\" property is not expected to be part of a widget definition, "
                    + "will be ignored",
            ])
        #expect(body.document["owner"] == .string("me"))
        #expect(body.warnings[0].json["DataPath"] == .string(""))
    }

    @Test(
        "what a widget is made of has its types and ranges",
        arguments: [
            ("{}", ": Should have required property 'widgets'"),
            (#"{"widgets": {}}"#, "/widgets: Should be array"),
            (#"{"widgets": [7]}"#, "/widgets/0: Should be object"),
            (#"{"widgets": [{"properties": {}}]}"#, "/widgets/0: Should have required property 'type'"),
            (#"{"widgets": [{"type": "text"}]}"#, "/widgets/0: Should have required property 'properties'"),
            (
                #"{"widgets": [{"type": "graph", "properties": {}}]}"#,
                "/widgets/0/type: Should be equal to one of the allowed values"
            ),
            (
                #"{"widgets": [{"type": "custom", "x": 24, "properties": {"endpoint": "arn"}}]}"#,
                "/widgets/0/x: Should be <= 23"
            ),
            (
                #"{"widgets": [{"type": "custom", "width": 0, "properties": {"endpoint": "arn"}}]}"#,
                "/widgets/0/width: Should be >= 1"
            ),
            (
                #"{"widgets": [{"type": "custom", "height": 6.5, "properties": {"endpoint": "arn"}}]}"#,
                "/widgets/0/height: Should be integer"
            ),
            (#"{"widgets": [], "start": "yesterday"}"#, "/start: Should be an ISO 8601 date or duration"),
            (#"{"widgets": [], "end": "-PT1H"}"#, ": Should have required property 'start'"),
            (
                #"{"widgets": [], "periodOverride": "no"}"#,
                "/periodOverride: Should be equal to one of the allowed values"
            ),
            (
                #"{"widgets": [], "variables": [{"type": "property", "inputType": "radio"}]}"#,
                "/variables/0: Should have required property 'id'"
            ),
        ])
    func structure(body: String, error: String) {
        #expect(Self.errors(body) == [error])
    }

    @Test(
        "properties are checked by the type of the widget",
        arguments: [
            ("text", "{}", "Should have required property 'markdown'", ""),
            ("log", #"{"region": "r"}"#, "Should have required property 'query'", ""),
            ("log", #"{"query": "fields @message"}"#, "Should have required property 'region'", ""),
            ("alarm", #"{"alarms": []}"#, "Should NOT have less than 1 items", "/alarms"),
            ("custom", "{}", "Should have required property 'endpoint'", ""),
            ("explorer", #"{"labels": []}"#, "Should have required property 'metrics'", ""),
            ("text", #"{"markdown": 7}"#, "Should be string", "/markdown"),
            ("metric", #"{"region": "r", "metrics": [], "stacked": 1}"#, "Should be boolean", "/stacked"),
            (
                "metric", #"{"region": "r", "metrics": [], "view": "graph"}"#,
                "Should be equal to one of the allowed values", "/view"
            ),
            (
                "metric", #"{"region": "r", "metrics": [], "period": 90}"#,
                "Should be 1, 5, 10, 20, 30 or a multiple of 60", "/period"
            ),
            (
                "metric", #"{"region": "r", "metrics": [], "annotations": {"horizontal": [{"label": "x"}]}}"#,
                "Should have required property 'value'", "/annotations/horizontal/0"
            ),
            (
                "metric", #"{"region": "r", "metrics": [], "yAxis": {"left": {"min": "0"}}}"#, "Should be number",
                "/yAxis/left/min"
            ),
        ])
    func properties(type: String, properties: String, message: String, path: String) {
        #expect(Self.errors(Self.widget(type, properties)) == ["/widgets/0/properties\(path): \(message)"])
    }

    @Test("a metric widget needs a region and metrics, or an alarm")
    func sources() {
        let missing =
            "/widgets/0/properties: "
            + "The metric widget should have specified a region and a data source or an alarm annotation"
        #expect(Self.errors(Self.widget("metric", #"{"metrics": [["A", "B"]]}"#)) == [missing])
        #expect(Self.errors(Self.widget("metric", #"{"annotations": {}}"#)) == [missing])
        let alarm = #"{"annotations": {"alarms": ["arn:aws:cloudwatch:eu-west-1:1:alarm:x"]}}"#
        #expect(Self.errors(Self.widget("metric", alarm)) == [])
    }

    @Test(
        "rows of metrics are cells of text in pairs, with the rendering object last",
        arguments: [
            (#"[7]"#, "/0: Should be array"),
            (#"[["A", "B", "C", 7]]"#, #"/0/3: Invalid metric field type, only "String" type is allowed"#),
            (#"[["A", "B", "C", ""]]"#, #"/0/3: Invalid metric field type, only "String" type is allowed"#),
            (#"[["A", {"stat": "Sum"}, "B"]]"#, #"/0/1: Invalid metric field type, only "String" type is allowed"#),
            (#"[["A", "B", "C"]]"#, "/0: Should NOT have more than 2 items"),
            (#"[["A", "B", "C", "D", "E"]]"#, "/0: Should NOT have more than 4 items"),
            (#"[["A"]]"#, "/0: Should NOT have less than 2 items"),
            (#"[["A", "B", {"color": "red"}]]"#, "/0: Should NOT have more than 2 items"),
            (#"[["A", "B", {"dimensions": {"C": "D"}}]]"#, "/0: Should NOT have more than 2 items"),
            (
                #"[["A", "B"], [".", "C", ".", "D"]]"#,
                #"/1/2: Repeat marker "." used but not enough fields in previous metric"#
            ),
            (#"[["...", "x"]]"#, #"/0/0: Repeat marker "..." used but not enough fields in previous metric"#),
        ])
    func rows(rows: String, error: String) {
        #expect(Self.errors(Self.metrics(rows)).first == "/widgets/0/properties/metrics\(error)")
    }

    @Test("rows with shorthand and expressions are stored")
    func shorthand() {
        let rows = """
            [["AWS/EC2", "CPUUtilization", "InstanceId", "i-1", {"id": "m1", "color": "#ff0000"}], ["...", "i-2"],
             [".", "NetworkIn", ".", "i-3"], [{"expression": "m1 * 2", "label": "twice"}], ["...", {"yAxis": "right"}]]
            """
        #expect(Self.errors(Self.metrics(rows)) == [])
    }

    @Test("500 widgets, 500 metrics in one and 2 500 in all, 25 variables")
    func limits() {
        let text = #"{"type": "text", "properties": {"markdown": ""}}"#
        func body(_ widgets: [String]) -> String { #"{"widgets": [\#(widgets.joined(separator: ","))]}"# }
        func metrics(_ count: Int) -> String {
            let rows = [String](repeating: #"["A","B"]"#, count: count).joined(separator: ",")
            return #"{"type": "metric", "properties": {"region": "r", "metrics": [\#(rows)]}}"#
        }
        #expect(Self.errors(body([String](repeating: text, count: 500))) == [])
        #expect(
            Self.errors(body([String](repeating: text, count: 501))) == [
                "/widgets: Should NOT have more than 500 items"
            ])
        #expect(Self.errors(body([metrics(500)])) == [])
        #expect(
            Self.errors(body([metrics(501)])) == [
                "/widgets/0/properties/metrics: Should NOT have more than 500 items"
            ])
        #expect(Self.errors(body([String](repeating: metrics(500), count: 5))) == [])
        #expect(
            Self.errors(body([String](repeating: metrics(500), count: 5) + [metrics(1)])) == [
                "/widgets: Should NOT have more than 2500 metrics"
            ])
        let variable = #"{"type": "pattern", "pattern": "x", "inputType": "input", "id": "a"}"#
        func variables(_ count: Int) -> String {
            let list = [String](repeating: variable, count: count).joined(separator: ",")
            return #"{"widgets": [], "variables": [\#(list)]}"#
        }
        #expect(Self.errors(variables(25)) == [])
        #expect(Self.errors(variables(26)) == ["/variables: Should NOT have more than 25 items"])
    }

    @Test("a thousand errors are listed and all are counted")
    func manyErrors() {
        let widgets = [String](repeating: #"{"x": "a", "y": "b", "width": 0}"#, count: 400).joined(separator: ",")
        let problem = #expect(throws: DashboardProblem.self) { try DashboardBody.check(#"{"widgets": [\#(widgets)]}"#) }
        #expect(problem?.validationMessages.count == 1_000)
        #expect(problem?.message.contains("there are 2000 validation errors:") == true)
    }
}
