/// Why a ``Database`` operation did not happen: what, where, and what to do about it.
///
/// `description` is one line in the form that the command line prints: `where: what; what to do`.
public struct DatabaseError: Error, Equatable, Sendable {
    /// What kind of failure it is, for programs.
    public enum Code: String, Sendable, CaseIterable {
        /// The statement is wrong; ``DatabaseError/statementRange`` says where.
        case invalidStatement
        /// A rank or a bound of a ``Statistic`` is not accepted.
        case invalidStatistic
        /// A sample cannot be stored as it is: a name, a value or a time outside what is accepted.
        case invalidSample
        /// An option has a value that is not accepted.
        case invalidOption
        /// The definition of an alarm, or what is asked about alarms, is not accepted; nothing has changed.
        case invalidAlarm
        /// There is no alarm of this name.
        case unknownAlarm
        /// What is stored is encrypted, and its keys are not to be had, or lie where others can read them.
        case keysNeeded
        /// A configured limit was reached; the message names it.
        case limitExceeded
        /// The query was cancelled through its ``QueryCancellation``.
        case cancelled
        /// Another process has the directory open.
        case inUse
        /// There is no database in the directory, and it was not to be created.
        case notADatabase
        /// The directory was written by a newer version of Varve.
        case newerFormat
        /// Bytes on disk are not what was written.
        case corrupt
        /// The disk refused an operation.
        case disk
        /// Writes are refused until somebody acts; queries go on.
        case readOnly
        /// The sync failed: whether the rows are stored is not known before the next open.
        case outcomeUnknown
        /// Too much is waiting for the disk.
        case overloaded
        /// The database was closed.
        case closed
    }

    /// What kind of failure it is.
    public var code: Code
    /// What happened, as part of a sentence.
    public var message: String
    /// The file, directory or sample concerned; nil when the message says it all.
    public var place: String?
    /// What the reader can do about it; nil when there is nothing to advise.
    public var advice: String?
    /// UTF-8 byte offsets of the wrong part of the statement, for ``Code/invalidStatement``.
    public var statementRange: Range<Int>?

    package init(
        _ code: Code, _ message: String, place: String? = nil, advice: String? = nil, statementRange: Range<Int>? = nil
    ) {
        self.code = code
        self.message = message
        self.place = place
        self.advice = advice
        self.statementRange = statementRange
    }
}

extension DatabaseError: CustomStringConvertible {
    /// `where: what; what to do`, in one line.
    public var description: String {
        (place.map { "\($0): " } ?? "") + message + (advice.map { "; \($0)" } ?? "")
    }
}
