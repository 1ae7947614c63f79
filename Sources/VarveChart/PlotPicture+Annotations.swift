import VarveModel

extension PlotPicture {
    /// Areas above, below and between annotations: behind everything else.
    func drawFills() {
        for one in chart.horizontals where one.value.isFinite {
            let y = scale(one.side).y(one.value, in: plot)
            let end: Double
            switch one.fill {
            case .none: continue
            case .above: end = plot.y
            case .below: end = plot.bottom
            case .to(let value):
                guard value.isFinite else { continue }
                end = scale(one.side).y(value, in: plot)
            }
            let (top, bottom) = (max(plot.y, min(y, end)), min(plot.bottom, max(y, end)))
            // Above a line that lies above the plot there is nothing to fill.
            if one.fill == .above, y < plot.y { continue }
            if one.fill == .below, y > plot.bottom { continue }
            let box = Box(x: plot.x, y: top, width: plot.width, height: bottom - top)
            canvas.fill(box, one.colour ?? palette.annotation, alpha: 0.13)
        }
        for one in chart.verticals { drawFill(one) }
    }

    private func drawFill(_ one: ChartVertical) {
        let x = x(one.timestampNs)
        let end: Double
        switch one.fill {
        case .none: return
        case .before: end = plot.x
        case .after: end = plot.right
        case .to(let timestampNs): end = self.x(timestampNs)
        }
        if one.fill == .before, x < plot.x { return }
        if one.fill == .after, x > plot.right { return }
        let (first, last) = (max(plot.x, min(x, end)), min(plot.right, max(x, end)))
        let box = Box(x: first, y: plot.y, width: last - first, height: plot.height)
        canvas.fill(box, one.colour ?? palette.annotation, alpha: 0.13)
    }

    /// Lines of annotations and alarms, and their labels where there is room.
    func drawAnnotations(isLegendShown: Bool) {
        var labels = LabelPlacer(plot: plot)
        for one in chart.verticals { draw(one, &labels) }
        for one in chart.horizontals where one.value.isFinite {
            let y = scale(one.side).y(one.value, in: plot)
            let colour = one.colour ?? palette.annotation
            drawLevel(y, colour, width: 1.25, dash: [5, 3])
            if let label = one.label { write(label, atY: y, colour, &labels) }
        }
        for alarm in chart.alarms {
            guard let threshold = alarm.threshold, threshold.isFinite else { continue }
            let y = scale(alarm.side).y(threshold, in: plot)
            let colour = palette.state(alarm.state)
            drawLevel(y, colour, width: metrics.lineWidth, dash: [10, 3])
            if !isLegendShown { write(alarm.legendLabel, atY: y, colour, &labels) }
        }
    }

    private func drawLevel(_ y: Double, _ colour: ChartColour, width: Double, dash: [Double]) {
        guard y >= plot.y - 1, y <= plot.bottom + 1 else { return }
        canvas.strokeRule(
            from: Point(x: plot.x, y: y), to: Point(x: plot.right, y: y), colour, width: width, dash: dash)
    }

    private func draw(_ one: ChartVertical, _ labels: inout LabelPlacer) {
        let x = x(one.timestampNs)
        let colour = one.colour ?? palette.annotation
        var places = [x]
        if case .to(let timestampNs) = one.fill { places.append(self.x(timestampNs)) }
        for place in places where place >= plot.x - 1 && place <= plot.right + 1 {
            canvas.strokeRule(
                from: Point(x: place, y: plot.y), to: Point(x: place, y: plot.bottom), colour, width: 1.25,
                dash: [5, 3])
        }
        guard let label = one.label, let first = places.min(), first <= plot.right, let last = places.max(),
            last >= plot.x
        else { return }
        let text = canvas.fitted(label, width: plot.width * 0.45, size: metrics.small)
        let width = canvas.textWidth(text, size: metrics.small)
        let start = max(plot.x, first)
        let candidates = (0..<3).flatMap { row in
            let y = plot.y + 3 + Double(row) * metrics.small * 1.3
            return [Point(x: start + 5, y: y), Point(x: first - 5 - width, y: y)]
        }
        place(text, width: width, candidates, colour, &labels)
    }

    /// Above the line or below it, at the right end or at the left one.
    private func write(_ label: String, atY y: Double, _ colour: ChartColour, _ labels: inout LabelPlacer) {
        guard hasRoomForLabels, y >= plot.y - 1, y <= plot.bottom + 1 else { return }
        let text = canvas.fitted(label, width: plot.width * 0.45, size: metrics.small)
        let width = canvas.textWidth(text, size: metrics.small)
        let height = metrics.small * 1.2
        let candidates = [plot.right - width - 5, plot.x + 5].flatMap { x in
            [Point(x: x, y: y - height - 2), Point(x: x, y: y + 3)]
        }
        place(text, width: width, candidates, colour, &labels)
    }

    private var hasRoomForLabels: Bool { plot.width >= 90 && plot.height >= metrics.small * 3 }

    /// Writes in the first of `candidates` (upper left corners) where nothing is written yet; else not at all.
    private func place(
        _ text: String, width: Double, _ candidates: [Point], _ colour: ChartColour, _ labels: inout LabelPlacer
    ) {
        guard hasRoomForLabels, !text.isEmpty else { return }
        let size = Box(x: 0, y: 0, width: width, height: metrics.small * 1.2)
        guard let box = labels.take(size, candidates) else { return }
        let ground = Box(x: box.x - 3, y: box.y - 1, width: box.width + 6, height: box.height + 2)
        canvas.fill(ground, palette.background, alpha: 0.65, radius: 2)
        let ink = colour.mixed(with: palette.ink, share: 0.25)
        canvas.write(text, x: box.x, y: box.y + metrics.small * 0.98, size: metrics.small, ink)
    }
}

/// Keeps labels inside the plot and apart from each other.
private struct LabelPlacer {
    let plot: Box
    private var taken: [Box] = []
    /// With more labels nobody reads them, and looking for a place takes the square of their number.
    private static let countMax = 100

    init(plot: Box) { self.plot = plot }

    mutating func take(_ size: Box, _ candidates: [Point]) -> Box? {
        guard taken.count < Self.countMax else { return nil }
        for corner in candidates {
            let box = Box(x: corner.x, y: corner.y, width: size.width, height: size.height)
            guard box.x >= plot.x, box.right <= plot.right, box.y >= plot.y - 2, box.bottom <= plot.bottom + 2,
                !taken.contains(where: { $0.overlaps(box) })
            else { continue }
            taken.append(box)
            return box
        }
        return nil
    }
}

extension ChartAlarm {
    var legendLabel: String { "\(name) (\(state.rawValue))" }
}
