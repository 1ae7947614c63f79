import VarveModel

/// Cuts the range of a request with several periods into pages of at most so many slots over all of its queries.
///
/// Every page begins at a common multiple of the periods from the start of the range, so that no slot is cut; the last
/// one ends with the range. A page has at least one such multiple, however many slots that is; where it is longer than
/// the range, there is one page.
struct DataPages {
    struct Page: Equatable {
        var range: TimeRange
        /// Where the next page is; nil on the last one.
        var next: Int64?
    }

    let range: TimeRange
    let isDescending: Bool
    /// Of all pages but the last one.
    private let pageNs: Int64

    /// - Precondition: periods are positive.
    init(range: TimeRange, periodsNs: [Int64], slotsPerPage: Int, isDescending: Bool) {
        self.range = range
        self.isDescending = isDescending
        let common = Self.commonMultiple(periodsNs)
        // Slots of all queries in one common multiple.
        let slots = periodsNs.reduce(0.0) { $0 + Double(common) / Double($1) }
        let multiples = max(1, Int64((Double(slotsPerPage) / max(1, slots)).rounded(.down)))
        let (length, overflow) = multiples.multipliedReportingOverflow(by: common)
        pageNs = overflow ? .max : length
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

    /// - Parameter cursor: of the page before; nil for the first one. Any value: what lies outside is the nearest page.
    func page(at cursor: Int64?) -> Page {
        let length = range.end.subtractingReportingOverflow(range.start)
        guard !length.overflow, length.partialValue > pageNs else { return Page(range: range) }
        let pages = (length.partialValue - 1) / pageNs
        let number = max(0, min(pages, cursor ?? (isDescending ? pages : 0)))
        let start = range.start + number * pageNs
        let end = number == pages ? range.end : start + pageNs
        let next = isDescending ? number - 1 : number + 1
        return Page(range: TimeRange(start: start, end: end), next: (0...pages).contains(next) ? next : nil)
    }
}
