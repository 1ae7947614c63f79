package import VarveJSON

/// A dashboard body that may be stored.
package struct DashboardBody: Sendable, Equatable {
    /// The document as it came, unknown members included.
    package let document: JSONValue
    /// What is unexpected and does not keep the body from being stored. At most ``DashboardLimits/messagesMax``.
    package let warnings: [DashboardMessage]

    /// Checks a body. O(bytes).
    /// - Parameter text: the parameter `DashboardBody`; nil when it was not given.
    /// - Throws: the service's refusal, with one message for each thing that is wrong.
    package static func check(_ text: String?) throws(DashboardProblem) -> DashboardBody {
        guard let text, !text.isEmpty else {
            throw DashboardProblem(code: "InvalidParameterValue", message: "The parameter DashboardBody is required.")
        }
        guard let document = try? JSONReader.read(Array(text.utf8)), case .object = document else {
            throw DashboardProblem(
                code: "InvalidParameterInput", message: "The field DashboardBody must be a valid JSON object")
        }
        var report = DocumentReport()
        DocumentRule.body.check(document, path: "", report: &report)
        if document["end"] != nil, document["start"] == nil {
            report.error("", "Should have required property 'start'")
        }
        if let widgets = document["widgets"] { checkWidgets(widgets, &report) }
        guard report.errorCount == 0 else {
            throw DashboardProblem(
                code: "InvalidParameterInput", subject: "The dashboard body", errorCount: report.errorCount,
                errors: report.errors)
        }
        return DashboardBody(document: document, warnings: report.warnings)
    }

    private static func checkWidgets(_ widgets: JSONValue, _ report: inout DocumentReport) {
        DocumentRule.array(.any, count: 0...DashboardLimits.widgetsMax).check(
            widgets, path: "/widgets", report: &report)
        guard let elements = widgets.array, elements.count <= DashboardLimits.widgetsMax else { return }
        var metricCount = 0
        for (index, widget) in elements.enumerated() {
            let path = "/widgets/\(index)"
            DocumentRule.widget.check(widget, path: path, report: &report)
            guard let type = widget["type"]?.string, let properties = widget["properties"],
                let rule = DocumentRule.properties.first(where: { $0.type == type })?.rule
            else { continue }
            rule.check(properties, path: "\(path)/properties", report: &report)
            guard type == "metric", case .object = properties else { continue }
            checkSources(of: properties, path: "\(path)/properties", &report)
            metricCount += MetricWidget.checkMetrics(
                properties, path: "\(path)/properties", countMax: DashboardLimits.metricsPerWidgetMax, &report)
        }
        if metricCount > DashboardLimits.metricsMax {
            report.error("/widgets", "Should NOT have more than \(DashboardLimits.metricsMax) metrics")
        }
    }

    /// A metric widget shows metrics of a region, or an alarm, whose region is in its name.
    private static func checkSources(of properties: JSONValue, path: String, _ report: inout DocumentReport) {
        let hasAlarms = properties["annotations"]?["alarms"]?.array?.isEmpty == false
        let hasMetrics = properties["metrics"] != nil
        if !hasMetrics, properties["annotations"] == nil {
            report.error(path, "Should have required property 'metrics'")
            report.error(path, missingSource)
            report.error(path, "Should have required property 'annotations'")
        } else if !hasAlarms, !hasMetrics || properties["region"] == nil {
            report.error(path, missingSource)
        }
    }

    private static let missingSource =
        "The metric widget should have specified a region and a data source or an alarm annotation"
}
