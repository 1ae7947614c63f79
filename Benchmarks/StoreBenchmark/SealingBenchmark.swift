import VarveCrypto
import VarveIO

/// What sealing alone costs: one key, one thread, pages as large as those of segments.
enum SealingBenchmark {
    static func run() throws {
        let key = SecretBytes(count: AESGCM.keyByteCount) { SystemRandomSource().next() }
        let cipher = try AESGCM(key: key)
        for byteCount in [1 << 10, 8 << 10, 32 << 10, 1 << 20] {
            let rounds = (1 << 30) / byteCount
            let plain = [UInt8](repeating: 7, count: byteCount)
            var sealed: [UInt8] = []
            let sealSeconds = try measure {
                for round in 0..<rounds { sealed = try seal(plain, cipher, UInt64(round)) }
            }
            var opened = [UInt8](repeating: 0, count: byteCount)
            let openSeconds = try measure {
                for _ in 0..<rounds { try open(sealed, cipher, UInt64(rounds - 1), into: &opened) }
            }
            precondition(opened == plain, "what is opened is what was sealed")
            let rates = [sealSeconds, openSeconds].map { "\(Double(rounds * byteCount) / $0 / 1e9) GB/s" }
            print("\(byteCount) bytes: seal \(rates[0]), open \(rates[1])")
        }
        let fresh = try measure { for _ in 0..<100_000 { _ = try AESGCM(key: key) } }
        print("a context with its key: \(fresh * 1e9 / 100_000) ns")
    }

    private static func measure(_ body: () throws -> Void) rethrows -> Double {
        let clock = LinuxClock()
        let start = clock.monotonicNs()
        try body()
        return Double(clock.monotonicNs() - start) / 1e9
    }

    private static func seal(_ plain: [UInt8], _ cipher: AESGCM, _ counter: UInt64) throws -> [UInt8] {
        try plain.withUnsafeBytes { plain in
            try withUnsafeBytes(of: counter) { associated in
                try cipher.seal(plain, nonce: GCMNonce(prefix: 1, counter: counter), associated: associated)
            }
        }
    }

    private static func open(
        _ sealed: [UInt8], _ cipher: AESGCM, _ counter: UInt64, into plain: inout [UInt8]
    ) throws {
        try plain.withUnsafeMutableBytes { plain in
            try sealed.withUnsafeBytes { sealed in
                try withUnsafeBytes(of: counter) { associated in
                    let nonce = GCMNonce(prefix: 1, counter: counter)
                    try cipher.open(sealed, into: plain, nonce: nonce, associated: associated)
                }
            }
        }
    }
}
