package import VarveIO
package import VarveMonitoring
package import VarveQuery
package import VarveStore

extension DatabaseError {
    /// The public form of a failure of the store.
    package init(_ error: StoreError) {
        switch error {
        case .disk(let disk): self.init(disk)
        case .corrupt(let place):
            self.init(
                .corrupt, "corrupt at byte \(place.offset): \(place.detail)", place: place.path,
                advice: "run `varve verify` on the directory, then restore the file from a copy"
            )
        case .newerFormat(let path, let version, let supported):
            self.init(
                .newerFormat, "format version \(version), this program reads up to \(supported)", place: path,
                advice: "use a newer varve"
            )
        case .inUse(let directory, let processID):
            self.init(
                .inUse, "\(StoreError.holder(processID)) has this store open", place: directory,
                advice: "stop it, or use --connect to talk to it"
            )
        case .notAStore(let directory):
            self.init(
                .notADatabase, "no Varve store here", place: directory,
                advice: "`varve serve --data \(directory)` or `varve ingest` creates one"
            )
        case .sealed(let path, let reason):
            self.init(
                .keysNeeded, "\(reason)", place: path, advice: "give the key file with every key that was ever in use")
        case .unsafeKeyFile(let path, let permissions):
            self.init(
                .keysNeeded, "mode \(String(permissions & 0o7777, radix: 8)) lets others reach the keys", place: path,
                advice: "`chmod 600` it, and think about who may have read it")
        case .invalidRetention: self.init(.invalidOption, "\(error)")
        default: self.init(writing: error)
        }
    }

    /// Failures of an open store: mostly refused writes.
    private init(writing error: StoreError) {
        switch error {
        case .timestampOutOfRange(let timestamp, let oldest, let newest):
            self.init(
                .invalidSample, "timestamp \(timestamp) ns is outside the accepted range \(oldest)…\(newest)",
                advice: "check that times are in nanoseconds since 1970"
            )
        case .tooManySeries(let limit, let namespace, let refusal):
            self.init(
                .limitExceeded, refusal.text(limit: limit, namespace: namespace),
                advice: "existing series are still accepted; "
                    + (error.isTooFast ? "append the others later" : "remove a dimension with many values")
            )
        case .batchTooLarge(let rows, let values):
            self.init(
                .limitExceeded, "batch of \(rows) rows and \(values) values is above the limit",
                advice: "send smaller batches"
            )
        case .nameOutOfBounds(let excess): self.init(.invalidSample, "\(excess)", advice: "shorten the name")
        case .rowsRefusedBefore:
            self.init(.limitExceeded, "\(error)", advice: "give a write without them a token of its own")
        case .tooManySnapshots(let directory, let limit):
            self.init(
                .limitExceeded, "\(limit) snapshots are there", place: directory,
                advice: "remove some that are not needed")
        case .recordTooLarge(let excess): self.init(.limitExceeded, "\(excess)", advice: "send less at once")
        case .tokenReused(let rows, let firstRows):
            let difference = rows == firstRows ? "\(rows) other rows" : "\(firstRows) rows then, \(rows) now"
            self.init(
                .invalidSample, "the retry token was used for another batch: \(difference)",
                advice: "give every write a token of its own"
            )
        case .readOnly(let reason):
            self.init(.readOnly, "the store is read-only: \(reason)", advice: "remove the cause and open it again")
        case .outcomeUnknown(let disk):
            self.init(
                .outcomeUnknown, "the sync failed (\(disk)); the rows may or may not be stored",
                advice: "open the database again; append once more only with the same retry token"
            )
        case .diskNearlyFull(let directory, let availableBytes):
            self.init(
                .overloaded, "only \(availableBytes >> 20) MiB are free", place: directory,
                advice: "make room, then retry; rows are accepted again at once"
            )
        case .overloaded: self.init(.overloaded, "too many rows are waiting for the disk", advice: "retry later")
        case .closed: self.init(.closed, "the database is closed", advice: "open it again")
        default: self.init(.disk, "\(error)")
        }
    }

    /// The public form of a failure of the disk.
    package init(_ error: DiskError) {
        let advice =
            switch error {
            case .full: "make room, or move the directory to a larger disk"
            case .notFound: "check the path"
            case .locked: "stop the process that uses it"
            default: nil as String?
            }
        self.init(.disk, "\(error)", advice: advice)
    }

    /// The public form of what is refused about alarms.
    package init(_ error: OperationError) {
        let message = error.message.isEmpty ? error.code : error.message
        if error == .stopped {
            self.init(.closed, "the alarms are stopped", advice: "open the database again")
        } else if error.isOurs {
            self.init(.disk, message)
        } else if error.code.hasPrefix("ResourceNotFound") {
            self.init(
                .unknownAlarm, error.message.isEmpty ? "there is no such alarm" : error.message,
                advice: "names are exact, upper and lower case differ")
        } else if error.code.hasPrefix("LimitExceeded") {
            self.init(.limitExceeded, message)
        } else {
            self.init(.invalidAlarm, message)
        }
    }

    /// The public form of a failure of a statement.
    package init(_ error: QueryError) {
        switch error {
        case .invalid(let message, let offset, let byteCount):
            self.init(.invalidStatement, message, statementRange: offset..<offset + byteCount)
        case .limit(let message): self.init(.limitExceeded, message)
        case .cancelled: self.init(.cancelled, "cancelled")
        case .store(let store): self.init(store)
        }
    }
}
