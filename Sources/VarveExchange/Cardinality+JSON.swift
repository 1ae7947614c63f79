package import VarveJSON
import VarveModel
package import VarveStore

// The JSON form of the report on what makes a store large, written by the server and read by its clients. Page:
// Docs/Operations/server.md, "Looking after it".

extension Cardinality {
    /// Writes the report as one JSON object.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        for (name, count) in [("seriesCount", seriesCount), ("sourceCount", sourceCount)] {
            writer.key(name)
            writer.integer(count)
        }
        for (name, list) in [("namespaces", namespaces), ("metrics", metrics)] {
            writer.key(name)
            writer.beginArray()
            for one in list { one.write(to: &writer) }
            writer.endArray()
        }
        writer.key("dimensions")
        writer.beginArray()
        for one in dimensions {
            writer.beginObject()
            writer.key("name")
            writer.string(one.name)
            writer.key("valueCount")
            writer.integer(one.valueCount)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }

    /// Reads what ``write(to:)`` wrote.
    package init(json: JSONValue) throws(ExchangeError) {
        self.init()
        guard let seriesCount = json["seriesCount"]?.integer, let sourceCount = json["sourceCount"]?.integer else {
            throw ExchangeError(member: "seriesCount")
        }
        self.seriesCount = Int(clamping: seriesCount)
        self.sourceCount = Int(clamping: sourceCount)
        namespaces = (json["namespaces"]?.array ?? []).compactMap(SeriesCount.init(json:))
        metrics = (json["metrics"]?.array ?? []).compactMap(SeriesCount.init(json:))
        dimensions = (json["dimensions"]?.array ?? []).compactMap { one in
            guard let name = one["name"]?.string, let count = one["valueCount"]?.integer else { return nil }
            return DimensionCount(name: name, valueCount: Int(clamping: count))
        }
    }
}

extension Cardinality.SeriesCount {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        if scope != .default {
            for (name, text) in [("account", scope.account), ("region", scope.region)] {
                writer.key(name)
                writer.string(text)
            }
        }
        writer.key("namespace")
        writer.string(namespace)
        if let metric {
            writer.key("metric")
            writer.string(metric)
        }
        writer.key("seriesCount")
        writer.integer(seriesCount)
        writer.endObject()
    }

    /// nil when `json` is not a count.
    fileprivate init?(json: JSONValue) {
        guard let namespace = json["namespace"]?.string, let count = json["seriesCount"]?.integer else { return nil }
        var scope = Scope.default
        if let account = json["account"]?.string, let region = json["region"]?.string {
            scope = Scope(account: account, region: region)
        }
        self.init(
            scope: scope, namespace: namespace, metric: json["metric"]?.string, seriesCount: Int(clamping: count))
    }
}
