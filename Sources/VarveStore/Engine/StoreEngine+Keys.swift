import VarveCrypto
import VarveIO

// Life of the data keys. Design: Docs/Design/0007-encryption.md.

extension StoreEngine {
    /// Wraps the data keys of all segments under the newest key of the provider, by one manifest; no data is rewritten.
    /// Part of every opening, so that a rotation needs no more than a restart. The log follows with the next flush.
    mutating func rewrapKeys() throws(StoreError) {
        guard let provider = options.keyProvider, readOnlyReason == nil else { return }
        var next = manifest
        var isChanged = false
        for index in next.segments.indices {
            guard let wrapped = next.segments[index].wrappedKey else { continue }
            let identity = next.segments[index].identity
            do throws(SealError) {
                if try provider.newestKeyID(of: wrapped.domain) == wrapped.keyID { continue }
                let context = FileSeal.context(ofSegment: identity.uuid)
                let key = try provider.unwrap(wrapped, context: context)
                next.segments[index].wrappedKey = try provider.wrap(key, for: wrapped.domain, context: context)
                isChanged = true
            } catch {
                // What cannot be unwrapped was left out of `segments` and reported; a provider that is away for the
                // moment is asked again at the next opening. The old wrap stays valid.
                continue
            }
        }
        guard isChanged else { return }
        try installManifest(next)
        for index in segments.indices {
            let uuid = segments[index].summary.identity.uuid
            guard let summary = next.segments.first(where: { $0.identity.uuid == uuid }),
                summary != segments[index].summary
            else { continue }
            segments[index] = try openSegment(summary)
        }
    }

    /// A wrapped key that the newest manifest no longer has is to be destroyed, and older manifests still hold it. They
    /// are of no other use any more: the files that they name are about to go, or keep their keys in the new one.
    ///
    /// A failure loses nothing and keeps the key until two further installations have removed those manifests.
    func destroyWraps(missingIn next: Manifest) {
        let kept = Set(next.segments.compactMap(\.wrappedKey))
        let isAnyGone = manifest.segments.contains { $0.wrappedKey.map { !kept.contains($0) } ?? false }
        guard isAnyGone else { return }
        try? manifests.removeGenerations(below: next.generation)
    }

    /// Nothing that is meant to be sealed may ever be written in plain text by an oversight.
    func checkSealed(_ next: Manifest) {
        guard options.keyProvider != nil else { return }
        let known = Set(manifest.segments.map(\.identity.uuid))
        let isSealed = next.segments.allSatisfy { $0.wrappedKey != nil || known.contains($0.identity.uuid) }
        precondition(isSealed, "with a key provider every new segment is built with a seal")
    }
}

extension StoreError {
    /// Whether other keys, or the same ones later, would help: a store is then not opened at all. A key that was
    /// destroyed is gone, and what it protected is meant to be: the rest is served.
    var isMissingKey: Bool {
        guard case .sealed(_, let error) = self else { return false }
        if case .destroyedKey = error { return false }
        return true
    }
}
