import Synchronization
import Testing
import VarveIO

@Suite struct MonitorTests {
    @Test("a waiting thread wakes when the state it waits for is signalled")
    func wakes() throws {
        let monitor = Monitor([Int]())
        let taken = Mutex([Int]())
        let consumer = try DedicatedThread.start(name: "consumer") {
            while taken.withLock({ $0.count }) < 300 {
                let batch: [Int]? = monitor.wait { queue in
                    if queue.isEmpty { return nil }
                    defer { queue.removeAll() }
                    return queue
                }
                taken.withLock { $0 += batch ?? [] }
            }
        }
        let producers = try (0..<3).map { producer in
            try DedicatedThread.start(name: "producer-\(producer)", niceness: 1) {
                for item in 0..<100 {
                    monitor.withLock { $0.append(producer * 100 + item) }
                    monitor.signal()
                }
            }
        }
        for producer in producers { producer.join() }
        consumer.join()
        #expect(taken.withLock { $0.sorted() } == Array(0..<300))
    }

    @Test("waiting ends with nil after the time-out, not before")
    func timesOut() {
        let monitor = Monitor(0)
        let clock = LinuxClock()
        let start = clock.monotonicNs()
        let value: Int? = monitor.wait(timeoutNs: 20_000_000) { _ in nil }
        #expect(value == nil)
        #expect(clock.monotonicNs() - start >= 20_000_000)
    }

    @Test("a broadcast wakes every waiting thread")
    func broadcasts() throws {
        let monitor = Monitor(false)
        let threads = try (0..<4).map { index in
            try DedicatedThread.start(name: "waiter-\(index)") {
                _ = monitor.wait { isOpen in isOpen ? true : nil }
            }
        }
        monitor.withLock { $0 = true }
        monitor.broadcast()
        for thread in threads { thread.join() }
    }

    @Test("joining twice returns at once")
    func joinsTwice() throws {
        let thread = try DedicatedThread.start(name: "short") {}
        thread.join()
        thread.join()
        #expect(thread.name == "short")
    }
}
