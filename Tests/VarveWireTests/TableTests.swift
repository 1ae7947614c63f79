import Testing

@testable import VarveWire

@Suite("Operation tables") struct TableTests {
    @Test("every table that is built in can be read, with all operations of the model")
    func parse() throws {
        let services = ServiceDirectory.builtIn.services
        #expect(services.map(\.name) == ["cloudwatch", "events", "sts", "iam"])
        #expect(services.map(\.operations.count) == [59, 57, 11, 79])
        let cloudWatch = try #require(ServiceDirectory.builtIn.service(named: "cloudwatch"))
        #expect(cloudWatch.signingName == "monitoring")
        #expect(cloudWatch.apiVersion == "2010-08-01")
        #expect(cloudWatch.xmlNamespace == "http://monitoring.amazonaws.com/doc/2010-08-01/")
        #expect(cloudWatch.protocols == [.cbor, .json, .query])
        #expect(cloudWatch.isQueryCompatible)
    }

    @Test("types, bounds and required members are those of the model")
    func shapes() throws {
        let service = try #require(ServiceDirectory.builtIn.service(named: "cloudwatch"))
        let input = service.shapes[try #require(service.operations["PutMetricData"]?.input)]
        #expect(input.members.map(\.name) == ["Namespace", "MetricData", "EntityMetricData", "StrictEntityValidation"])
        #expect(input.members.map(\.isRequired) == [true, false, false, false])
        let list = service.shapes[input.members[1].shape]
        let datum = service.shapes[list.element]
        #expect(list.kind == .list && datum.name == "MetricDatum")
        let dimensions = service.shapes[datum.members[try #require(datum.memberIndex("Dimensions"))].shape]
        #expect(dimensions.maximum == 30)
        let unit = service.shapes[datum.members[try #require(datum.memberIndex("Unit"))].shape]
        #expect(unit.enumValues.count == 27 && unit.enumValues.last == "None")
    }

    @Test("errors have the codes and statuses of the model, found by both names")
    func faults() throws {
        let service = try #require(ServiceDirectory.builtIn.service(named: "cloudwatch"))
        #expect(service.fault("InvalidParameterValue", "m").code == "InvalidParameterValueException")
        #expect(service.fault("ResourceNotFound").status == 404)
        #expect(service.fault("ConcurrentModificationException").status == 429)
        #expect(service.fault("InternalServiceFault").isSenderFault == false)
        #expect(service.fault("AccessDenied").status == 403)
        #expect(service.fault("Throttling", "Rate exceeded").status == 400)
    }

    @Test("pagination names the members that page")
    func pagination() throws {
        let service = try #require(ServiceDirectory.builtIn.service(named: "cloudwatch"))
        let page = try #require(service.operations["DescribeAlarmHistory"]?.pagination)
        #expect(page.inputToken == "NextToken" && page.outputToken == "NextToken" && page.limit == "MaxRecords")
        #expect(page.results == ["AlarmHistoryItems"])
    }

    @Test("every pattern of every table compiles")
    func patterns() {
        for service in ServiceDirectory.builtIn.services {
            for shape in service.shapes {
                guard let pattern = shape.pattern else { continue }
                #expect(pattern.compiled() != nil, "\(service.name) \(shape.name): \(pattern.source)")
            }
        }
    }

    @Test("a record that says what no table can say is refused with the record")
    func refusals() {
        for record in [
            "S A B:Missing", "s A 1-2", "Q A", "O Op in=Nothing", "L A", "F E code=x", "S A B", "s A as",
            "O Op http=GET", "O Op page=a",
        ] {
            #expect(throws: TableParser.Failure.self) { try TableParser.parse("V name=x\n\(record)") }
        }
    }
}
