package import VarveModel

/// Everything that a picture shows, before anybody decides where. Any value is allowed anywhere: what cannot be drawn
/// (NaN, infinities, times that run backwards, empty names) is left out.
package struct Chart: Sendable, Equatable {
    package enum View: Sendable, CaseIterable {
        /// A line for each series.
        case lines
        /// Areas on top of each other, first series at the bottom.
        case stackedAreas
        /// A horizontal bar for the value of each series.
        case bars
        /// A slice for the value of each series.
        case pie
        /// The value of each series in large figures, with its history under it.
        case singleValue
        /// A dial for the value of each series, from the left axis' minimum to its maximum.
        case gauge
        /// A row of figures for each series.
        case table
    }

    package enum Theme: Sendable, CaseIterable {
        case light, dark
    }

    package enum LegendPosition: Sendable, CaseIterable {
        case bottom, right, hidden
    }

    package enum Side: Sendable, CaseIterable {
        case left, right
    }

    package var view: View = .lines
    /// Pixels; what lies outside ``pixels`` is taken to its nearest end.
    package var width = 600
    package var height = 400
    package var theme: Theme = .light
    package var title: String?
    /// The time from the left edge of the plot to its right one, nanoseconds since 1970.
    package var range: TimeRange
    /// Distance of points, nanoseconds; a line breaks where one is missing. nil joins all points.
    package var periodNs: Int64?
    /// Seconds east of UTC in which times are written.
    package var zoneOffsetSeconds = 0
    package var series: [ChartSeries] = []
    package var bands: [ChartBand] = []
    package var left = ChartAxis()
    package var right = ChartAxis()
    package var horizontals: [ChartHorizontal] = []
    package var verticals: [ChartVertical] = []
    package var alarms: [ChartAlarm] = []
    package var legend: LegendPosition = .bottom
    package var hasSparkline = true
    /// Whether single values are written with all their digits.
    package var hasFullPrecision = false

    /// Width and height of a picture.
    package static let pixels = 1...2_000

    package init(range: TimeRange) { self.range = range }
}

/// One line, area, bar, slice or figure.
package struct ChartSeries: Sendable, Equatable {
    package var label: String
    /// nil takes the next colour of the palette.
    package var colour: ChartColour?
    package var side: Chart.Side
    /// Nanoseconds since 1970, ascending.
    package var timestampsNs: [Int64]
    /// One for each timestamp; what is not finite is a gap.
    package var values: [Double]
    package var unit: Unit
    /// Whether not all points could be had: the legend warns then.
    package var isPartial = false

    package init(
        label: String, colour: ChartColour? = nil, side: Chart.Side = .left, timestampsNs: [Int64], values: [Double],
        unit: Unit = .none
    ) {
        self.label = label
        self.colour = colour
        self.side = side
        self.timestampsNs = timestampsNs
        self.values = values
        self.unit = unit
    }
}

/// A range of values for each time, such as what is expected of a metric: filled, without lines.
package struct ChartBand: Sendable, Equatable {
    package var label: String
    package var colour: ChartColour?
    package var side: Chart.Side
    package var timestampsNs: [Int64]
    /// One for each timestamp; in any order with `upper`.
    package var lower: [Double]
    package var upper: [Double]
    package var unit: Unit

    package init(
        label: String, colour: ChartColour? = nil, side: Chart.Side = .left, timestampsNs: [Int64], lower: [Double],
        upper: [Double], unit: Unit = .none
    ) {
        self.label = label
        self.colour = colour
        self.side = side
        self.timestampsNs = timestampsNs
        self.lower = lower
        self.upper = upper
        self.unit = unit
    }
}

/// What is wanted of a value axis.
package struct ChartAxis: Sendable, Equatable {
    /// nil leaves the end to the data.
    package var min: Double?
    package var max: Double?
    package var label: String?
    package var showsUnits = true

    package init(min: Double? = nil, max: Double? = nil, label: String? = nil, showsUnits: Bool = true) {
        self.min = min
        self.max = max
        self.label = label
        self.showsUnits = showsUnits
    }
}

/// A line at a value, with the area on one side of it or up to a second one filled.
package struct ChartHorizontal: Sendable, Equatable {
    package enum Fill: Sendable, Equatable {
        case none, above, below
        /// Up to this value.
        case to(Double)
    }

    package var value: Double
    package var label: String?
    package var colour: ChartColour?
    package var fill: Fill
    package var side: Chart.Side

    package init(
        value: Double, label: String? = nil, colour: ChartColour? = nil, fill: Fill = .none, side: Chart.Side = .left
    ) {
        self.value = value
        self.label = label
        self.colour = colour
        self.fill = fill
        self.side = side
    }
}

/// A line at a time, with the time on one side of it or up to a second one filled.
package struct ChartVertical: Sendable, Equatable {
    package enum Fill: Sendable, Equatable {
        case none, before, after
        /// Up to this time, nanoseconds since 1970.
        case to(Int64)
    }

    /// Nanoseconds since 1970.
    package var timestampNs: Int64
    package var label: String?
    package var colour: ChartColour?
    package var fill: Fill

    package init(timestampNs: Int64, label: String? = nil, colour: ChartColour? = nil, fill: Fill = .none) {
        self.timestampNs = timestampNs
        self.label = label
        self.colour = colour
        self.fill = fill
    }
}

/// An alarm: its threshold is a line in the colour of its state.
package struct ChartAlarm: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        case ok = "OK"
        case alarm = "ALARM"
        case insufficientData = "INSUFFICIENT_DATA"
    }

    package var name: String
    package var state: State
    /// nil for alarms without one, such as composite ones: they have a line in the legend only.
    package var threshold: Double?
    package var side: Chart.Side

    package init(name: String, state: State, threshold: Double?, side: Chart.Side = .left) {
        self.name = name
        self.state = state
        self.threshold = threshold
        self.side = side
    }
}

/// Red, green and blue, 8 bits each.
package struct ChartColour: Sendable, Hashable {
    package var red: UInt8
    package var green: UInt8
    package var blue: UInt8

    /// - Parameter rgb: `0xrrggbb`; higher bits are ignored.
    package init(_ rgb: UInt32) {
        red = UInt8(truncatingIfNeeded: rgb >> 16)
        green = UInt8(truncatingIfNeeded: rgb >> 8)
        blue = UInt8(truncatingIfNeeded: rgb)
    }
}
