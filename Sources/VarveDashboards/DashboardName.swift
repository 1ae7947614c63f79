/// Rules for names of dashboards.
package enum DashboardName {
    /// Why `name` is refused; nil when it may be used: 1 to 255 letters, digits, `-` and `_` of ASCII.
    package static func problem(with name: String?) -> DashboardProblem? {
        guard let name, !name.isEmpty else {
            return DashboardProblem(
                code: "InvalidParameterValue", message: "The parameter DashboardName is required.")
        }
        guard name.utf8.count <= DashboardLimits.nameBytesMax, name.utf8.allSatisfy(isAllowed) else {
            // The line feed at the end is the service's.
            return DashboardProblem(
                code: "InvalidParameterValue",
                message: "The value for field DashboardName contains invalid characters. "
                    + "It can only contain alphanumerics, dash (-) and underscore (_).\n")
        }
        return nil
    }

    /// The name of a dashboard in policies and answers. Dashboards belong to no region.
    package static func arn(account: String, name: String) -> String {
        "arn:aws:cloudwatch::\(account):dashboard/\(name)"
    }

    /// What is said of a dashboard that does not exist.
    package static func missing(_ name: String) -> DashboardProblem {
        DashboardProblem(code: "ResourceNotFound", message: "Dashboard \(name) does not exist")
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
