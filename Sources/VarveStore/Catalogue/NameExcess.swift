package import VarveModel

/// A name of a series that is longer than ``Limits`` allows, or a list with too many. Everything that reads a catalogue
/// or a log takes such a record for damage, so none may be written.
package struct NameExcess: Error, Equatable, Sendable {
    package enum What: String, Sendable {
        case account = "bytes of an account"
        case region = "bytes of a region"
        case namespace = "bytes of a namespace"
        case dimensions = "dimensions of a series"
        case dimensionName = "bytes of a dimension name"
        case dimensionValue = "bytes of a dimension value"
        case metric = "bytes of a metric name"
    }

    package var what: What
    package var count: Int
    package var limit: Int

    package init(_ what: What, _ count: Int, limit: Int) {
        self.what = what
        self.count = count
        self.limit = limit
    }
}

extension NameExcess: CustomStringConvertible {
    package var description: String { "\(count) \(what.rawValue), at most \(limit) are taken" }
}

extension RowShape {
    /// - Throws: the first thing that no reader would accept. O(bytes of names).
    package func checkNames() throws(NameExcess) {
        let nameMax = Limits.nameBytesMax
        try check(.account, source.scope.account.utf8.count, nameMax)
        try check(.region, source.scope.region.utf8.count, nameMax)
        try check(.namespace, source.namespace.utf8.count, nameMax)
        try check(.dimensions, source.dimensions.count, Limits.dimensionsCeiling)
        for dimension in source.dimensions {
            try check(.dimensionName, dimension.name.utf8.count, nameMax)
            try check(.dimensionValue, dimension.value.utf8.count, Limits.dimensionValueBytesMax)
        }
        for field in fields { try check(.metric, field.metric.utf8.count, nameMax) }
    }

    private func check(_ what: NameExcess.What, _ count: Int, _ limit: Int) throws(NameExcess) {
        if count > limit { throw NameExcess(what, count, limit: limit) }
    }
}
