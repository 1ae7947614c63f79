import CCairo

/// A rectangle in pixels; y grows downwards.
struct Box: Equatable {
    var x: Double
    var y: Double
    var width: Double
    var height: Double

    var right: Double { x + width }
    var bottom: Double { y + height }
    var isEmpty: Bool { width < 1 || height < 1 }

    func overlaps(_ other: Box) -> Bool {
        x < other.right && other.x < right && y < other.bottom && other.y < bottom
    }

    func inset(_ margin: Double) -> Box {
        Box(
            x: x + margin, y: y + margin, width: max(0, width - 2 * margin), height: max(0, height - 2 * margin))
    }
}

/// A place in pixels.
struct Point: Equatable {
    var x: Double
    var y: Double
}

/// A surface of cairo with a pen. One thread at a time; cairo itself allows a surface per thread.
///
/// Every coordinate that reaches cairo is finite and within ±``farthest``: cairo counts in 24 bits before the point and
/// 8 behind it, and remembers an error for good, so that one NaN would end the picture.
final class Canvas {
    let width: Int
    let height: Int
    private let surface: OpaquePointer
    private let context: OpaquePointer
    private var face: Face?

    /// Far outside of every picture, and inside of what cairo's fixed-point numbers hold (±8 million).
    static let farthest = 100_000.0

    private struct Face: Equatable {
        var size: Double
        var isBold: Bool
    }

