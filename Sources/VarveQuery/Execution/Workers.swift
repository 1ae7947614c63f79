import Synchronization
import VarveIO

/// Work that is divided among threads.
enum Workers {
    /// Runs `body` for 0..<`count` and gives what it returned, in that order. Number 0 is run on the caller's thread,
    /// each other one on a thread of its own, which costs some 50 µs, or by the caller where the process may not have
    /// another thread.
    static func map<Output: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) -> Output) -> [Output] {
        if count <= 1 { return (0..<count).map(body) }
        let places = (1..<count).map { WorkerOutput(number: $0, body) }
        var threads: [DedicatedThread] = []
        for place in places {
            do throws(DiskError) {
                threads.append(try DedicatedThread.start(name: "varve-rows-\(place.number)") { place.fill() })
            } catch {
                // Nothing is lost: `take` does it, later.
            }
        }
        let first = body(0)
        for thread in threads { thread.join() }
        return [first] + places.map { $0.take() }
    }
}

/// What one worker gives back. Any thread.
private final class WorkerOutput<Output: Sendable>: Sendable {
    let number: Int
    private let body: @Sendable (Int) -> Output
    private let output = Mutex<Output?>(nil)

    init(number: Int, _ body: @escaping @Sendable (Int) -> Output) {
        self.number = number
        self.body = body
    }

    func fill() {
        let made = body(number)
        output.withLock { $0 = made }
    }

    func take() -> Output { output.withLock { $0 } ?? body(number) }
}
