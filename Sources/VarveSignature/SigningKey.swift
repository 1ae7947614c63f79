import Synchronization
package import VarveCrypto

/// The key of one secret for one day, region and service.
package enum SigningKey {
    package static let algorithm = "AWS4-HMAC-SHA256"
    static let terminator = "aws4_request"

    /// Four codes, each the key of the next.
    /// - Parameters:
    ///   - date: `YYYYMMDD`.
    ///   - region: as the scope writes it.
    package static func derive(secret: SecretBytes, date: String, region: String, service: String) -> SecretBytes {
        let prefix = Array("AWS4".utf8)
        let first = SecretBytes(count: prefix.count + secret.count) {
            (target: UnsafeMutableRawBufferPointer) throws(Never) in
            target.copyBytes(from: prefix)
            secret.withBytes { (bytes: UnsafeRawBufferPointer) throws(Never) in
                UnsafeMutableRawBufferPointer(rebasing: target[prefix.count...]).copyMemory(from: bytes)
            }
        }
        return [date, region, service, terminator].reduce(first) { key, part in
            HMACSHA256.secretCode(of: Array(part.utf8), key: key)
        }
    }
}

/// Keys that were derived lately. Any thread.
///
/// Bounded by two generations: a full one becomes the old one, and what is used again moves over. A key is only served
/// for the very secret object that it was derived from, so a changed secret can never meet an old key. Keys erase
/// themselves when they leave.
package final class SigningKeyCache: Sendable {
    private struct Name: Hashable {
        let accessKeyID: String
        let date: String
        let region: String
        let service: String

        init(_ claim: SignatureClaim) {
            accessKeyID = claim.accessKeyID
            date = claim.scopeDate
            region = claim.scopeRegion
            service = claim.service
        }
    }

    private struct Entry {
        let secret: SecretBytes
        let key: SecretBytes
    }

    private struct Generations {
        var young: [Name: Entry] = [:]
        var old: [Name: Entry] = [:]
        /// Nothing of an earlier day is kept.
        var firstDate = ""
    }

    private let generations = Mutex(Generations())
    private let generationCountMax: Int

    /// - Parameter countMax: keys kept at most. 1 024 of them with their names are below 300 KiB.
    package init(countMax: Int = 1_024) { generationCountMax = max(1, countMax / 2) }

    /// Keys that are kept now.
    package var count: Int { generations.withLock { $0.young.count + $0.old.count } }

    /// The key of a claim: a kept one, or a new one that is not kept yet.
    func key(for claim: SignatureClaim, secret: SecretBytes) -> (key: SecretBytes, isKept: Bool) {
        if let key = lookUp(Name(claim), secret, firstDate: claim.firstUsableDate) { return (key, true) }
        let key = SigningKey.derive(
            secret: secret, date: claim.scopeDate, region: claim.scopeRegion, service: claim.service)
        return (key, false)
    }

    /// Keeps a key that a signature was right with: who knows no secret cannot push out the keys of others.
    func keep(_ key: SecretBytes, for claim: SignatureClaim, secret: SecretBytes) {
        generations.withLock { insert(Entry(secret: secret, key: key), Name(claim), into: &$0) }
    }

    /// Forgets all keys of a credential.
    package func forget(accessKeyID: String) {
        generations.withLock { generations in
            generations.young = generations.young.filter { $0.key.accessKeyID != accessKeyID }
            generations.old = generations.old.filter { $0.key.accessKeyID != accessKeyID }
        }
    }

    private func lookUp(_ name: Name, _ secret: SecretBytes, firstDate: String) -> SecretBytes? {
        generations.withLock { generations in
            if generations.firstDate < firstDate {
                generations.firstDate = firstDate
                generations.young = generations.young.filter { $0.key.date >= firstDate }
                generations.old = generations.old.filter { $0.key.date >= firstDate }
            }
            if let entry = generations.young[name] { return entry.secret === secret ? entry.key : nil }
            guard let entry = generations.old[name], entry.secret === secret else { return nil }
            insert(entry, name, into: &generations)
            return entry.key
        }
    }

    private func insert(_ entry: Entry, _ name: Name, into generations: inout Generations) {
        if generations.young.count >= generationCountMax, generations.young[name] == nil {
            generations.old = generations.young
            generations.young = [:]
        }
        generations.young[name] = entry
        generations.old[name] = nil
    }
}
