import VarveModel

/// What pictures of all kinds ask a chart for.
extension Chart {
    /// Whether any value would be seen.
    var hasData: Bool {
        series.contains { bounds(of: $0.timestampsNs, $0.values) != nil }
            || bands.contains { bounds(of: $0.timestampsNs, $0.lower) != nil }
    }

    func colour(ofSeries index: Int, _ palette: Palette) -> ChartColour {
        series[index].colour ?? palette.pen(index)
    }

    /// Bands that name no colour are grey: they belong to a series that has one.
    func colour(ofBand index: Int, _ palette: Palette) -> ChartColour { bands[index].colour ?? palette.paleInk }

    /// Whether an axis has anything to show.
    func uses(_ side: Side) -> Bool {
        series.contains { $0.side == side } || bands.contains { $0.side == side }
            || horizontals.contains { $0.side == side } || alarms.contains { $0.side == side && $0.threshold != nil }
    }

    /// The unit of all series on a side; none when they differ.
    func unit(of side: Side) -> Unit {
        let units = Set(series.filter { $0.side == side }.map(\.unit) + bands.filter { $0.side == side }.map(\.unit))
        return units.count == 1 ? units.first ?? .none : .none
    }

    func scale(_ side: Side, countWanted: Int, width: Double) -> ValueScale {
        ValueScale(
            side == .left ? left : right, data: dataRange(side, width: width), unit: unit(of: side),
            includesZero: view == .stackedAreas, countWanted: countWanted)
    }

    /// Everything that is to be seen on an axis: series, bands, lines of annotations and alarms.
    private func dataRange(_ side: Side, width: Double) -> ClosedRange<Double>? {
        var values: [Double] = []
        let own = series.filter { $0.side == side }
        if view == .stackedAreas {
            let layers = StackedLayers(own, range: range, width: max(1, width), periodNs: periodNs)
            values = layers.sums.flatMap { [$0.min(), $0.max()].compactMap(\.self) }
            if !values.isEmpty { values.append(0) }
        } else {
            values = own.compactMap { bounds(of: $0.timestampsNs, $0.values) }.flatMap {
                [$0.lowerBound, $0.upperBound]
            }
        }
        for band in bands where band.side == side {
            for one in [band.lower, band.upper] {
                guard let bounds = bounds(of: band.timestampsNs, one) else { continue }
                values += [bounds.lowerBound, bounds.upperBound]
            }
        }
        for one in horizontals where one.side == side {
            values.append(one.value)
            if case .to(let end) = one.fill { values.append(end) }
        }
        values += alarms.filter { $0.side == side }.compactMap(\.threshold)
        let finite = values.filter(\.isFinite).map(ValueTicks.clamped)
        guard let low = finite.min(), let high = finite.max() else { return nil }
        // What is filled above the highest line needs some room to be seen.
        let isFilled = horizontals.contains { $0.side == side && $0.fill == .above && $0.value == high }
        return low...(isFilled ? ValueTicks.clamped(high + (high - low) * 0.1) : high)
    }

    /// `UTC`, `UTC+01:30`.
    var zoneName: String {
        guard zoneOffsetSeconds != 0 else { return "UTC" }
        let minutes = Int(zoneOffsetSeconds.magnitude % 86_400) / 60
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "UTC\(zoneOffsetSeconds < 0 ? "-" : "+")\(padded(minutes / 60)):\(padded(minutes % 60))"
    }

    /// Figures of a series inside of the time that is shown. O(points).
    func figures(of series: ChartSeries) -> SeriesFigures? {
        var figures: SeriesFigures?
        for (timestampNs, value) in zip(series.timestampsNs, series.values)
        where value.isFinite && timestampNs >= range.start && timestampNs <= range.end {
            if figures == nil { figures = SeriesFigures(first: value) } else { figures?.add(value) }
        }
        return figures
    }

    /// What the last positive value of each series is of the sum of all, by the index of the series. O(points).
    func shares() -> [Int: Double] {
        let values = series.indices.compactMap { index -> (index: Int, value: Double)? in
            figures(of: series[index]).flatMap { $0.last > 0 ? (index, $0.last) : nil }
        }
        // Scaled before they are added: 500 of the largest values stay finite.
        let greatest = values.map(\.value).max() ?? 1
        let total = values.reduce(0) { $0 + $1.value / greatest }
        return Dictionary(uniqueKeysWithValues: values.map { ($0.index, $0.value / greatest / total) })
    }

    func legendEntries(_ palette: Palette) -> [LegendEntry] {
        let shares = view == .pie ? shares() : [:]
        var entries = series.enumerated().map { index, one in
            var entry = LegendEntry(label: one.label, colour: colour(ofSeries: index, palette), figures: [])
            entry.isPartial = one.isPartial
            if let share = shares[index] { entry.label += "  \(ValueText.share(share))" }
            let showsUnit = (one.side == .left ? left : right).showsUnits
            if view == .lines || view == .stackedAreas, let figures = figures(of: one) {
                entry.figures = figures.all.map { ValueText.text($0, unit: one.unit, showsUnit: showsUnit) }
            }
            return entry
        }
        entries += bands.enumerated().map { index, band in
            LegendEntry(label: band.label, colour: colour(ofBand: index, palette), figures: [], isBand: true)
        }
        entries += alarms.map {
            LegendEntry(label: $0.legendLabel, colour: palette.state($0.state), figures: [], isRound: true)
        }
        return entries
    }
}

/// The last, the least and the greatest value, and the mean.
struct SeriesFigures: Equatable {
    private(set) var last: Double
    private(set) var least: Double
    private(set) var greatest: Double
    private var sum: Double
    private var count = 1.0

    init(first: Double) {
        let value = ValueTicks.clamped(first)
        (last, least, greatest, sum) = (value, value, value, value)
    }

    mutating func add(_ value: Double) {
        last = ValueTicks.clamped(value)
        least = min(least, last)
        greatest = max(greatest, last)
        sum += last
        count += 1
    }

    /// Sums of the largest values that are drawn stay finite: 10^300 × 10^7 points.
    var mean: Double { sum / count }

    /// In the order of the columns of the legend.
    var all: [Double] { [last, least, greatest, mean] }
}

extension ChartAxis {
    func caption(_ unit: Unit) -> String? { label ?? (showsUnits ? unit.axisCaption : nil) }
}
