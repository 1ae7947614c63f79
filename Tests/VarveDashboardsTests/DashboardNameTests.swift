import Testing
import VarveDashboards

@Suite struct DashboardNameTests {
    @Test("letters, digits, dashes and underscores make a name, up to 255 of them")
    func acceptsNames() {
        for name in ["a", "Web-1_prod", "0", String(repeating: "x", count: 255)] {
            #expect(DashboardName.problem(with: name) == nil)
        }
    }

    @Test(
        "other names are refused in the service's words, line feed included",
        arguments: ["a b", "a.b", "ä", "a/b", "x\n", String(repeating: "x", count: 256)])
    func refusesNames(name: String) throws {
        let problem = try #require(DashboardName.problem(with: name))
        #expect(problem.code == "InvalidParameterValue")
        #expect(
            problem.message == "The value for field DashboardName contains invalid characters. "
                + "It can only contain alphanumerics, dash (-) and underscore (_).\n")
    }

    @Test("dashboards belong to no region")
    func arn() {
        #expect(
            DashboardName.arn(account: "123456789012", name: "web") == "arn:aws:cloudwatch::123456789012:dashboard/web")
        #expect(DashboardName.missing("web").message == "Dashboard web does not exist")
    }
}
