import Testing
import VarveJSON

@testable import VarveWire

@Suite("Round trips") struct RoundTripTests {
    @Test(
        "inputs of every operation come through every protocol of their service unchanged", arguments: [UInt64(11), 12])
    func inputs(seed: UInt64) throws {
        for service in ServiceDirectory.builtIn.services {
            var generator = InputGenerator(shapes: service.shapes, random: Seeded(seed))
            for name in service.operations.keys.sorted() {
                let operation = try #require(service.operations[name])
                let shape = operation.input.map { service.shapes[$0] }
                for _ in 0..<4 {
                    let input = shape.map { generator.value($0) } ?? .object([])
                    for wireProtocol in service.protocols {
                        let request = RequestWriter(service: service, operation: operation).request(input, wireProtocol)
                        let call = try Client.call(request)
                        #expect(call.service === service && call.operationName == name)
                        let read = try call.decodedInput(of: request)
                        #expect(read == input, "\(service.name) \(name) \(wireProtocol), seed \(seed)")
                    }
                }
            }
        }
    }

    @Test("generated inputs break no constraint but patterns", arguments: [UInt64(21)])
    func validInputs(seed: UInt64) throws {
        for service in ServiceDirectory.builtIn.services {
            var generator = InputGenerator(shapes: service.shapes, random: Seeded(seed))
            for name in service.operations.keys.sorted() {
                guard let operation = service.operations[name], let input = operation.input else { continue }
                var walk = ValidationWalk(shapes: service.shapes)
                walk.visit(generator.value(service.shapes[input]), service.shapes[input], ValuePath())
                let broken = walk.violations.filter { violation in
                    switch violation.rule {
                    case .pattern: return false
                    case .everyElement(let rules), .everyKey(let rules), .everyValue(let rules):
                        return !rules.contains { if case .pattern = $0 { true } else { false } }
                    default: return true
                    }
                }
                #expect(broken.isEmpty, "\(service.name) \(name): \(broken.map(\.rule)), seed \(seed)")
            }
        }
    }

    @Test("outputs of every operation are what was written, read back in JSON and CBOR", arguments: [UInt64(31)])
    func outputs(seed: UInt64) throws {
        for service in ServiceDirectory.builtIn.services {
            var generator = InputGenerator(shapes: service.shapes, random: Seeded(seed))
            for name in service.operations.keys.sorted() {
                guard let operation = service.operations[name], let index = operation.output else { continue }
                let shape = service.shapes[index]
                let output = generator.value(shape)
                for wireProtocol in service.protocols {
                    let call = WireCall(
                        service: service, wireProtocol: wireProtocol, operationName: name, target: .success(operation),
                        isQueryMode: false)
                    let answer = call.response(output, requestID: "r")
                    switch wireProtocol {
                    case .json:
                        #expect(try JSONInput.decode(answer.body, shape: shape, shapes: service.shapes) == output)
                    case .cbor:
                        #expect(try CBORInput.decode(answer.body, shape: shape, shapes: service.shapes) == output)
                    case .query, .restJSON: #expect(answer.text.hasSuffix("</\(name)Response>"))
                    }
                }
            }
        }
    }
}

@Suite("Mutated requests") struct MutationTests {
    /// Changes, removes, repeats or inserts bytes.
    private func mutated(_ bytes: [UInt8], _ random: inout Seeded) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<(1 + random.next() % 4) where !bytes.isEmpty {
            let place = Int(random.next() % UInt64(bytes.count))
            switch random.next() % 5 {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.remove(at: place)
            case 2: bytes.removeLast(bytes.count - place)
            case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 16)], at: place)
            default: bytes[place] ^= 1 << (random.next() % 8)
            }
        }
        return bytes
    }

    @Test(
        "no change of a request's bytes makes anything but an input or a fault below 500", arguments: [UInt64(41), 42])
    func mutations(seed: UInt64) throws {
        let service = try #require(ServiceDirectory.builtIn.service(named: "cloudwatch"))
        var random = Seeded(seed)
        var generator = InputGenerator(shapes: service.shapes, random: Seeded(seed))
        for name in service.operations.keys.sorted() {
            guard let operation = service.operations[name], let index = operation.input else { continue }
            for wireProtocol in service.protocols {
                var request = RequestWriter(service: service, operation: operation)
                    .request(generator.value(service.shapes[index]), wireProtocol)
                let body = request.body
                for _ in 0..<30 {
                    request.body = mutated(body, &random)
                    guard case .call(let call) = ServiceDirectory.builtIn.route(request) else { continue }
                    if let refusal = fault({ _ = try call.input(of: request) }) {
                        #expect(refusal.status < 500, "\(name) \(wireProtocol), seed \(seed)")
                        #expect(call.response(fault: refusal, requestID: "r").status < 500)
                    }
                }
            }
        }
    }
}
