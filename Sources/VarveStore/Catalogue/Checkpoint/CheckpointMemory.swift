/// What a checkpoint takes in memory once it is read, counted by a rule that writer and reader share, and how much that
/// may be. Columns of equal or evenly growing numbers take next to no bytes in a file, so without a bound a few
/// kilobytes of unknown origin could ask for all the memory there is.
///
/// Docs/Format/catalogue.md, "Checkpoints". A rule, not a measurement: tables and indexes take less, the decoding of a
/// section takes as much again for a moment.
package struct CheckpointMemory: Sendable {
    /// Counted so far, in bytes.
    package private(set) var byteCount = 0

    /// Allowed for a file of any size: 150 000 sources with ten dimensions and a name of their own each.
    package static let baseByteCount = 64 << 20
    /// Allowed for each byte of a file besides: a source asks for a few hundred, and takes 2.8 bytes of a file even
    /// where names repeat well (Docs/Design/0006-catalogue.md).
    package static let factor = 1 << 10
    /// Of an item: rows in tables and entries of indexes.
    static let itemByteCount = 64
    /// Of a dimension of a source, a field of a list, or a series of a shape.
    static let placeByteCount = 16

    package init() {}

    /// - Parameters:
    ///   - items: at most ``CheckpointFormat/totalMax``.
    ///   - places: at most ``CheckpointFormat/placesMax``.
    ///   - nameByteCount: of whole names.
    package mutating func add(items: Int = 0, places: Int = 0, nameByteCount: Int = 0) {
        byteCount += items * Self.itemByteCount + places * Self.placeByteCount + nameByteCount
    }

    /// What a file of this size may ask for.
    package static func byteCountMax(ofFile fileByteCount: Int) -> Int {
        let (product, isHuge) = fileByteCount.multipliedReportingOverflow(by: factor)
        let (sum, isLarger) = product.addingReportingOverflow(baseByteCount)
        return isHuge || isLarger ? .max : sum
    }

    /// Bytes by which a file of this size must grow to be allowed what it asks for; 0 for any that was not made by
    /// somebody who wants that.
    package func padding(ofFile fileByteCount: Int) -> Int {
        let excess = byteCount - Self.byteCountMax(ofFile: fileByteCount)
        return max(0, (excess + Self.factor - 1) / Self.factor)
    }
}
