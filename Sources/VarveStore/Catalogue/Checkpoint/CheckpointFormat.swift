/// Constants of checkpoint files. Format: Docs/Format/catalogue.md, "Checkpoints".
enum CheckpointFormat {
    /// "VRVCIX01" read as a little-endian integer.
    static let magic: UInt64 = 0x3130_5849_4356_5256
    /// The newest that a reader knows. Writers use it for files with padding, and 1 for all others.
    static let version: UInt16 = 2
    static let headerByteCount = 64
    /// Checksum, kind, flags, raw length, stored length, count of items.
    static let sectionHeaderByteCount = 20
    static let compressedFlag: UInt16 = 1
    /// Names, pairs and sources of one section at most; bounds the memory of a reader.
    static let itemsMax = 1 << 16
    /// Shapes and field lists of one section: each has up to 1 024 fields.
    static let listsMax = 1 << 12
    /// Bytes of names after which a section ends.
    static let nameBytesTarget = 4 << 20
    /// Raw bytes of a section that a reader accepts: 64 Ki sources of 255 dimensions at 4 bytes.
    static let sectionBytesMax = 128 << 20
    /// Numbers of one sort that a catalogue gives out in its life, those of dropped sources included: with two million
    /// new series every week, 2.5 years. A reader accepts no more, a writer refuses series that would need more.
    static let totalMax = 1 << 28
    /// Dimensions of all sources, fields of all lists and series of all shapes, each counted as often as it is listed:
    /// 4 GiB in memory. Beyond the 10 to 30 dimensions of 2^25 sources; the same rule holds for reader and writer.
    static let placesMax = 1 << 30

    /// Items of one section at most.
    static func itemsMax(_ kind: Section) -> Int {
        switch kind {
        case .totals: 1
        case .padding: 0
        case .fieldLists, .shapes: listsMax
        default: itemsMax
        }
    }

    /// In the order in which they stand in a file; all but the first may repeat or be missing.
    enum Section: UInt16, Comparable {
        case totals = 1
        case names, spaces, pairs, fields, fieldLists, metrics, sources, shapes
        /// Bytes without meaning, for ``CheckpointMemory``. Since version 2.
        case padding

        static func < (left: Section, right: Section) -> Bool { left.rawValue < right.rawValue }
    }
}
