package import Logging
import NIOCore
import NIOPosix
package import Varve
package import VarveCloud
import VarveDelivery
package import VarveIO
package import VarveIdentity
import VarveModel
package import VarveMonitoring
import VarveStore

/// What runs beside the doors on the same database: alarms, events and their deliveries, and who may use the interfaces
/// of the cloud.
package struct ServerServices: Sendable {
    package let monitoring: Monitoring
    /// Answers cloud clients.
    package let cloud: any CloudResponder
    /// The administrator that this start made, if it is the first one.
    package let administrator: IdentityBootstrap.Credentials?
    private let house: MonitoringHouse
    private let agent: DeliveryAgent

    /// Reads what is stored, and starts evaluating.
    /// - Throws: ``ServerError/services(_:)``; nothing runs then.
    package static func start(
        on database: Database, _ options: ServerOptions, environment: SystemEnvironment, logger: Logger
    ) throws(ServerError) -> ServerServices {
        let identity = try LocalIdentity.open(options, environment)
        let agent: DeliveryAgent
        do throws(SecretFileError) {
            agent = try DeliveryAgent(options: options.delivery, environment: environment, logger: logger)
        } catch {
            throw .services("\(error)")
        }
        do {
            // Where line protocol and `/operation` act, whatever region credentials are for: alarms must see its rows.
            let scope = Scope.default
            // By its name: an unnamed closure would be told of everything that happens to alarms.
            let monitoring = try Monitoring(
                on: database.store, scope: scope, edge: agent, warn: { logger.warning("\($0)") })
            for problem in monitoring.problems { logger.warning("\(problem)") }
            try monitoring.start()
            database.useDetectors(of: monitoring)
            let house = MonitoringHouse(store: database.store, edge: agent, first: monitoring, scope: scope) {
                logger.warning("\($0)")
            }
            let services = CloudServices(store: database.store, options: options.cloud) {
                scope throws(OperationError) in
                try house.monitoring(of: scope)
            }
            for scope in database.store.snapshot().scopes(kind: .configuration) {
                do throws(OperationError) {
                    _ = try house.monitoring(of: scope)
                } catch {
                    logger.warning("alarms of account \(scope.account) in \(scope.region) are not evaluated: \(error)")
                }
            }
            return ServerServices(
                monitoring: monitoring,
                cloud: CloudFront(services: services, gate: IdentityGate(identity.service), environment: environment),
                administrator: identity.administrator, house: house, agent: agent)
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
                house.stop()
                continuation.resume()
            }
        }
        await agent.stop()
    }
}
