import VarveIO
import VarveTestKit

/// One thing that happens to the store of an episode. Each has all the chance that it needs in itself, so that leaving
/// one out of a history does not change the others.
enum Step: Sendable, CustomStringConvertible {
    case commit(seed: UInt64)
    case flush
    case expire(days: Int)
    /// Time passes, and then everything is merged that is due.
    case compact(hours: Int)
    /// What happens every second anyway.
    case tend
    case reopen
    /// Goes on from a state in which a power cut during the step before may have left the disk.
    case powerCut(seed: UInt64)

    var description: String {
        switch self {
        case .commit(let seed): "commit(\(seed))"
        case .flush: "flush"
        case .expire(let days): "expire(\(days) days later)"
        case .compact(let hours): "compact(\(hours) hours later)"
        case .tend: "tend"
        case .reopen: "reopen"
        case .powerCut(let seed): "power cut(\(seed))"
        }
    }

    /// A random history of `count` steps.
    static func history(count: Int, _ random: inout SplitMix64) -> [Step] {
        (0..<count).map { _ in
            switch Int.random(in: 0..<16, using: &random) {
            case 0..<8: .commit(seed: random.next())
            case 8..<10: .flush
            case 10: .compact(hours: [0, 3, 40, 400][Int.random(in: 0..<4, using: &random)])
            case 11: .expire(days: Int.random(in: 1...60, using: &random))
            case 12: .tend
            case 13: .reopen
            default: .powerCut(seed: random.next())
            }
        }
    }
}

extension Survival {
    /// Any survivor set, the fixed ones included.
    static func any(_ random: inout SplitMix64) -> Survival {
        let fixed: [Survival] = [.none, .all, .names]
        let choice = Int.random(in: 0..<6, using: &random)
        return choice < 3 ? fixed[choice] : .random(seed: random.next())
    }
}
