import VarveEvents
import VarveIO
import VarveJSON
import VarveModel
import VarveStore

/// DescribeArchive: an archive, and what it holds. Any thread; reads the events of its bus.
struct ArchiveDescription {
    static let name = "DescribeArchive"

    private let archive: String

    init(_ input: OperationInput) throws(OperationError) {
        guard let name = try input.string("ArchiveName") else {
            throw OperationError(code: "ValidationException", message: "Parameter ArchiveName is not valid.")
        }
        archive = name
    }

    /// Of a bus with more events than ``MonitoringOptions/insightEventsMax`` the oldest so many are counted.
    func run(on monitoring: Monitoring, isCancelled: () -> Bool) throws(OperationError) -> JSONValue {
        let snapshot = monitoring.store.snapshot()
        let reader = MonitoringReader(snapshot, scope: monitoring.scope)
        let buses: EventBuses
        do throws(StoreError) { buses = try reader.archives() } catch { throw OperationError(error) }
        let archive: EventArchive
        do throws(EventRefusal) { archive = try buses.archive(self.archive) } catch { throw OperationError(error) }
        let nowNs = monitoring.store.environment.clock.wallNs()
        let startNs = max(0, archive.createdNs, archive.expiryNs(nowNs: nowNs) ?? 0)
        var counts = (events: Int64(0), bytes: Int64(0))
        if let bus = LogGroupName(LogGroupName.events + archive.bus) {
            let pages = EventPages(
                snapshot: snapshot, series: snapshot.series(of: [bus], in: monitoring.scope),
                range: TimeRange(start: startNs, end: .max), rowsMax: monitoring.options.insightEventsMax)
            _ = try pages.visit(isCancelled: isCancelled) { body, _ in
                if archive.pattern != nil {
                    guard let json = try? JSONReader.read(body), let event = try? Event.read(json),
                        archive.keeps(event)
                    else { return }
                }
                counts.events += 1
                counts.bytes += Int64(body.count)
            }
        }
        do throws(EventRefusal) {
            return try buses.describeArchive(self.archive, eventCount: counts.events, sizeBytes: counts.bytes)
        } catch {
            throw OperationError(error)
        }
    }
}

extension MonitoringReader {
    /// Archives and replays as they are stored, without buses.
    fileprivate func archives() throws(StoreError) -> EventBuses {
        let empty = EventBuses(account: scope.account, region: scope.region)
        guard let document = try documents(of: .archive, name: MonitoringEngine.archivesName).first,
            let json = try? JSONReader.read(document.content), case .object(let members) = json,
            let read = try? EventBuses.read(.object(members + [.init("Buses", .array([]))]))
        else { return empty }
        return read
    }
}
