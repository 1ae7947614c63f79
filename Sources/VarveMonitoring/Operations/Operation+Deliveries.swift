import VarveAlarms
import VarveBytes
import VarveJSON

// What is on its way: Varve's own operations.
extension Operation {
    static let deliveries: [Operation] = [
        Operation("ListDeliveries") { (engine, _, _) throws(OperationError) in
            .object([.init("Deliveries", .array(engine.outbox.deliveries.map { $0.delivery.listing($0.attempts) }))])
        }
    ]
}

extension Delivery {
    /// For people: without the message.
    fileprivate func listing(_ attempts: Int) -> JSONValue {
        .object([
            .init("Id", .string(id.description)), .init("Target", .string(target)),
            .init("Endpoint", .string(endpoint)), .init("Subject", .string(subject)),
            .init("Alarm", (action?.alarmName).map { .string($0) } ?? .null),
            .init("Attempts", .integer(Int64(attempts))),
            .init("Created", .integer(createdNs)),
        ])
    }
}
