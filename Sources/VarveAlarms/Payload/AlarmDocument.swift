package import VarveJSON

/// A JSON document whose numbers are written as the service writes them.
package struct AlarmDocument: Equatable, Sendable {
    package var json: JSONValue

    package init(_ json: JSONValue) { self.json = json }

    /// In one line, doubles in Java's form.
    package var text: String { AlarmJSON.text(json) }
}
