import VarveJSON
import VarveModel
import VarveWire

/// The page tokens of one request: bound to its operation, account, region and parameters, so that a token neither
/// works elsewhere nor after the question was changed.
struct PageTokens {
    private let codec: PageToken
    private let operation: String
    private let input: JSONValue

    /// - Parameter input: of the request; its own token does not count.
    init(_ codec: PageToken, operation: String, input: JSONValue) {
        self.codec = codec
        self.operation = operation
        self.input = input
    }

    /// Made only where there is a token: most requests have none.
    private var parameters: [UInt8] {
        guard case .object(let members) = input else { return [] }
        return JSONValue.object(
            members.filter { $0.name != "NextToken" }.sorted { $0.name.precedesByBytes($1.name) }
        ).encoded
    }

    func token(_ cursor: String, _ context: CloudContext) -> String {
        codec.make(
            cursor: Array(cursor.utf8), operation: place(context), parameters: parameters,
            nowSeconds: context.nowNs / Nanoseconds.perSecond)
    }

    /// nil for what is no token of this question.
    func text(_ token: String, _ context: CloudContext) -> String? {
        let cursor = codec.open(
            token, operation: place(context), parameters: parameters,
            nowSeconds: context.nowNs / Nanoseconds.perSecond)
        return cursor.map { String(decoding: $0, as: UTF8.self) }
    }

    private func place(_ context: CloudContext) -> String {
        "\(operation)/\(context.scope.account)/\(context.scope.region)"
    }
}
