import Synchronization
import VarveIO

/// How many requests with wrong signatures, keys or tokens one source may send before it is put off. A plain value; any
/// thread.
package struct FailureLimit: Sendable, Equatable {
    /// Failures that a source has at once: 1 to 1 000 000.
    package var burst: Int
    /// How many it gets back in a minute: 1 to 1 000 000.
    package var perMinute: Int
    /// Sources, and keys that are known to be right at one, that are remembered at most: 2 or more. 8 192 of each with
    /// their keys' ids are about 2 MiB.
    package var rememberedMax: Int

    package init(burst: Int = 100, perMinute: Int = 100, rememberedMax: Int = 8_192) {
        precondition((1...1_000_000).contains(burst), "a source may fail 1 to 1 000 000 times at once")
        precondition((1...1_000_000).contains(perMinute), "a source may fail 1 to 1 000 000 times a minute")
        precondition(rememberedMax >= 2, "at least two sources are remembered")
        self.burst = burst
        self.perMinute = perMinute
        self.rememberedMax = rememberedMax
    }
}

/// A token bucket in one number: when the last of the tokens that are gone will be back.
///
/// Full when that time has passed; empty when it is a whole bucket away.
private struct Bucket {
    var fullAtNs: Int64

    func isEmpty(_ rate: Rate, nowNs: Int64) -> Bool { fullAtNs - nowNs > rate.capacityNs - rate.tokenNs }

    mutating func take(_ rate: Rate, nowNs: Int64) {
        // No deeper than empty: who goes on is let in as soon as who stops.
        fullAtNs = min(max(fullAtNs, nowNs) + rate.tokenNs, nowNs + rate.capacityNs)
    }
}

private struct Rate {
    /// How long one token takes to come back.
    let tokenNs: Int64
    /// All of them.
    let capacityNs: Int64

    init(_ limit: FailureLimit) {
        tokenNs = 60_000_000_000 / Int64(limit.perMinute)
        capacityNs = tokenNs * Int64(limit.burst)
    }
}

/// Remembers what was used lately: a full generation becomes the old one, and what is used again moves over. O(1).
private struct RecentTable<Key: Hashable, Value> {
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]
    private let generationCountMax: Int

    init(countMax: Int) { generationCountMax = max(1, countMax / 2) }

    var count: Int { young.count + old.count }
    var isEmpty: Bool { young.isEmpty && old.isEmpty }

    func find(_ key: Key) -> Value? { young[key] ?? old[key] }

    mutating func keep(_ value: Value, for key: Key) {
        if young.count >= generationCountMax, young[key] == nil {
            old = young
            young = [:]
        }
        young[key] = value
        old[key] = nil
    }
}

/// Counts failed authentications by source, and says who is to be put off. A state machine; one thread at a time.
///
/// A source is an address, of version 6 its network of 64 bits, which is what one subscriber has. A source without
/// failures costs no memory; a flood of sources pushes out the oldest. Keys that a source has proved to own lately are
/// let through although others fail there, with a bucket of their own: behind one address may be a whole house.
struct FailureLimiter {
    /// The network of an address.
    struct Source: Hashable {
        private let network: UInt128

        /// nil for what is no address, and for this machine: behind 127.0.0.1 may be a proxy with all clients there
        /// are, and whoever runs programs here has other ways to take the processor's time.
        init?(_ address: String) {
            // Addresses of a link say at which interface.
            let plain = address.utf8.contains(UInt8(ascii: "%")) ? String(address.prefix { $0 != "%" }) : address
            guard let number = AddressRange.address(plain) else { return nil }
            let isMapped = number >> 32 == 0xffff
            // ::1, and 127.0.0.0/8.
            if number == 1 || (isMapped && (number >> 24) & 0xff == 127) { return nil }
            network = isMapped ? number : number & (UInt128.max << 64)
        }
    }

    private struct Proof: Hashable {
        let source: Source
        let accessKeyID: String
    }

    private let rate: Rate
    private var sources: RecentTable<Source, Bucket>
    private var proofs: RecentTable<Proof, Bucket>

    init(_ limit: FailureLimit) {
        rate = Rate(limit)
        sources = RecentTable(countMax: limit.rememberedMax)
        proofs = RecentTable(countMax: limit.rememberedMax)
    }

    /// Sources and proofs that are remembered.
    var count: Int { sources.count + proofs.count }

    /// Whether to put off a request instead of looking at its signature.
    func isThrottled(_ source: Source, accessKeyID: String, nowNs: Int64) -> Bool {
        guard !sources.isEmpty, let bucket = sources.find(source), bucket.isEmpty(rate, nowNs: nowNs) else {
            return false
        }
        guard let own = proofs.find(Proof(source: source, accessKeyID: accessKeyID)) else { return true }
        return own.isEmpty(rate, nowNs: nowNs)
    }

    /// A signature, key or token was wrong.
    mutating func noteFailure(_ source: Source, accessKeyID: String, nowNs: Int64) {
        var bucket = sources.find(source) ?? Bucket(fullAtNs: nowNs)
        bucket.take(rate, nowNs: nowNs)
        sources.keep(bucket, for: source)
        let proof = Proof(source: source, accessKeyID: accessKeyID)
        // Only what was proved is remembered: ids are the sender's choice.
        guard var own = proofs.find(proof) else { return }
        own.take(rate, nowNs: nowNs)
        proofs.keep(own, for: proof)
    }

    /// A signature was right. Gives no failure back: a valid key is no licence to try others.
    mutating func noteSuccess(_ source: Source, accessKeyID: String, nowNs: Int64) {
        let proof = Proof(source: source, accessKeyID: accessKeyID)
        proofs.keep(proofs.find(proof) ?? Bucket(fullAtNs: nowNs), for: proof)
    }
}

/// The limiter behind its lock, with the clock. Any thread.
final class FailureGuard: Sendable {
    private let limiter: Mutex<FailureLimiter>
    private let clock: any SystemClock

    init(_ limit: FailureLimit, clock: any SystemClock) {
        limiter = Mutex(FailureLimiter(limit))
        self.clock = clock
    }

    func isThrottled(_ source: FailureLimiter.Source, accessKeyID: String) -> Bool {
        let nowNs = clock.monotonicNs()
        return limiter.withLock { $0.isThrottled(source, accessKeyID: accessKeyID, nowNs: nowNs) }
    }

    /// - Parameter isRight: whether key, token and signature were.
    func note(isRight: Bool, _ source: FailureLimiter.Source, accessKeyID: String) {
        let nowNs = clock.monotonicNs()
        limiter.withLock { limiter in
            if isRight {
                limiter.noteSuccess(source, accessKeyID: accessKeyID, nowNs: nowNs)
            } else {
                limiter.noteFailure(source, accessKeyID: accessKeyID, nowNs: nowNs)
            }
        }
    }
}
