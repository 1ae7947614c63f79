import Glibc
import VarveIO
import VarveTestKit

/// Runs random small stores on simulated disks, cuts the power in every I/O call with several survivor sets, and checks
/// that nothing acknowledged is lost and nothing doubled; besides, lets calls fail, syncs lie, bits flip and reads go
/// wrong.
///
/// Usage: CrashCampaign [--points N] [--seconds N] [--seed N] [--workers N] [--episode SEED]. Ends when so many power
/// cuts are checked or so many seconds have passed, whichever comes first. Exit code 1 on a finding.
@main struct CrashCampaign {
    private var points = 1_000_000
    private var seconds = Int.max
    private var seed = UInt64.random(in: 0...(.max >> 32))
    private var workers = 2
    private var episode: UInt64?

    static func main() {
        guard let campaign = CrashCampaign(arguments: CommandLine.arguments.dropFirst()) else {
            print("usage: CrashCampaign [--points N] [--seconds N] [--seed N] [--workers N] [--episode SEED]")
            exit(2)
        }
        if let seed = campaign.episode { exit(campaign.report(Episode(seed: seed), Self.attempt(Episode(seed: seed)))) }
        exit(campaign.run())
    }

    private init?(arguments: ArraySlice<String>) {
        var rest = arguments
        while let name = rest.popFirst() {
            guard let text = rest.popFirst(), let number = UInt64(text), number <= Int.max else { return nil }
            switch name {
            case "--points": points = Int(number)
            case "--seconds": seconds = Int(number)
            case "--seed": seed = number
            case "--workers" where number > 0: workers = Int(number)
            case "--episode": episode = number
            default: return nil
            }
        }
    }

    /// What the workers share.
    private struct Progress: Sendable {
        var tally = Tally()
        var nextEpisode: UInt64
        var failure: (episode: Episode, finding: Finding)?
        var isOver = false
    }

    private func run() -> Int32 {
        print("seed \(seed), \(workers) workers, up to \(points) power cuts")
        let clock = LinuxClock()
        let startNs = clock.monotonicNs()
        var generator = SplitMix64(seed: seed)
        let progress = Monitor(Progress(nextEpisode: generator.next() >> 1))
        do throws(DiskError) {
            var threads: [DedicatedThread] = []
            for index in 0..<workers {
                threads.append(
                    try DedicatedThread.start(name: "campaign-\(index)") {
                        work(progress, deadlineNs: deadline(after: startNs))
                    })
            }
            for thread in threads { thread.join() }
        } catch {
            print("no threads: \(error)")
            return 3
        }
        let end = progress.withLock { $0 }
        print(summary(end.tally, seconds: Double(clock.monotonicNs() - startNs) / 1e9))
        if let failure = end.failure { return report(failure.episode, .failure(failure.finding)) }
        return 0
    }

    private func deadline(after startNs: Int64) -> Int64 {
        let (durationNs, isLong) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return isLong ? .max : startNs + durationNs
    }

    /// One worker: takes episodes until the campaign is over.
    private func work(_ progress: Monitor<Progress>, deadlineNs: Int64) {
        let clock = LinuxClock()
        while true {
            let number: UInt64? = progress.withLock { progress in
                guard !progress.isOver, clock.monotonicNs() < deadlineNs else { return nil }
                progress.nextEpisode += 1
                return progress.nextEpisode
            }
            guard let number else { return }
            let episode = Episode(seed: number)
            let result = Self.attempt(episode)
            progress.withLock { progress in
                switch result {
                case .success(let tally):
                    let before = progress.tally.crashPoints / 100_000
                    progress.tally += tally
                    if progress.tally.crashPoints / 100_000 > before {
                        print("\(progress.tally.crashPoints) power cuts, \(progress.tally.episodes) episodes")
                        fflush(nil)
                    }
                    if progress.tally.crashPoints >= points { progress.isOver = true }
                case .failure(let finding):
                    progress.failure = progress.failure ?? (episode, finding)
                    progress.isOver = true
                }
            }
        }
    }

    private static func attempt(_ episode: Episode) -> Result<Tally, Finding> {
        do {
            return .success(try episode.run())
        } catch {
            return .failure(error as? Finding ?? Finding("episode", "\(error)"))
        }
    }

    private func summary(_ tally: Tally, seconds: Double) -> String {
        var lines = [
            "\(tally.crashPoints) power cuts in \(tally.episodes) episodes, each restarted at least twice: "
                + "nothing acknowledged lost, nothing doubled unless named below",
            "\(tally.faultPoints) restarts after a failed call, \(tally.lyingPoints) after lying syncs "
                + "(\(tally.lyingLosses) of them with a loss that only the device knew of)",
            "\(tally.flips) flipped bits, \(tally.wrongReads) misdirected reads",
        ]
        for (reason, count) in tally.harmless.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(count) flips need not be found: \(reason)")
        }
        lines.append("\(Int(seconds)) s, \(Int(Double(tally.crashPoints) / max(seconds, 0.001))) power cuts/s")
        return lines.joined(separator: "\n")
    }

    private func report(_ episode: Episode, _ result: Result<Tally, Finding>) -> Int32 {
        switch result {
        case .success(let tally):
            print(summary(tally, seconds: 0))
            return 0
        case .failure(let finding):
            print("FOUND: \(finding)\nreproduce: CrashCampaign --episode \(episode.seed)")
            print("history: \(episode.steps.map(\.description).joined(separator: ", "))")
            if let shorter = episode.shrunk() {
                print("shrunk: \(shorter.episode.steps.map(\.description).joined(separator: ", "))")
                print("which gives: \(shorter.finding)")
            }
            return 1
        }
    }
}
