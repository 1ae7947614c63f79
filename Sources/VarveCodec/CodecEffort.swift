/// How much time an encoder may spend on saving space.
package enum CodecEffort: Sendable {
    /// For rows that were just written: about 80 ns per value, decoding at full speed.
    case flush
    /// For segments older than a day, written once and kept for months: slower encoders, and forms that decode at a
    /// third to a half of the speed where they save at least 5 %.
    case compaction
}
