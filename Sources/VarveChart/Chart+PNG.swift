extension Chart {
    /// The picture as a PNG file, the same bytes for the same chart on the same machine.
    ///
    /// O(points + pixels + series × width); never traps and leaves out what cannot be drawn. Any thread; about 20 ms
    /// for 600 × 400.
    /// - Returns: nil when there was no memory for the picture (16 MB for the largest).
    package func png() -> [UInt8]? {
        let width = max(Self.pixels.lowerBound, min(Self.pixels.upperBound, width))
        let height = max(Self.pixels.lowerBound, min(Self.pixels.upperBound, height))
        let palette = Palette(theme)
        let canvas = Canvas(width: width, height: height, background: palette.background)
        let entries = view.hasLegend ? legendEntries(palette) : []
        let layout = Layout(self, width: width, height: height, canvas: canvas, entries: entries)
        draw(on: canvas, palette, layout)
        draw(entries, on: canvas, palette, layout)
        return canvas.png()
    }

    private func draw(on canvas: Canvas, _ palette: Palette, _ layout: Layout) {
        if let base = layout.titleBase, let title {
            let size = layout.metrics.title
            let width = Double(canvas.width) - 2 * layout.metrics.margin
            let text = canvas.fitted(title, width: width, size: size, isBold: true)
            canvas.write(text, x: layout.metrics.margin, y: base, size: size, palette.ink, isBold: true)
        }
        guard !layout.content.isEmpty else { return }
        switch view {
        case .lines, .stackedAreas:
            PlotPicture(self, canvas: canvas, palette: palette, layout: layout).draw()
        case .bars: BarPicture(self, canvas: canvas, palette: palette, layout: layout).draw()
        case .pie: PiePicture(self, canvas: canvas, palette: palette, layout: layout).draw()
        case .gauge: GaugePicture(self, canvas: canvas, palette: palette, layout: layout).draw()
        case .singleValue: NumberPicture(self, canvas: canvas, palette: palette, layout: layout).draw()
        case .table: TablePicture(self, canvas: canvas, palette: palette, layout: layout).draw()
        }
    }

    private func draw(_ entries: [LegendEntry], on canvas: Canvas, _ palette: Palette, _ layout: Layout) {
        guard let box = layout.legend else { return }
        let painter = LegendPainter(canvas: canvas, palette: palette, metrics: layout.metrics)
        if layout.isLegendRight {
            painter.drawRight(entries, in: box)
        } else {
            painter.drawBelow(entries, in: box)
        }
    }
}

extension Chart.View {
    /// The others write the label of a series beside its value.
    fileprivate var hasLegend: Bool {
        switch self {
        case .lines, .stackedAreas, .pie: true
        case .bars, .gauge, .singleValue, .table: false
        }
    }
}
