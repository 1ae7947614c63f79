/// A message of Protocol Buffers as its wire form says it, without knowing any schema: written apart from the encoder.
struct ProtobufMessage: Equatable {
    enum Value: Equatable {
        case varint(UInt64)
        case fixed64(UInt64)
        case bytes([UInt8])
    }

    private(set) var fields: [(number: UInt64, value: Value)] = []

    static func == (left: ProtobufMessage, right: ProtobufMessage) -> Bool {
        left.fields.elementsEqual(right.fields) { $0.number == $1.number && $0.value == $1.value }
    }

    /// nil for bytes that are no message.
    init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let tag = Self.varint(&rest) else { return nil }
            let value: Value
            switch tag & 7 {
            case 0:
                guard let number = Self.varint(&rest) else { return nil }
                value = .varint(number)
            case 1:
                guard rest.count >= 8 else { return nil }
                value = .fixed64(rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
                rest = rest.dropFirst(8)
            case 2:
                guard let count = Self.varint(&rest), count <= rest.count else { return nil }
                value = .bytes(Array(rest.prefix(Int(count))))
                rest = rest.dropFirst(Int(count))
            default: return nil
            }
            fields.append((tag >> 3, value))
        }
    }

    static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    private func values(_ number: UInt64) -> [Value] { fields.filter { $0.number == number }.map(\.value) }

    func messages(_ number: UInt64) -> [ProtobufMessage] {
        values(number).compactMap { value in
            if case .bytes(let bytes) = value { ProtobufMessage(bytes) } else { nil }
        }
    }

    func message(_ number: UInt64) -> ProtobufMessage? { messages(number).first }

    func text(_ number: UInt64) -> String? {
        guard case .bytes(let bytes)? = values(number).first else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    func fixed64(_ number: UInt64) -> UInt64? {
        if case .fixed64(let value)? = values(number).first { value } else { nil }
    }

    func double(_ number: UInt64) -> Double? { fixed64(number).map { Double(bitPattern: $0) } }
}
