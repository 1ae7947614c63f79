package import VarveDashboards
package import VarveModel

/// What came back for one row of a widget.
package struct WidgetSeries: Sendable, Equatable {
    /// Position in `MetricWidget.metrics`.
    package var metric: Int
    /// As the query names it.
    package var label: String
    /// Nanoseconds since 1970, ascending.
    package var timestampsNs: [Int64]
    package var values: [Double]
    package var unit: Unit
    /// Whether the answer lacks points.
    package var isPartial: Bool

    package init(
        metric: Int, label: String, timestampsNs: [Int64], values: [Double], unit: Unit = .none, isPartial: Bool = false
    ) {
        self.metric = metric
        self.label = label
        self.timestampsNs = timestampsNs
        self.values = values
        self.unit = unit
        self.isPartial = isPartial
    }
}

extension Chart {
    /// The picture of a widget.
    /// - Parameters:
    ///   - queries: what was asked, from `MetricWidget.queries(nowNs:)`.
    ///   - answers: one for each series that came back, in order. The two of an anomaly band (same row, one after the
    ///     other) become a band.
    ///   - alarms: those of `MetricWidget.alarmARNs`.
    package init(
        _ widget: MetricWidget, queries: WidgetQueries, answers: [WidgetSeries], alarms: [ChartAlarm], nowNs: Int64
    ) {
        self.init(range: queries.range)
        view = View(widget)
        (width, height, theme) = (widget.width, widget.height, widget.theme == .dark ? .dark : .light)
        title = widget.title
        zoneOffsetSeconds = widget.zoneOffsetSeconds
        periodNs = queries.queries.filter(\.isShown).map(\.period).max()
            .map { $0.multipliedReportingOverflow(by: Nanoseconds.perSecond) }
            .flatMap { $0.overflow ? nil : $0.partialValue }
        left = ChartAxis(widget.left)
        right = ChartAxis(widget.right)
        horizontals = widget.horizontalAnnotations.flatMap(ChartHorizontal.all)
        verticals = widget.verticalAnnotations.map { ChartVertical($0, nowNs: nowNs) }
        legend =
            switch widget.legend {
            case .bottom: .bottom
            case .right: .right
            case .hidden: .hidden
            }
        (hasSparkline, hasFullPrecision) = (widget.hasSparkline, widget.hasFullPrecision)
        self.alarms = alarms
        add(answers, of: widget)
    }

    private mutating func add(_ answers: [WidgetSeries], of widget: MetricWidget) {
        var index = 0
        while index < answers.count {
            let answer = answers[index]
            index += 1
            guard widget.metrics.indices.contains(answer.metric) else { continue }
            let metric = widget.metrics[answer.metric]
            let colour = metric.colour.flatMap(ChartColour.init(hex:))
            let side: Side = metric.side == .right ? .right : .left
            if metric.isAnomalyBand, index < answers.count, answers[index].metric == answer.metric {
                bands.append(ChartBand(answer, answers[index], colour: colour, side: side))
                index += 1
            } else {
                var one = ChartSeries(
                    label: answer.label, colour: colour, side: side, timestampsNs: answer.timestampsNs,
                    values: answer.values, unit: answer.unit)
                one.isPartial = answer.isPartial
                series.append(one)
            }
        }
    }
}

extension Chart.View {
    fileprivate init(_ widget: MetricWidget) {
        self =
            switch widget.view {
            case .timeSeries: widget.isStacked ? .stackedAreas : .lines
            case .singleValue: .singleValue
            case .gauge: .gauge
            case .bar: .bars
            case .pie: .pie
            case .table: .table
            }
    }
}

extension ChartAxis {
    fileprivate init(_ axis: WidgetAxis) {
        self.init(min: axis.min, max: axis.max, label: axis.label, showsUnits: axis.showsUnits)
    }
}

extension ChartHorizontal {
    /// The line, and that at the other end of a band.
    fileprivate static func all(_ annotation: HorizontalAnnotation) -> [ChartHorizontal] {
        let colour = annotation.colour.flatMap(ChartColour.init(hex:))
        let side: Chart.Side = annotation.side == .right ? .right : .left
        var first = ChartHorizontal(value: annotation.value, label: annotation.label, colour: colour, side: side)
        switch annotation.fill {
        case .none: first.fill = .none
        case .above: first.fill = .above
        case .below: first.fill = .below
        case .between: first.fill = annotation.secondValue.map(Fill.to) ?? .none
        }
        guard let second = annotation.secondValue else { return [first] }
        return [first, ChartHorizontal(value: second, label: annotation.secondLabel, colour: colour, side: side)]
    }
}

extension ChartVertical {
    fileprivate init(_ annotation: VerticalAnnotation, nowNs: Int64) {
        self.init(
            timestampNs: annotation.time.resolved(nowNs: nowNs), label: annotation.label,
            colour: annotation.colour.flatMap(ChartColour.init(hex:)))
        switch annotation.fill {
        case .none: fill = .none
        case .before: fill = .before
        case .after: fill = .after
        case .between:
            guard let second = annotation.secondTime else { return }
            fill = .to(second.resolved(nowNs: nowNs))
            label = [label, annotation.secondLabel].compactMap(\.self).joined(separator: " – ")
            if label?.isEmpty == true { label = nil }
        }
    }
}

extension ChartBand {
    /// The range between two answers at the times that both have.
    fileprivate init(_ first: WidgetSeries, _ second: WidgetSeries, colour: ChartColour?, side: Chart.Side) {
        let others = Dictionary(
            zip(second.timestampsNs, second.values), uniquingKeysWith: { earlier, _ in earlier })
        let points = zip(first.timestampsNs, first.values).compactMap { time, value in
            others[time].map { (time, value, $0) }
        }
        self.init(
            label: first.label, colour: colour, side: side, timestampsNs: points.map(\.0), lower: points.map(\.1),
            upper: points.map(\.2), unit: first.unit)
    }
}

extension ChartColour {
    /// `#rrggbb` or `#rgb`; nil for anything else.
    package init?(hex: String) {
        guard let bytes = HexColour.bytes(of: hex) else { return nil }
        self.init(UInt32(bytes.red) << 16 | UInt32(bytes.green) << 8 | UInt32(bytes.blue))
    }
}
