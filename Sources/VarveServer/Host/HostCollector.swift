import VarveIO

/// placeholder
package final class HostCollector: Sendable {
    static func start(door: Doorway) throws(DiskError) -> HostCollector { HostCollector() }
    func stop() {}
}
