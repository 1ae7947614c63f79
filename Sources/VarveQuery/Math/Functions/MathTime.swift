import VarveModel

/// Functions of the time of a slot, in UTC.
enum MathTime {
    static func seconds(_ nanoseconds: Int64) -> Double { Double(nanoseconds) / Double(Nanoseconds.perSecond) }

    /// A value at every slot of the window of `series`. nil for functions of another kind.
    static func apply(_ function: MathFunction, _ series: MathSeries) -> MathSeries? {
        switch function {
        case .minute: perSlot(series) { Double($0.flooredQuotient(by: Nanoseconds.perMinute).modulo(60)) }
        case .hour: perSlot(series) { Double($0.flooredQuotient(by: Nanoseconds.perHour).modulo(24)) }
        // 1970-01-01 was a Thursday, the fourth day of its week.
        case .day: perSlot(series) { Double(($0.flooredQuotient(by: Nanoseconds.perDay) + 3).modulo(7) + 1) }
        case .date: perSlot(series) { Double(civil($0).day) }
        case .month: perSlot(series) { Double(civil($0).month) }
        case .year: perSlot(series) { Double(civil($0).year) }
        case .epoch: perSlot(series) { seconds($0) }
        default: nil
        }
    }

    private static func perSlot(_ series: MathSeries, _ body: (Int64) -> Double) -> MathSeries {
        series.with((0..<series.axis.count).map { body(series.axis.time($0)) })
    }

    private static func civil(_ timestampNs: Int64) -> (year: Int64, month: Int64, day: Int64) {
        CivilDate.civil(fromDays: timestampNs.flooredQuotient(by: Nanoseconds.perDay))
    }
}

extension Int64 {
    /// The rest of the division that rounds towards negative infinity: 0 ..< `divisor`.
    fileprivate func modulo(_ divisor: Int64) -> Int64 { self - flooredQuotient(by: divisor) * divisor }
}
