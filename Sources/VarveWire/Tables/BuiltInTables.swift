/// The tables that are compiled in. Parsed once, at the first use: ``ServiceDirectory/builtIn``.
enum BuiltInTables {
    static let all: [ServiceTable] = [cloudwatch, events, sts, iam].map { text in
        do {
            return try TableParser.parse(text)
        } catch {
            // Not input: the texts are part of the program, and a test parses every one.
            preconditionFailure("a table that is compiled in cannot be read: \(error)")
        }
    }
}
