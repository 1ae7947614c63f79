import VarveStore

/// How ``Database/open(_:options:)`` opens a directory.
public struct DatabaseOptions: Sendable, Equatable {
    /// Create the directory and an empty database when there is none. Otherwise `open` throws
    /// ``DatabaseError/Code/notADatabase``.
    public var createIfMissing: Bool
    /// Refuse every write.
    public var readOnly: Bool
    /// File of the keys that what is written from now on is encrypted with, and what was encrypted before is read with;
    /// nil: nothing is encrypted. `varve key create FILE` makes one. Names of series are not encrypted.
    public var keyFile: String?
    /// Open read-only a directory in which this process may not write, instead of failing.
    package var readsIfUnwritable = false
    /// Open for writing although the log lacks acknowledged rows.
    package var acceptsLoss = false
    /// Days for which rows are kept; nil: the engine's choice.
    package var retentionDays: Int?
    /// Namespaces that keep rows for a shorter time, in days: takes the place of what was set before. nil: as before.
    package var namespaceRetentionDays: [String: Int]?
    /// Values kept in memory before they are written into segments; nil: the engine's choice.
    package var tailValuesMax: Int?
    /// Bytes of one log file; nil: the engine's choice.
    package var logFileBytes: Int?

    /// The defaults create what is missing and allow writes.
    public init(createIfMissing: Bool = true, readOnly: Bool = false, keyFile: String? = nil) {
        self.createIfMissing = createIfMissing
        self.readOnly = readOnly
        self.keyFile = keyFile
    }

    /// The same in the engine's terms.
    var storeOptions: StoreOptions {
        var options = StoreOptions()
        options.createIfMissing = createIfMissing && !readOnly
        options.readOnly = readOnly
        options.readsIfUnwritable = readsIfUnwritable
        options.acceptsLoss = acceptsLoss
        if let retentionDays { options.retentionDays = retentionDays }
        options.namespaceRetentionDays = namespaceRetentionDays
        if let logFileBytes { options.walFileBytes = logFileBytes }
        if let tailValuesMax { options.tailValuesMax = tailValuesMax }
        return options
    }
}
