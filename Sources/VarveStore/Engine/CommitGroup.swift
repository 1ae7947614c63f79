import VarveModel

/// The batches of one commit that pass, on their way into the log.
struct CommitGroup {
    /// A batch that is to be stored.
    struct Place {
        /// Position among the batches of the commit.
        var index: Int
        var content: NumberedBatch
        /// Rows that were handed over, refused ones included.
        var rowCount: Int
        var receipt: AppendReceipt
        var token: RetryToken?
        /// 0 without a token.
        var contentHash: UInt64

        /// What is to be remembered of the write; nil without a token.
        func remembered(lsn: UInt64) -> RememberedWrite? {
            guard let token else { return nil }
            var write = RememberedWrite(
                token: token, lsn: lsn, rows: receipt.rows, values: receipt.values, refusedRows: receipt.refusedRows)
            write.contentHash = contentHash
            write.refusal = RememberedWrite.Refusal(receipt.refusal)
            return write
        }
    }

    private(set) var accepted: [Place] = []
    /// Position in `accepted` of batches with a token.
    private var places: [RetryToken: Int] = [:]
    /// Batches that repeat one of the same commit, which decides what becomes of both: position, and position of the
    /// first one.
    var repetitions: [(index: Int, original: Int)] = []
    /// The strictest that one of the batches asks for.
    var durability = Durability.buffered

    var isEmpty: Bool { accepted.isEmpty }

    /// Positions of all batches that share the fate of the group.
    var indices: [Int] { accepted.map(\.index) + repetitions.map(\.index) }

    mutating func add(_ place: Place) {
        if let token = place.token { places[token] = accepted.count }
        accepted.append(place)
    }

    func find(_ token: RetryToken) -> Place? { places[token].map { accepted[$0] } }
}
