/// How a store is, for operators and load balancers: whether writes are taken, and what needs attention.
package struct StoreHealth: Sendable, Equatable {
    /// `fail` means that writes are refused; `warn` that something needs attention, while reads and writes work.
    package enum Status: String, Sendable, Comparable {
        case pass, warn, fail

        private var rank: Int { self == .pass ? 0 : self == .warn ? 1 : 2 }
        package static func < (left: Status, right: Status) -> Bool { left.rank < right.rank }
    }

    /// One thing that is not as it should be.
    package struct Finding: Sendable, Equatable {
        package var status: Status
        /// Which part it concerns, in one or two words: "disk space", "flush".
        package var subject: String
        /// What is wrong and what to do, in a sentence.
        package var text: String

        package init(_ status: Status, _ subject: String, _ text: String) {
            self.status = status
            self.subject = subject
            self.text = text
        }
    }

    /// The worst first; empty when all is well.
    package var findings: [Finding]
    package var status: Status { findings.first?.status ?? .pass }

    package init(_ statistics: StoreStatistics) {
        var found: [Finding] = []
        if let reason = statistics.readOnlyReason {
            found.append(Finding(.fail, "writes", "writes are refused: \(reason)"))
        } else if let reason = statistics.writeRefusal {
            found.append(Finding(.fail, "writes", "writes are refused for now: \(reason)"))
        } else if statistics.spaceLevel == .low {
            let free = "\(Self.mebibytes(statistics.availableBytes)) of \(Self.mebibytes(statistics.diskBytes)) MiB"
            let text = "\(free) are free; make room before writes are refused (merges that do not fit wait)"
            found.append(Finding(.warn, "disk space", text))
        }
        found += statistics.failures.filter(\.isOngoing).map { failure in
            let times = failure.count == 1 ? "once" : "\(failure.count) times"
            return Finding(.warn, failure.task.rawValue, "failed \(times), most recently: \(failure.reason)")
        }
        if let warning = statistics.clockWarning { found.append(Finding(.warn, "clock", warning)) }
        if let reason = statistics.scrub.failure {
            found.append(Finding(.warn, BackgroundTask.scrub.rawValue, "could not read: \(reason)"))
        }
        found += Self.damage(statistics)
        findings = found.filter { $0.status == .fail } + found.filter { $0.status == .warn }
    }

    /// The first places are enough to act on; `varve verify` lists all.
    private static let placesMax = 10

    private static func damage(_ statistics: StoreStatistics) -> [Finding] {
        let places =
            statistics.damage.map { Finding(.warn, "damage", "\($0)") }
            + statistics.quarantine.map { Finding(.warn, "quarantine", "\($0)") }
        guard places.count > placesMax else { return places }
        let rest = "and \(places.count - placesMax) more places; `varve verify` lists all"
        return places.prefix(placesMax) + [Finding(.warn, "damage", rest)]
    }

    private static func mebibytes(_ byteCount: Int) -> Int { byteCount >> 20 }
}
