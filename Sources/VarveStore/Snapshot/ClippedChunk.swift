import VarveCodec

/// The newer rows of a chunk whose older ones have expired. Valid as long as the chunk.
struct ClippedChunk: SampleChunk {
    private let samples: DecodedSamples

    /// - Precondition: the last row is at `oldest` or later.
    init(_ chunk: any SampleChunk, since oldest: Int64) throws(StoreError) {
        let samples = try chunk.decode()
        var low = 0
        var high = chunk.rowCount - 1
        while low < high {
            let middle = (low + high) / 2
            if samples.timestamps[middle] >= oldest { high = middle } else { low = middle + 1 }
        }
        let timestamps: TimestampColumn =
            switch samples.timestamps {
            case .regular(_, let step): .regular(first: samples.timestamps[low], step: step)
            case .explicit(let times): .explicit(UnsafeBufferPointer(rebasing: times[low...]))
            }
        self.samples = DecodedSamples(
            timestamps: timestamps, values: UnsafeBufferPointer(rebasing: samples.values[low...]))
    }

    var rowCount: Int { samples.values.count }
    var firstTimestamp: Int64 { samples.timestamps[0] }
    var lastTimestamp: Int64 { samples.timestamps[rowCount - 1] }
    var statistics: BlockStatistics? { nil }

    func decode() -> DecodedSamples { samples }
}
