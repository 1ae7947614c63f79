import VarveJSON
import VarveModel

/// What PutMetricData demands beyond its model: forms of a value, ranges, sizes, characters, times.
package struct MetricDataRules: Sendable {
    /// The time of receipt, nanoseconds since 1970.
    package var nowNs: Int64
    /// False: data may have any time, as in an import.
    package var checksTimes = true
    /// Refuses namespaces that begin with `AWS/`, as for everybody but the service itself.
    package var refusesServiceNamespaces = true
    package var dataMax = 1_000
    package var valuesPerDatumMax = 150

    package init(nowNs: Int64) { self.nowNs = nowNs }

    /// Both ends are accepted.
    static let magnitudeMax = 0x1p360
    private static let nanosecondsPerHour: Int64 = 3_600_000_000_000
    private static let entityTypes = ["Service", "RemoteService", "AWS::Service", "Resource", "AWS::Resource"]

    // MARK: Columns: yes or no

    /// Whether columns that a scanner filled fulfil everything; their names are checked already. O(values). What it
    /// refuses is read the general way, which says why.
    func accept(_ buffer: MetricDataBuffer) -> Bool {
        guard buffer.data.count <= dataMax, acceptNamespace(buffer.text[buffer.namespace]) else { return false }
        guard buffer.values.allSatisfy(Self.isInRange), buffer.counts.allSatisfy(Self.isCount) else { return false }
        return buffer.data.allSatisfy { acceptDatum($0, buffer) }
    }

    private func acceptDatum(_ datum: MetricDatum, _ buffer: MetricDataBuffer) -> Bool {
        if datum.form == .many, !(1...valuesPerDatumMax).contains(datum.values.count) { return false }
        if datum.form == .statisticSet {
            let first = datum.values.lowerBound
            guard buffer.values[first] > 0, buffer.values[first + 3] >= buffer.values[first + 2] else { return false }
        }
        if let time = datum.timestampNs, timeProblem(time) != nil { return false }
        return datum.dimensions.count < 2 || acceptDimensions(datum.dimensions, buffer)
    }

    /// Not too many, and no name twice.
    private func acceptDimensions(_ places: Range<Int>, _ buffer: MetricDataBuffer) -> Bool {
        guard places.count <= Limits.dimensionsMax else { return false }
        let text = WireText(buffer.text.span.bytes)
        for place in places {
            let name = buffer.dimensions[place].name
            // Thirty at most: comparing all pairs is cheaper than a set.
            for other in places.lowerBound..<place {
                let otherName = buffer.dimensions[other].name
                if otherName.count == name.count, text.repeats(otherName, at: name.lowerBound) { return false }
            }
        }
        return true
    }

    private func acceptNamespace(_ text: ArraySlice<UInt8>) -> Bool {
        isName(text) && text.allSatisfy(Self.isNamespaceByte)
            && !(refusesServiceNamespaces && text.starts(with: "AWS/".utf8))
    }

    // MARK: Single values

    static func isInRange(_ value: Double) -> Bool { value.magnitude <= magnitudeMax }
    static func isCount(_ value: Double) -> Bool { value >= 0 && value.isFinite }

    /// Printable ASCII, not blank.
    private func isName(_ text: some Collection<UInt8>) -> Bool {
        text.contains { $0 != 0x20 } && text.allSatisfy { $0 >= 0x20 && $0 < 0x7f }
    }

    private static func isNamespaceByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "-")...UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "#"), 0x20:
            true
        default: false
        }
    }

    /// The end of the message about a time beyond the window.
    private func timeProblem(_ timestampNs: Int64) -> String? {
        guard checksTimes else { return nil }
        if timestampNs < nowNs - 14 * 24 * Self.nanosecondsPerHour {
            return "must specify a time within the past two weeks."
        }
        return timestampNs > nowNs + 2 * Self.nanosecondsPerHour
            ? "must specify a time no more than two hours in the future." : nil
    }
}

