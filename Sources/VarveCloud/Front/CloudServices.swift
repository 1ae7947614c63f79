import Synchronization
import VarveIO
import VarveJSON
package import VarveModel
package import VarveMonitoring
import VarveQuery
package import VarveStore
import VarveWire

/// The services behind the front: metrics in the store, alarms and events in their monitoring. Any thread.
package final class CloudServices: Sendable {
    let store: Store
    let options: CloudOptions
    private let monitoring: @Sendable (Scope) throws(OperationError) -> Monitoring
    private let shapes = Mutex(ShapeCache())

    /// - Parameters:
    ///   - monitoring: alarms and events of an account in a region.
    package init(
        store: Store, options: CloudOptions = CloudOptions(),
        monitoring: @escaping @Sendable (Scope) throws(OperationError) -> Monitoring
    ) {
        self.store = store
        self.options = options
        self.monitoring = monitoring
    }

    typealias Handler = @Sendable (CloudServices, CloudJob) throws(ServiceFault) -> CloudOutput

    /// Handlers of this module, by service and operation; all others are operations of monitoring.
    private static let handlers: [String: [String: Handler]] = [
        "cloudwatch": [
            "GetMetricData": { (services, job) throws(ServiceFault) in
                var request = try GetMetricData(job.input, in: job.context)
                let snapshot = services.store.snapshot()
                request.insights = services.insights(job, snapshot)
                return try request.run(
                    on: snapshot, tokens: job.tokens, cancellation: job.cancellation,
                    hasTiers: services.options.hasRetentionTiers)
            },
            "GetMetricStatistics": { (services, job) throws(ServiceFault) in
                let request = try GetMetricStatistics(job.input, in: job.context)
                return .document(
                    try request.run(
                        on: services.store.snapshot(), cancellation: job.cancellation, tier: services.tier(job)))
            },
            "GetMetricWidgetImage": { (services, job) throws(ServiceFault) in
                .document(try services.widgetImage(job))
            },
            "ListMetrics": { (services, job) throws(ServiceFault) in
                let request = try ListMetrics(job.input, in: job.context)
                return .document(try request.run(on: services.store.snapshot(), tokens: job.tokens))
            },
        ]
    ]

    /// Whether an operation is answered at all. The services of identity say so themselves.
    static func answers(_ operation: String, of service: String) -> Bool {
        guard let known = OperationService(rawValue: service) else { return true }
        return operation == "PutMetricData" || handlers[service]?[operation] != nil
            || Monitoring.answers(operation, of: known)
    }

    static let notAnswered = ServiceFault(
        "NotImplemented", "This server does not have this operation.", status: 501)

    func perform(_ operation: String, _ job: CloudJob) throws(ServiceFault) -> CloudOutput {
        if let handler = Self.handlers[job.call.service.name]?[operation] {
            var job = job
            job.context.anomalyModel = { [monitoring] scope, subject, periodNs in
                // Where alarms cannot run there are no detectors.
                try? monitoring(scope).anomalyModel(of: subject, periodNs: periodNs)
            }
            return try handler(self, job)
        }
        guard let service = OperationService(rawValue: job.call.service.name) else { throw Self.notAnswered }
        do throws(OperationError) {
            return .document(
                try monitoring(Self.scope(of: operation, job)).perform(
                    operation, job.input, of: service, cancellation: job.cancellation))
        } catch {
            throw ServiceFault(error, of: job.call.service)
        }
    }

    /// Dashboards belong to an account in all of its regions; all else is of one region.
    private static func scope(of operation: String, _ job: CloudJob) -> Scope {
        let isGlobal =
            operation.hasSuffix("Dashboard") || operation.hasSuffix("Dashboards")
            || job.input["ResourceARN"]?.string?.hasBytePrefix("arn:aws:cloudwatch::") ?? false
        return isGlobal ? globalScope(job.context.scope) : job.context.scope
    }

    private static func globalScope(_ scope: Scope) -> Scope { Scope(account: scope.account, region: "aws-global") }

    /// Rules of contributors for metric math, as far as the caller may have reports of them.
    private func insights(_ job: CloudJob, _ snapshot: StoreSnapshot) -> InsightMetrics {
        let isAllowed = job.isAllowed, scope = job.context.scope
        return InsightMetrics { [monitoring] (rule, metric, grid, cancellation) throws(QueryError) in
            guard isAllowed("GetInsightRuleReport", .object(["RuleName": .string(rule)])) else { return nil }
            let found: Monitoring
            do throws(OperationError) { found = try monitoring(scope) } catch {
                throw .limit(message: "rules of contributors cannot be read: \(error)")
            }
            return try found.insightMetrics(snapshot).read(rule, metric, grid, cancellation)
        }
    }

    private func widgetImage(_ job: CloudJob) throws(ServiceFault) -> JSONValue {
        let snapshot = store.snapshot()
        var image = try WidgetImage(job.input, in: job.context)
        image.insights = insights(job, snapshot)
        return try image.run(
            on: snapshot, cancellation: job.cancellation, hasTiers: options.hasRetentionTiers
        ) { [monitoring] arn in
            // An alarm that is not there is not drawn.
            let scope = job.context.scope
            guard let name = Self.alarmName(arn, in: scope) else { return nil }
            let input = JSONValue.object(["AlarmNames": .array([.string(name)])])
            guard job.isAllowed("DescribeAlarms", input) else { return nil }
            let found = try? monitoring(scope).perform("DescribeAlarms", input)
            return found?["MetricAlarms"]?.array?.first ?? found?["CompositeAlarms"]?.array?.first
        }
    }

    /// Tags of what an ARN of an account and a region names: an alarm, a rule, a stream, a bus.
    func tags(ofResource arn: String, in scope: Scope) -> [(key: String, value: String)] {
        let parts = arn.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 5, omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        let isDashboard = parts.count == 6 && parts[3].isEmpty && parts[5].hasBytePrefix("dashboard/")
        guard parts.count == 6, parts[3] == scope.region || isDashboard, parts[4] == scope.account,
            let service = parts[2] == "events" ? .events : parts[2] == "cloudwatch" ? OperationService.cloudWatch : nil
        else { return [] }
        // What is not there has no tags; whether it may be asked for is what they are looked up for.
        let found = try? monitoring(isDashboard ? Self.globalScope(scope) : scope).perform(
            "ListTagsForResource", .object(["ResourceARN": .string(arn)]), of: service)
        return (found?["Tags"]?.array ?? []).compactMap { tag in
            guard let key = tag["Key"]?.string, let value = tag["Value"]?.string else { return nil }
            return (key, value)
        }
    }

    /// The name in `arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME`; nil for what belongs elsewhere.
    private static func alarmName(_ arn: String, in scope: Scope) -> String? {
        // By bytes: a name may begin with what Unicode joins to the colon.
        let parts = arn.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 6, omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        guard parts.count == 7, parts[5] == "alarm", parts[4] == scope.account, parts[3] == scope.region else {
            return nil
        }
        return parts[6]
    }

    private func tier(_ job: CloudJob) -> RetentionTier? {
        guard options.hasRetentionTiers, let startNs = job.input["StartTime"]?.timeNs else { return nil }
        return RetentionTier(startNs: startNs, nowNs: job.context.nowNs)
    }

    // MARK: Metric data

    /// Answers when the data are durable, on the thread that made them so.
    func putMetricData(
        _ data: MetricDataBuffer, _ context: CloudContext, _ done: @escaping CloudAnswer
    ) {
        let batch = MetricDataBatch(buffer: data, scope: context.scope, nowNs: context.nowNs)
        let acknowledge: Store.Acknowledgement = { outcome in
            done(outcome.map { _ in CloudOutput.document(.object([])) }.mapError { ServiceFault($0) })
        }
        switch shapes.withLock({ batch.write(&$0) }) {
        case .rows(let rows) where rows.isEmpty: done(.success(.document(.object([]))))
        case .rows(let rows): store.append(rows, acknowledge: acknowledge)
        case .records(let records): store.append(records, acknowledge: acknowledge)
        case .together(let records): store.appendTogether(records, acknowledge: acknowledge)
        }
    }
}

