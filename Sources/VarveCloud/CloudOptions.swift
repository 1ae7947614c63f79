import VarveWire

/// In which ways the CloudWatch front is as strict as the service.
package struct CloudOptions: Sendable, Equatable {
    /// Old data are shown as the service keeps them, in coarser periods the older they are. Otherwise every period has
    /// data as far back as the store keeps them.
    package var hasRetentionTiers = true
    /// PutMetricData refuses namespaces that begin with `AWS/`. Otherwise it takes them: for moving data here, and for
    /// tests that play the service.
    package var refusesServiceNamespaces = true
    /// PutMetricData refuses data older than two weeks or more than two hours ahead. Otherwise it takes any time that
    /// the store takes.
    package var checksTimes = true

    package init() {}

    /// What PutMetricData demands at a time.
    func rules(nowNs: Int64) -> MetricDataRules {
        var rules = MetricDataRules(nowNs: nowNs)
        rules.refusesServiceNamespaces = refusesServiceNamespaces
        rules.checksTimes = checksTimes
        return rules
    }
}