// Inputs in the common form: what is wrong, in the service's words.
extension MetricDataRules {
    /// - Throws: the code of the first violation with the messages of all that have it, a line each.
    func check(_ input: JSONValue) throws(ServiceFault) {
        var problems: [ServiceFault] = requestProblems(input)
        for (path, datum, _) in Self.data(of: input) {
            // Nobody reads more, and a request may have a thousand.
            if problems.count >= 100 { break }
            problems += problemsOf(datum, path)
        }
        guard let first = problems.first else { return }
        let messages = problems.filter { $0.code == first.code }.map(\.message)
        throw ServiceFault(first.code, messages.joined(separator: "\n"))
    }

    /// Every datum with its path and, for those of entities, the number of the entity.
    static func data(of input: JSONValue) -> [(path: String, datum: JSONValue, entity: Int?)] {
        var data: [(String, JSONValue, Int?)] = []
        for (index, datum) in (input["MetricData"]?.array ?? []).enumerated() {
            data.append(("MetricData.member.\(index + 1)", datum, nil))
        }
        for (number, entity) in (input["EntityMetricData"]?.array ?? []).enumerated() {
            for (index, datum) in (entity["MetricData"]?.array ?? []).enumerated() {
                data.append(("EntityMetricData.member.\(number + 1).MetricData.member.\(index + 1)", datum, number))
            }
        }
        return data
    }

    private static func value(_ message: String) -> ServiceFault {
        ServiceFault("InvalidParameterValueException", message)
    }

    private static func combination(_ message: String) -> ServiceFault {
        ServiceFault("InvalidParameterCombinationException", message)
    }

    private func requestProblems(_ input: JSONValue) -> [ServiceFault] {
        let namespace = input["Namespace"]?.string ?? ""
        if refusesServiceNamespaces, namespace.hasPrefix("AWS/") {
            return [Self.value("The value AWS/ for parameter Namespace is invalid.")]
        }
        guard acceptNamespace(Array(namespace.utf8)[...]) else {
            return [Self.value("The value \(namespace) for parameter Namespace is invalid.")]
        }
        let count = Self.data(of: input).count
        if count > dataMax {
            return [Self.value("The collection MetricData must not have a size greater than \(dataMax).")]
        }
        if let entities = input["EntityMetricData"]?.array, !entities.isEmpty {
            guard let isStrict = input["StrictEntityValidation"]?.bool else {
                let message = "Field StrictEntityValidation is required when setting EntityMetricData"
                return [Self.combination(message)]
            }
            if isStrict, let problem = Self.entityProblem(entities) { return [problem] }
        }
        guard count > 0 else {
            let message = "At least one MetricDatum object must be present in the request."
            return [ServiceFault("MissingRequiredParameterException", message)]
        }
        return []
    }

    private static func entityProblem(_ entities: [JSONValue]) -> ServiceFault? {
        let isKnown = entities.allSatisfy { entity in
            entity["Entity"]?["KeyAttributes"]?["Type"]?.string.map { entityTypes.contains($0) } ?? false
        }
        return isKnown ? nil : value("InvalidTypeValue: Unknown entity type")
    }

    private func problemsOf(_ datum: JSONValue, _ path: String) -> [ServiceFault] {
        let formProblems = formProblems(datum, path)
        if !formProblems.isEmpty { return formProblems }
        var problems = numberProblems(datum, path) + nameProblems(datum, path)
        if let resolution = datum["StorageResolution"]?.integer, resolution != 1, resolution != 60 {
            problems.append(
                Self.value("The parameter \(path).StorageResolution must be a value in the set [ 1, 60 ]."))
        }
        if let seconds = datum["Timestamp"]?.double {
            let problem = WireTime.nanoseconds(seconds: seconds).map { timeProblem($0) } ?? "is invalid."
            if let problem { problems.append(Self.value("The parameter \(path).Timestamp \(problem)")) }
        }
        return problems
    }