extension ServiceFault {
    /// What the store says to a write.
    init(_ error: StoreError) {
        switch error {
        case .tooManySeries where error.isTooFast: self.init("Throttling", "Rate exceeded")
        case .batchTooLarge, .recordTooLarge: self.init("InvalidParameterValue", "\(error)")
        case .tooManySeries:
            self.init("LimitExceeded", "\(error)")
        case .overloaded, .diskNearlyFull, .readOnly, .closed:
            self.init("ServiceUnavailable", "\(error)", status: 503)
        case .timestampOutOfRange, .nameOutOfBounds, .rowsRefusedBefore:
            self.init("InvalidParameterValue", "\(error)")
        default: self.init("InternalServiceError", "\(error)", status: 500)
        }
    }

    /// With the status that the service's model gives the error.
    init(_ error: OperationError, of service: ServiceTable) {
        self.init(error)
        if !error.isOurs, let modelled = service.status(ofFault: error.code) { status = modelled }
    }

    private init(_ error: OperationError) {
        if error.isOurs {
            self.init("InternalServiceError", error.message, status: 500)
        } else if error.code == "UnknownOperationException" {
            self = CloudServices.notAnswered
        } else if error.code == "NotImplemented" {
            self.init(error.code, error.message, status: 501)
        } else {
            let status = error.code.contains("NotFound") ? 404 : error.code == "AccessDenied" ? 403 : 400
            self.init(error.code, error.message, status: status)
        }
    }
}
