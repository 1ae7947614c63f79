import VarveModel

/// Cuts the range of a request with several periods into pages of at most so many slots over all of its queries.
///
/// Borders of pages are common multiples of the periods from the start of the range, so that no slot is cut; the last
/// one is the end of the range. Pages are counted from where the answer begins: newest first, the short page is the
/// oldest. A page has at least one common multiple, however many slots that is; where that is longer than the range,
/// there is one page.
struct DataPages {
    struct Page: Equatable {
        var range: TimeRange
        /// Number of the next page; nil on the last one.
        var next: Int64?
    }

    let range: TimeRange
    let isDescending: Bool
    /// Nanoseconds.
    private let common: Int64
    /// Common multiples of a page.
    private let multiples: Int64
    /// Common multiples of the range, the last one perhaps cut short.
    private let total: Int64
    /// Slots of all queries on the longest page.
    let slotsOfPage: Double

    /// - Precondition: periods are positive.
    init(range: TimeRange, periodsNs: [Int64], slotsPerPage: Int, isDescending: Bool) {
        self.range = range
        self.isDescending = isDescending
        let (length, overflow) = range.end.subtractingReportingOverflow(range.start)
        let rangeNs = max(1, overflow ? .max : length)
        common = min(Self.commonMultiple(periodsNs), rangeNs)
        let common = common
        let slots = periodsNs.reduce(0.0) { $0 + Double(common) / Double($1) }
        multiples = max(1, Int64((Double(slotsPerPage) / max(1, slots)).rounded(.down)))
        total = (rangeNs - 1) / common + 1
        slotsOfPage = slots * Double(min(multiples, total))
    }

    /// The least one; the largest number where there is none below it.
    private static func commonMultiple(_ periodsNs: [Int64]) -> Int64 {
        var common: Int64 = 1
        for periodNs in Set(periodsNs) {
            let (product, overflow) = (common / greatestCommonDivisor(common, periodNs))
                .multipliedReportingOverflow(by: periodNs)
            if overflow { return .max }
            common = product
        }
        return common
    }

    private static func greatestCommonDivisor(_ left: Int64, _ right: Int64) -> Int64 {
        var (left, right) = (left, right)
        while right != 0 { (left, right) = (right, left % right) }
        return left
    }

    /// - Parameter number: nil for the first page. Any value: what lies outside is the nearest page.
    func page(at number: Int64?) -> Page {
        let last = (total - 1) / multiples
        let number = max(0, min(last, number ?? 0))
        let first = isDescending ? max(0, total - (number + 1) * multiples) : number * multiples
        let end = isDescending ? total - number * multiples : min(total, first + multiples)
        return Page(
            range: TimeRange(start: time(first), end: end == total ? range.end : time(end)),
            next: number < last ? number + 1 : nil)
    }

    /// Where a common multiple of the range begins.
    private func time(_ multiple: Int64) -> Int64 { range.start + multiple * common }
}
