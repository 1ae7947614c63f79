import Testing

@testable import VarveWire

@Suite("Operation tables") struct TableTests {
    @Test("every table that is built in can be read") func parse() {
        #expect(ServiceDirectory.builtIn.services.map(\.name) == ["cloudwatch", "events", "sts", "iam"])
    }
}
