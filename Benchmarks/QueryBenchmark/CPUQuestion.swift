import VarveModel

/// One of the fifteen query types of the suite's devops case, as statements about random hosts and windows.
struct CPUQuestion: Sendable {
    let name: String
    private let write: @Sendable (_ workload: CPUWorkload, _ random: inout Random) -> String

    func statement(_ workload: CPUWorkload, _ random: inout Random) -> String { write(workload, &random) }

    static let all: [CPUQuestion] = [
        groupBy(fields: 1, hosts: 1, hours: 1), groupBy(fields: 1, hosts: 1, hours: 12),
        groupBy(fields: 1, hosts: 8, hours: 1), groupBy(fields: 5, hosts: 1, hours: 1),
        groupBy(fields: 5, hosts: 1, hours: 12), groupBy(fields: 5, hosts: 8, hours: 1),
        maxAll(hosts: 1), maxAll(hosts: 8),
        doubleGroupBy(fields: 1, "1"), doubleGroupBy(fields: 5, "5"), doubleGroupBy(fields: 10, "all"),
        highCPU(hosts: 1, "1"), highCPU(hosts: nil, "all"), lastPoint, newest,
    ]

    private static func groupBy(fields: Int, hosts: Int, hours: Int) -> CPUQuestion {
        CPUQuestion(name: "single-groupby-\(fields)-\(hosts)-\(hours)") { workload, random in
            select("MAX", fields) + condition(hosts, workload, &random)
                + window(hours * 60, unit: Nanoseconds.perMinute, workload, &random) + " PERIOD 1m"
        }
    }

    private static func maxAll(hosts: Int) -> CPUQuestion {
        CPUQuestion(name: "cpu-max-all-\(hosts)") { workload, random in
            select("MAX", 10) + condition(hosts, workload, &random)
                + window(8, unit: Nanoseconds.perHour, workload, &random) + " PERIOD 1h"
        }
    }

    private static func doubleGroupBy(fields: Int, _ suffix: String) -> CPUQuestion {
        CPUQuestion(name: "double-groupby-\(suffix)") { workload, random in
            select("AVG", fields) + " GROUP BY hostname"
                + window(12, unit: Nanoseconds.perHour, workload, &random) + " PERIOD 1h"
        }
    }

    private static func highCPU(hosts: Int?, _ suffix: String) -> CPUQuestion {
        CPUQuestion(name: "high-cpu-\(suffix)") { workload, random in
            var text = "SELECT * FROM cpu WHERE usage_user > 90"
            if let hosts { text += " AND" + condition(hosts, workload, &random).dropFirst(" WHERE".count) }
            return text + window(12, unit: Nanoseconds.perHour, workload, &random)
        }
    }

    private static let lastPoint = CPUQuestion(name: "lastpoint") { workload, _ in
        select("LAST", 10) + " GROUP BY hostname SINCE \(workload.start) UNTIL \(workload.end)"
    }

    private static let newest = CPUQuestion(name: "groupby-orderby-limit") { workload, random in
        select("MAX", 1) + window(5, unit: Nanoseconds.perMinute, workload, &random) + " PERIOD 1m"
    }

    private static func select(_ function: String, _ fields: Int) -> String {
        let columns = CPUWorkload.fields[..<fields].map { "\(function)(\($0))" }
        return "SELECT \(columns.joined(separator: ", ")) FROM cpu"
    }

    private static func condition(_ hosts: Int, _ workload: CPUWorkload, _ random: inout Random) -> String {
        var numbers: Set<Int> = []
        while numbers.count < min(hosts, workload.hosts) { numbers.insert(random.number(below: workload.hosts)) }
        let names = numbers.sorted().map { "'host_\($0)'" }
        return names.count == 1
            ? " WHERE hostname = \(names[0])" : " WHERE hostname IN (\(names.joined(separator: ", ")))"
    }

    /// A random window of `count` units.
    private static func window(
        _ count: Int, unit: Int64, _ workload: CPUWorkload, _ random: inout Random
    ) -> String {
        let places = Int((workload.end - workload.start) / unit) - count + 1
        let start = workload.start + Int64(random.number(below: max(1, places))) * unit
        return " SINCE \(start) UNTIL \(min(start + Int64(count) * unit, workload.end))"
    }
}
