import VarveStore

/// How ``Database/open(_:options:)`` opens a directory.
public struct DatabaseOptions: Sendable, Equatable {
    /// Create the directory and an empty database when there is none. Otherwise `open` throws
    /// ``DatabaseError/Code/notADatabase``.
    public var createIfMissing: Bool
    /// Refuse every write.
    public var readOnly: Bool

    /// The defaults create what is missing and allow writes.
    public init(createIfMissing: Bool = true, readOnly: Bool = false) {
        self.createIfMissing = createIfMissing
        self.readOnly = readOnly
    }

    /// The same in the engine's terms.
    var storeOptions: StoreOptions {
        var options = StoreOptions()
        options.createIfMissing = createIfMissing && !readOnly
        options.readOnly = readOnly
        return options
    }
}
