/// What a time of day, or an hour of the week, adds to the level: one offset a slot, learnt visit by visit.
///
/// A visit is one pass through a slot. Its mean counts once, however many points it had, so that the memory is one of
/// days or weeks and not of points.
struct SeasonalProfile: Equatable {
    /// Offset of each slot to the level, in the metric's unit, and how many visits it comes from.
    var offsets: [Double]
    var visits: [UInt16]
    /// The visit under way.
    var slot: Int
    var sum = 0.0
    var count: UInt32 = 0

    /// What the newest visit weighs at least.
    let shareMin: Double

    init(slotCount: Int, shareMin: Double) {
        self.shareMin = shareMin
        offsets = [Double](repeating: 0, count: slotCount)
        visits = [UInt16](repeating: 0, count: slotCount)
        slot = 0
    }

    /// Whether anything is known of a slot from an earlier visit.
    func knows(_ slot: Int) -> Bool { visits[slot] > 0 }

    /// Offsets of all slots; `nil` for those without a visit that is over.
    var known: [Double?] { offsets.indices.map { knows($0) ? offsets[$0] : nil } }

    /// - Parameter offset: value minus level. Complexity: O(1).
    mutating func learn(_ offset: Double, slot: Int) {
        if slot != self.slot { finishVisit() }
        self.slot = slot
        sum += offset
        count += 1
    }

    private mutating func finishVisit() {
        guard count > 0 else { return }
        let share = max(1 / (Double(visits[slot]) + 1), shareMin)
        offsets[slot] += (sum / Double(count) - offsets[slot]) * share
        visits[slot] = min(visits[slot] + 1, .max - 1)
        sum = 0
        count = 0
    }
}
