package import Logging
import NIOCore
import NIOPosix
package import Varve
import VarveDelivery
package import VarveIO
package import VarveMonitoring
import VarveStore

/// What runs beside the doors on the same database: alarms, events and their deliveries.
package struct ServerServices: Sendable {
    package let monitoring: Monitoring
    private let agent: DeliveryAgent

    /// Reads what is stored, and starts evaluating.
    /// - Throws: ``ServerError/services(_:)``; nothing runs then.
    package static func start(
        on database: Database, _ options: ServerOptions, environment: SystemEnvironment, logger: Logger
    ) throws(ServerError) -> ServerServices {
        let agent: DeliveryAgent
        do throws(DiskError) {
            agent = try DeliveryAgent(options: options.delivery, environment: environment, logger: logger)
        } catch {
            throw .services("actions.webhook-secret-file: \(error)")
        }
        do {
            let monitoring = try Monitoring(on: database.store, edge: agent) { logger.warning("\($0)") }
            for problem in monitoring.problems { logger.warning("\(problem)") }
            try monitoring.start()
            return ServerServices(monitoring: monitoring, agent: agent)
        } catch {
            throw .services("\(error)")
        }
    }

    /// Ends evaluation first, then deliveries that are being made. What was not delivered is in the database.
    /// Idempotent.
    package func stop() async {
        await withCheckedContinuation { continuation in
            // Joining a thread blocks, so it happens on a thread that may.
            NIOSingletons.posixBlockingThreadPool.submit { _ in
                monitoring.stop()
                continuation.resume()
            }
        }
        await agent.stop()
    }
}
