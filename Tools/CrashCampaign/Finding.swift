/// Something that must not happen, and did.
struct Finding: Error, CustomStringConvertible {
    var place: String
    var detail: String

    init(_ place: String, _ detail: String) {
        self.place = place
        self.detail = detail
    }

    var description: String { "\(place): \(detail)" }
}

/// What was looked at.
struct Tally: Sendable {
    /// Power cuts: calls × survivor sets, each with a restart and a second one.
    var crashPoints = 0
    /// Failing calls.
    var faultPoints = 0
    /// Devices that report a sync they have not done.
    var lyingPoints = 0
    /// Of them, those after which something acknowledged was gone, as it cannot be otherwise.
    var lyingLosses = 0
    /// Flipped bits.
    var flips = 0
    /// Flipped bits that nobody has to notice, by why.
    var harmless: [String: Int] = [:]
    /// Reads that got the bytes of another place, or old ones.
    var wrongReads = 0
    var episodes = 0

    static func += (left: inout Tally, right: Tally) {
        left.crashPoints += right.crashPoints
        left.faultPoints += right.faultPoints
        left.lyingPoints += right.lyingPoints
        left.lyingLosses += right.lyingLosses
        left.flips += right.flips
        left.harmless.merge(right.harmless, uniquingKeysWith: +)
        left.wrongReads += right.wrongReads
        left.episodes += right.episodes
    }
}