    /// Exactly one form of a value; of values and a statistic set, the set counts.
    private func formProblems(_ datum: JSONValue, _ path: String) -> [ServiceFault] {
        let values = datum["Values"]?.array ?? []
        let counts = datum["Counts"]?.array
        if datum["Value"] != nil {
            for (other, isThere) in [("Values", !values.isEmpty), ("StatisticValues", datum["StatisticValues"] != nil)]
            where isThere {
                return [
                    Self.combination(
                        "The parameters \(path).Value and \(path).\(other) are mutually exclusive and you have "
                            + "specified both.")
                ]
            }
        }
        if values.isEmpty, let counts, !counts.isEmpty {
            return [Self.combination("The parameter values must appears when the counts parameter is specified.")]
        }
        if datum["Value"] == nil, values.isEmpty, datum["StatisticValues"] == nil {
            return [Self.combination("At least one of the parameters must be specified.")]
        }
        if values.count > valuesPerDatumMax {
            return [
                Self.value(
                    "The collection \(path).Values must not have a size greater than \(valuesPerDatumMax).")
            ]
        }
        if let counts, counts.count != values.count {
            return [Self.value("The parameters \(path).Values and \(path).Counts must be of the same size.")]
        }
        return []
    }

    private func numberProblems(_ datum: JSONValue, _ path: String) -> [ServiceFault] {
        var problems: [ServiceFault] = []
        func checkRange(_ value: JSONValue, _ place: String) {
            guard let number = value.wireDouble, !Self.isInRange(number) else { return }
            problems.append(
                Self.value("The value \(Self.text(number)) for parameter \(path).\(place) is invalid."))
        }
        if let value = datum["Value"] { checkRange(value, "Value") }
        for (index, value) in (datum["Values"]?.array ?? []).enumerated() {
            checkRange(value, "Values.member.\(index + 1)")
            if problems.count > 10 { break }
        }
        if (datum["Counts"]?.array ?? []).contains(where: { !Self.isCount($0.wireDouble ?? 0) }) {
            problems.append(Self.value("The parameter \(path).Counts must contain only values greater than 0."))
        }
        guard let set = datum["StatisticValues"] else { return problems }
        for name in ["SampleCount", "Sum", "Minimum", "Maximum"] {
            if let value = set[name] { checkRange(value, "StatisticValues.\(name)") }
        }
        let place = "\(path).StatisticValues"
        if let count = set["SampleCount"]?.wireDouble, !(count > 0) {
            problems.append(Self.value("The parameter \(place).SampleCount must be greater than 0."))
        }
        if let minimum = set["Minimum"]?.wireDouble, let maximum = set["Maximum"]?.wireDouble, maximum < minimum {
            problems.append(
                Self.value("The parameter \(place).Maximum must be greater than \(place).Minimum."))
        }
        return problems
    }

    private func nameProblems(_ datum: JSONValue, _ path: String) -> [ServiceFault] {
        var problems: [ServiceFault] = []
        func checkName(_ value: JSONValue?, _ place: String, mayBeginWithColon: Bool = true) {
            let text = value?.string ?? ""
            if isName(text.utf8), mayBeginWithColon || !text.hasPrefix(":") { return }
            problems.append(
                Self.value("The value \(text) for parameter \(path).\(place) is invalid."))
        }
        checkName(datum["MetricName"], "MetricName")
        var names: Set<String> = []
        for (index, dimension) in (datum["Dimensions"]?.array ?? []).enumerated() {
            let place = "Dimensions.member.\(index + 1)"
            checkName(dimension["Name"], "\(place).Name", mayBeginWithColon: false)
            checkName(dimension["Value"], "\(place).Value")
            if let name = dimension["Name"]?.string, !names.insert(name).inserted {
                problems.append(Self.value("No metric may specify the same dimension name twice."))
            }
        }
        return problems
    }

    /// As the service's own language prints a double that is too large, or none.
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return JSONOutput.name(of: value) }
        // 4.6e+108 there is 4.6E108 here, and whole digits have a fraction.
        let parts = "\(value)".split(separator: "e")
        guard parts.count == 2 else { return "\(value)" }
        return (parts[0].contains(".") ? String(parts[0]) : "\(parts[0]).0") + "E" + parts[1].drop { $0 == "+" }
    }
}
