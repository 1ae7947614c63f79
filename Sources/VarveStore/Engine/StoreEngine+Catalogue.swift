import VarveIO
import VarveModel

extension StoreEngine {
    /// Takes sources without data for the whole retention out of listings. Once a day; O(sources + buffered rows).
    ///
    /// Nothing is written: what is retired follows from what the catalogue's files say about activity.
    mutating func retireSources() {
        let today = SourceDay.day(of: environment.clock.wallNs())
        guard today != retiredOnDay, readOnlyReason == nil else { return }
        retiredOnDay = today
        let retention = UInt32(clamping: options.retentionDays)
        guard retention < today else { return }
        let count = catalogue.retire(before: today - retention, today: today, except: bufferedSources())
        // Clients may hold shapes of retired sources under the old token; they must ask again.
        if count > 0 { bindingToken = Self.nextBindingToken() }
    }

    /// Sources with rows that are in no segment yet.
    private func bufferedSources() -> Set<UInt32> {
        var shapes: Set<UInt32> = []
        for chunk in (frozen?.tail.chunks ?? []) + tail.chunks {
            var previous: UInt32?
            for shape in chunk.rows(below: chunk.rowCount).shapes where shape != previous {
                shapes.insert(shape)
                previous = shape
            }
        }
        var sources = Set(shapes.map { catalogue.tables.shapes[$0].source })
        for records in bufferedRecords {
            for series in Set(records.series) { sources.insert(catalogue.tables.series[series.rawValue].source) }
        }
        return sources
    }

    /// Removes the catalogue's files of generations that no manifest names: an older one, to which a damaged one falls
    /// back, may still name one before. None while a snapshot may yet copy one.
    ///
    /// Failing to remove one loses nothing; it is tried again after the next flush.
    func removeOldCatalogueFiles() {
        let directory = layout.catalogueDirectory
        guard snapshotCount == 0, catalogueLog.generation > 0, let names = try? environment.fileSystem.list(directory)
        else { return }
        let old = names.filter { (StoreLayout.catalogueGeneration(in: $0) ?? .max) < catalogueLog.generation }
        guard !old.isEmpty, let generations = try? manifests.generations() else { return }
        // One that cannot be read names nothing that could be used.
        let named = Set(generations.compactMap { try? manifests.read($0).catalogueGeneration })
        for name in old where !named.contains(StoreLayout.catalogueGeneration(in: name) ?? .max) {
            try? environment.fileSystem.remove(directory + "/" + name)
        }
    }
}
