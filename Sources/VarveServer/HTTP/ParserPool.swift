import Synchronization
import VarveLine

/// A line assembler that requests borrow one after the other.
/// Used by one request at a time: whoever took it from the pool owns it until it is given back.
final class PooledAssembler: @unchecked Sendable {
    // Unchecked: see the ownership rule above.
    var lines: LineAssembler

    init(options: LineOptions) { lines = LineAssembler(options: options) }
}

/// Parsers that have learned the series of earlier requests, so that a request does not begin with an empty memory.
/// Guarded by its lock; any thread.
final class ParserPool: Sendable {
    /// Parsers kept. 8: more requests than cores rarely parse at the same instant.
    private static let keptMax = 8

    private let options: LineOptions
    private let idle = Mutex<[PooledAssembler]>([])

    init(options: LineOptions) { self.options = options }

    func take(precision: LinePrecision) -> PooledAssembler {
        let assembler = idle.withLock { $0.popLast() } ?? PooledAssembler(options: options)
        assembler.lines.beginStream(precision: precision)
        return assembler
    }

    func give(back assembler: PooledAssembler) {
        idle.withLock { idle in
            if idle.count < Self.keptMax { idle.append(assembler) }
        }
    }
}
