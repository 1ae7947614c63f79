import Glibc
package import VarveCrypto
package import VarveIO
import VarveModel

/// What can go wrong in the store. Every case names what, where and, in its description, what to do.
package enum StoreError: Error, Equatable, Sendable {
    /// The disk refused an operation; nothing that was acknowledged is affected.
    case disk(DiskError)
    /// Bytes on disk are not what was written.
    case corrupt(Corruption)
    /// Written by a newer Varve.
    case newerFormat(path: String, version: Int, supported: Int)
    /// Its content, or what was to be written there, needs a key that is not to be had.
    case sealed(path: String, SealError)
    /// A file of keys that others than its owner can read or change.
    case unsafeKeyFile(path: String, permissions: UInt32)
    /// Another process has the directory open; which, when its lock file tells.
    case inUse(directory: String, processID: Int? = nil)
    /// The directory has no store and was to be opened, not created.
    case notAStore(directory: String)
    /// A namespace cannot be kept for less than a day, and its name has 1 to 255 bytes.
    case invalidRetention(namespace: String, days: Int)
    /// A row's time lies outside what is kept; the batch was refused whole, nothing of it is stored.
    case timestampOutOfRange(timestamp: Int64, oldest: Int64, newest: Int64)
    /// More series than the configured limit; existing series keep flowing.
    case tooManySeries(limit: Int, namespace: String, SeriesRefusal = SeriesRefusal())
    /// A retry token came with other rows than the first time: it names two different writes.
    case tokenReused(rows: Int, firstRows: Int)
    /// The batch was stored before, without so many of its rows; why, the log does not say.
    case rowsRefusedBefore(rows: Int)
    /// A name beyond the limit that every reader of the catalogue relies on; nothing of the series is stored.
    case nameOutOfBounds(NameExcess)
    /// A batch with more rows or values than one WAL record holds.
    case batchTooLarge(rows: Int, values: Int)
    /// A batch of rows with several columns beyond one of the limits; it was refused whole.
    case recordTooLarge(RecordLimits.Excess)
    /// Writes are refused until an operator acts; queries go on.
    case readOnly(reason: String)
    /// Written, but the sync failed: the rows may or may not be there after a restart. A retry may store them twice.
    case outcomeUnknown(DiskError)
    /// Too much is waiting for the disk; try again later.
    case overloaded
    /// Free space is critical; rows are accepted again as soon as there is room, so try again later.
    case diskNearlyFull(directory: String, availableBytes: Int)
    /// A directory of snapshots has as many as it may have.
    case tooManySnapshots(directory: String, limit: Int)
    case closed
}

/// A place on disk whose content cannot be right.
package struct Corruption: Hashable, Sendable {
    package var path: String
    /// Bytes from the start of the file.
    package var offset: Int
    /// What is wrong, with expected and found values.
    package var detail: String

    package init(path: String, offset: Int, detail: String) {
        self.path = path
        self.offset = offset
        self.detail = detail
    }
}

extension StoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .disk(let error): "\(error)"
        case .corrupt(let place): "\(place)"
        case .newerFormat(let path, let version, let supported):
            "\(path): format version \(version), this program reads up to \(supported); use a newer varve"
        case .sealed(let path, let error): "\(path): \(error)"
        case .unsafeKeyFile(let path, let permissions):
            "\(path): mode \(String(permissions & 0o7777, radix: 8)) lets others reach the keys; `chmod 600` it, and "
                + "think about who may have read it"
        case .inUse(let directory, let processID):
            "\(directory): \(Self.holder(processID)) has this store open; stop it, or use --connect to talk to it"
        case .notAStore(let directory):
            "\(directory): no Varve store here; `varve serve --data \(directory)` or `varve ingest` creates one"
        case .invalidRetention(let namespace, let days):
            "rows of namespace \"\(namespace.prefix(300))\" cannot be kept for \(days) days; give 1 day or more, and a "
                + "name of 1 to \(Limits.nameBytesMax) bytes"
        case .timestampOutOfRange(let timestamp, let oldest, let newest):
            "timestamp \(timestamp) ns is outside the accepted range \(oldest)…\(newest); check the precision"
        case .tooManySeries(let limit, let namespace, let refusal):
            refusal.text(limit: limit, namespace: namespace) + "; existing series are still accepted"
        case .tokenReused(let rows, let firstRows):
            "the retry token was used before for another write ("
                + (rows == firstRows ? "\(rows) other rows" : "\(firstRows) rows then, \(rows) now")
                + "); use a new token"
        case .rowsRefusedBefore(let rows):
            "\(rows) rows of this write were refused when it came first, for a limit on series"
        case .nameOutOfBounds(let excess): "\(excess)"
        case .batchTooLarge(let rows, let values):
            "batch of \(rows) rows and \(values) values is above the limit; send smaller batches"
        case .recordTooLarge(let excess): "\(excess); send less at once"
        case .readOnly(let reason): "the store is read-only: \(reason)"
        case .outcomeUnknown(let error):
            "the sync failed (\(error)); the rows may or may not be there after a restart"
        case .overloaded: "too many rows are waiting for the disk; retry later"
        case .diskNearlyFull(let directory, let availableBytes):
            "\(directory): only \(availableBytes >> 20) MiB are free; make room, writes are taken again at once"
        case .tooManySnapshots(let directory, let limit):
            "\(directory): \(limit) snapshots are there; remove some that are not needed"
        case .closed: "the store is closed"
        }
    }
}

extension StoreError {
    /// Who has the store open, as the subject of a sentence.
    package static func holder(_ processID: Int?) -> String {
        processID.map { "process \($0)" } ?? "another process"
    }

    /// Whether it is the limit on new series per minute, which passes by itself.
    package var isTooFast: Bool {
        guard case .tooManySeries(_, _, let refusal) = self else { return false }
        return refusal.cause == .rate
    }

    /// Of descriptors or memory: it says nothing about the file, and passes.
    var isShortage: Bool {
        guard case .disk(.system(_, _, let code)) = self else { return false }
        return [EMFILE, ENFILE, ENOMEM].contains(code)
    }
}

extension Corruption: CustomStringConvertible {
    package var description: String { "\(path): corrupt at byte \(offset): \(detail)" }
}
