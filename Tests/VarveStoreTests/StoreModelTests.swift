import Glibc
import Testing
import VarveStore

/// Random operations on a store against a naive list of rows. Where an operation may or may not have had an effect, the
/// model allows both; everything else must match exactly, bit by bit.
@Suite struct StoreModelTests {
    /// 20, or as many as the environment variable VARVE_SEEDS says.
    private static let seeds: [UInt64] = {
        let count = getenv("VARVE_SEEDS").flatMap { UInt64(String(cString: $0)) } ?? 20
        return Array(1...max(1, count))
    }()

    @Test("a store behaves as a list of rows does, whatever happens to it", arguments: seeds)
    func randomOperations(seed: UInt64) throws {
        var run = try StoreModelRun(seed: seed)
        do {
            for _ in 0..<30 where run.problem == nil { try run.step() }
        } catch {
            run.problem = run.problem ?? "\(error)"
        }
        if let problem = run.problem {
            Issue.record("seed \(seed): \(problem)\nafter: \(run.history.joined(separator: ", "))")
        }
    }
}