    init(width: Int, height: Int, background: ChartColour) {
        self.width = width
        self.height = height
        surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height))
        context = cairo_create(surface)
        cairo_set_antialias(context, CAIRO_ANTIALIAS_GRAY)
        cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
        setFontOptions()
        setColour(background)
        cairo_paint(context)
    }

    deinit {
        cairo_destroy(context)
        cairo_surface_destroy(surface)
    }

    /// Text looks the same whatever a screen of this machine is set to.
    private func setFontOptions() {
        let options = cairo_font_options_create()
        cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT)
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        cairo_set_font_options(context, options)
        cairo_font_options_destroy(options)
    }

    /// The picture as a PNG file; nil when cairo failed, which it does for lack of memory only.
    func png() -> [UInt8]? {
        var bytes: [UInt8] = []
        let status = withUnsafeMutablePointer(to: &bytes) { target in
            cairo_surface_write_to_png_stream(
                surface,
                { closure, data, count in
                    guard let closure, let data else { return CAIRO_STATUS_WRITE_ERROR }
                    let piece = UnsafeBufferPointer(start: data, count: Int(count))
                    closure.assumingMemoryBound(to: [UInt8].self).pointee.append(contentsOf: piece)
                    return CAIRO_STATUS_SUCCESS
                }, target)
        }
        return status == CAIRO_STATUS_SUCCESS && cairo_status(context) == CAIRO_STATUS_SUCCESS ? bytes : nil
    }

    // MARK: Pen

    func setColour(_ colour: ChartColour, alpha: Double = 1) {
        cairo_set_source_rgba(
            context, Double(colour.red) / 255, Double(colour.green) / 255, Double(colour.blue) / 255, alpha)
    }

    private func setDash(_ dash: [Double]) { cairo_set_dash(context, dash, Int32(dash.count), 0) }

    private static func near(_ value: Double) -> Double {
        value.isFinite ? max(-farthest, min(farthest, value)) : 0
    }

    private func move(_ point: Point) { cairo_move_to(context, Self.near(point.x), Self.near(point.y)) }

    private func line(_ point: Point) { cairo_line_to(context, Self.near(point.x), Self.near(point.y)) }

    private func trace(_ points: some Sequence<Point>) {
        var isFirst = true
        for point in points {
            if isFirst { move(point) } else { line(point) }
            isFirst = false
        }
    }

    // MARK: Shapes

    /// Draws only inside of `box` what `body` draws.
    func clipped(to box: Box, _ body: () -> Void) {
        cairo_save(context)
        cairo_rectangle(
            context, Self.near(box.x), Self.near(box.y), max(0, Self.near(box.width)), max(0, Self.near(box.height)))
        cairo_clip(context)
        body()
        cairo_restore(context)
    }

    /// One connected line through `points`.
    func strokeLine(
        _ points: some Sequence<Point>, _ colour: ChartColour, width: Double, alpha: Double = 1, dash: [Double] = []
    ) {
        cairo_new_path(context)
        trace(points)
        setColour(colour, alpha: alpha)
        cairo_set_line_width(context, width)
        cairo_set_line_cap(context, dash.isEmpty ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT)
        setDash(dash)
        cairo_stroke(context)
    }

    /// A thin line from one side to the other that fills whole pixels; its width is rounded.
    func strokeRule(
        from start: Point, to end: Point, _ colour: ChartColour, width: Double = 1, alpha: Double = 1,
        dash: [Double] = []
    ) {
        let width = max(1, width.rounded())
        let isHorizontal = start.y == end.y
        let shift = Int(width).isMultiple(of: 2) ? 0 : 0.5
        func aligned(_ value: Double) -> Double { Self.near(value).rounded(.down) + shift }
        let points =
            isHorizontal
            ? [Point(x: start.x, y: aligned(start.y)), Point(x: end.x, y: aligned(end.y))]
            : [Point(x: aligned(start.x), y: start.y), Point(x: aligned(end.x), y: end.y)]
        cairo_set_line_cap(context, CAIRO_LINE_CAP_BUTT)
        cairo_new_path(context)
        trace(points)
        setColour(colour, alpha: alpha)
        cairo_set_line_width(context, width)
        setDash(dash)
        cairo_stroke(context)
    }

    func fill(_ points: some Sequence<Point>, _ colour: ChartColour, alpha: Double = 1) {
        cairo_new_path(context)
        trace(points)
        cairo_close_path(context)
        setColour(colour, alpha: alpha)
        cairo_fill(context)
    }

    /// A rectangle, with round corners when `radius` is positive.
    func fill(_ box: Box, _ colour: ChartColour, alpha: Double = 1, radius: Double = 0) {
        guard box.width > 0, box.height > 0 else { return }
        cairo_new_path(context)
        let (x, y) = (Self.near(box.x), Self.near(box.y))
        let (width, height) = (Self.near(box.right) - x, Self.near(box.bottom) - y)
        let radius = min(radius, width / 2, height / 2)
        if radius <= 0 {
            cairo_rectangle(context, x, y, width, height)
        } else {
            cairo_arc(context, x + width - radius, y + radius, radius, -.pi / 2, 0)
            cairo_arc(context, x + width - radius, y + height - radius, radius, 0, .pi / 2)
            cairo_arc(context, x + radius, y + height - radius, radius, .pi / 2, .pi)
            cairo_arc(context, x + radius, y + radius, radius, .pi, 1.5 * .pi)
            cairo_close_path(context)
        }
        setColour(colour, alpha: alpha)
        cairo_fill(context)
    }

    func fillCircle(_ centre: Point, radius: Double, _ colour: ChartColour, alpha: Double = 1) {
        guard radius > 0 else { return }
        cairo_new_path(context)
        cairo_arc(context, Self.near(centre.x), Self.near(centre.y), min(radius, Self.farthest), 0, 2 * .pi)
        setColour(colour, alpha: alpha)
        cairo_fill(context)
    }

    /// A part of a ring, clockwise. Angles in radians from the right, growing clockwise.
    func fillRing(
        _ centre: Point, from start: Double, to end: Double, inner: Double, outer: Double, _ colour: ChartColour
    ) {
        guard outer > 0, end > start else { return }
        cairo_new_path(context)
        cairo_arc(context, Self.near(centre.x), Self.near(centre.y), outer, start, end)
        if inner > 0 {
            cairo_arc_negative(context, Self.near(centre.x), Self.near(centre.y), inner, end, start)
        } else {
            line(centre)
        }
        cairo_close_path(context)
        setColour(colour)
        cairo_fill(context)
    }

    // MARK: Text

    /// Characters of one text that are measured and drawn at most: a picture has 2 000 columns.
    private static let charactersMax = 500

    private func select(_ size: Double, isBold: Bool) {
        let wanted = Face(size: size, isBold: isBold)
        guard face != wanted else { return }
        face = wanted
        cairo_select_font_face(
            context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, isBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
        cairo_set_font_size(context, size)
    }

    /// Pixels that `text` is wide.
    func textWidth(_ text: String, size: Double, isBold: Bool = false) -> Double {
        guard !text.isEmpty else { return 0 }
        select(size, isBold: isBold)
        var extents = cairo_text_extents_t()
        cairo_text_extents(context, text, &extents)
        return extents.x_advance
    }

    /// `text` in one line of at most `width` pixels, with `…` for what is left out; empty when not even that fits.
    func fitted(_ text: String, width: Double, size: Double, isBold: Bool = false) -> String {
        let line = Self.oneLine(text)
        if textWidth(line, size: size, isBold: isBold) <= width { return line }
        let characters = Array(line)
        var (fits, tooMany) = (0, characters.count)
        while fits + 1 < tooMany {
            let middle = (fits + tooMany) / 2
            let candidate = Self.shortened(characters, to: middle)
            if textWidth(candidate, size: size, isBold: isBold) <= width { fits = middle } else { tooMany = middle }
        }
        return fits == 0 ? "" : Self.shortened(characters, to: fits)
    }

    private static func shortened(_ characters: [Character], to count: Int) -> String {
        var kept = characters[..<count]
        while kept.last == " " { kept.removeLast() }
        return String(kept) + "…"
    }

    /// Line breaks and characters that have no look become blanks. cairo takes the first zero byte as the end.
    static func oneLine(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(charactersMax) {
            let isPlain = scalar.value >= 0x20 && scalar.value != 0x7f && !scalar.properties.isWhitespace
            result.append(isPlain && scalar.properties.generalCategory != .control ? scalar : " ")
        }
        return String(result)
    }

    /// Writes `text` with its base line at `y`.
    /// - Parameter anchor: which part of the text is at `x`: 0 its left end, 0.5 its middle, 1 its right end.
    func write(
        _ text: String, x: Double, y: Double, size: Double, _ colour: ChartColour, isBold: Bool = false,
        anchor: Double = 0
    ) {
        guard !text.isEmpty else { return }
        let start = anchor == 0 ? x : x - anchor * textWidth(text, size: size, isBold: isBold)
        select(size, isBold: isBold)
        setColour(colour)
        cairo_move_to(context, Self.near(start), Self.near(y).rounded())
        cairo_show_text(context, text)
        cairo_new_path(context)
    }
}
