/// Every limit on names and batches, with its derivation. Relations between them are asserted in `LimitsTests`.
package enum Limits {
    /// Namespace, metric and dimension names: CloudWatch allows 255 characters of ASCII; counted here in UTF-8 bytes.
    package static let nameBytesMax = 255
    /// Dimension values: CloudWatch allows 1 024 characters.
    package static let dimensionValueBytesMax = 1_024
    /// CloudWatch's limit since 2022; the default of the configurable limit.
    package static let dimensionsMax = 30
    /// The largest value to which `dimensionsMax` can be configured, and what decoders accept.
    package static let dimensionsCeiling = 255
    /// Fields of one line: the widest common agent plugins send a few hundred.
    package static let fieldsPerRowMax = 1_024
    /// Bytes of one line-protocol line, line end excluded.
    package static let lineBytesMax = 1 << 20
    /// Rows handed to the store at once: at ten values a row 64 Ki rows are 5 MiB, one WAL group.
    package static let rowsPerBatchMax = 1 << 16
    /// Values handed to the store at once: 1 Mi doubles are 8 MiB, the largest WAL record payload.
    package static let valuesPerBatchMax = 1 << 20
    /// Raw data is kept for 15 months, as CloudWatch keeps its hourly tier.
    package static let retentionDays = 455
    /// Timestamps further ahead of the store's clock than this are refused: a wrong unit, not a wrong clock.
    package static let futureToleranceDays = 2
}
