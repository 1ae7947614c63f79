/// The colours of a picture.
struct Palette: Sendable {
    let background: ChartColour
    /// Titles and figures.
    let ink: ChartColour
    /// Labels of axes, legends.
    let paleInk: ChartColour
    let grid: ChartColour
    let axis: ChartColour
    /// Annotations that name no colour.
    let annotation: ChartColour
    let warning: ChartColour
    private let pens: [ChartColour]
    private let states: (ok: ChartColour, alarm: ChartColour, insufficientData: ChartColour)

    init(_ theme: Chart.Theme) { self = theme == .light ? .light : .dark }

    private init(
        _ surfaces: (background: UInt32, grid: UInt32, axis: UInt32), inks: (ink: UInt32, pale: UInt32, note: UInt32),
        pens: [UInt32], states: (ok: UInt32, alarm: UInt32, insufficientData: UInt32), warning: UInt32
    ) {
        background = ChartColour(surfaces.background)
        grid = ChartColour(surfaces.grid)
        axis = ChartColour(surfaces.axis)
        ink = ChartColour(inks.ink)
        paleInk = ChartColour(inks.pale)
        annotation = ChartColour(inks.note)
        self.warning = ChartColour(warning)
        self.pens = pens.map(ChartColour.init)
        self.states = (
            ChartColour(states.ok), ChartColour(states.alarm), ChartColour(states.insufficientData)
        )
    }

    /// Hues that people with any colour vision tell apart (after Okabe and Ito), of similar weight on white.
    static let light = Palette(
        (0xffffff, 0xe8eaed, 0xb4bac2), inks: (0x1a1f26, 0x566070, 0x6b4fa0),
        pens: [0x0072b2, 0xd55e00, 0x009e73, 0xe69f00, 0xcc79a7, 0x56b4e9, 0x4d4d4d, 0x8a8a00],
        states: (0x2e8540, 0xc00d2e, 0x7d8998), warning: 0xe07700)

    /// The same hues, lighter.
    static let dark = Palette(
        (0x161d26, 0x2b3542, 0x5a6675), inks: (0xf2f4f7, 0xa9b4c2, 0xb9a3e3),
        pens: [0x4da3e0, 0xf2804b, 0x2ec49a, 0xf2b632, 0xe39cc3, 0x93d5ff, 0xd0d5db, 0xc9c94a],
        states: (0x57b868, 0xff5570, 0x95a3b3), warning: 0xf5a623)

    /// The colour of the series number `index`. Beyond the palette the same hues come paler, then darker.
    func pen(_ index: Int) -> ChartColour {
        let pen = pens[index % pens.count]
        switch index / pens.count % 3 {
        case 0: return pen
        case 1: return pen.mixed(with: background, share: 0.4)
        default: return pen.mixed(with: ink, share: 0.4)
        }
    }

    func state(_ state: ChartAlarm.State) -> ChartColour {
        switch state {
        case .ok: states.ok
        case .alarm: states.alarm
        case .insufficientData: states.insufficientData
        }
    }
}

extension ChartColour {
    /// A colour between this one (`share` 0) and another (`share` 1).
    func mixed(with other: ChartColour, share: Double) -> ChartColour {
        func part(_ mine: UInt8, _ others: UInt8) -> UInt32 {
            UInt32((Double(mine) * (1 - share) + Double(others) * share).rounded())
        }
        return ChartColour(part(red, other.red) << 16 | part(green, other.green) << 8 | part(blue, other.blue))
    }

    /// Nearly black or white, whichever is easier to read on this colour (relative luminance, WCAG 2).
    var contrasting: ChartColour {
        func linear(_ part: UInt8) -> Double {
            // Close enough to the curve of sRGB for a choice between two.
            let share = Double(part) / 255
            return share * share
        }
        let luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
        return luminance > 0.2 ? ChartColour(0x1a1f26) : ChartColour(0xffffff)
    }
}
