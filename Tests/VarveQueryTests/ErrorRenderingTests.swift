import Testing
import VarveQuery
import VarveStore

@Suite struct ErrorRenderingTests {
    private func rendered(_ statement: String) -> String {
        do throws(QueryError) {
            _ = try QueryEngine.parse(statement)
            return "parsed"
        } catch {
            return error.rendered(in: statement)
        }
    }

    @Test("the place is underlined")
    func underline() {
        #expect(
            rendered("SELECT AVG(x) FORM y") == """
                expected ',' or FROM, found 'FORM'; did you mean FROM?
                  SELECT AVG(x) FORM y
                                ^^^^
                """)
    }

    @Test("a missing end is marked behind the last word")
    func end() {
        #expect(
            rendered("SHOW DIMENSIONS  ") == "expected FROM, found the end of the statement\n  SHOW DIMENSIONS  \n"
                + "                 ^")
    }

    @Test("of several lines the right one is shown with its number")
    func lines() {
        #expect(
            rendered("SELECT AVG(x)\r\nFROM n\r\nLIMIT ten\r\n") == """
                expected a number, found 'ten'
                  3 | LIMIT ten
                            ^^^
                """)
    }

    @Test("wide characters, combining marks and tabs keep the mark in place")
    func widths() {
        #expect(
            rendered("SELECT AVG(\"温度\") FORM n").hasSuffix("\n  SELECT AVG(\"温度\") FORM n\n                     ^^^^"))
        #expect(
            rendered("SELECT AVG(\"e\u{301}\") FORM n").hasSuffix("\n                  ^^^^"))
        #expect(rendered("\tSELECT FORM").hasSuffix("\n      SELECT FORM\n             ^^^^"))
        #expect(rendered("SELECT 温度").hasSuffix("\n         ^^^^"))
    }

    @Test("a quote that runs over lines is underlined to the end of its first one")
    func multiLineToken() {
        #expect(
            rendered("SELECT AVG(x) FROM \"n\nWHERE").hasSuffix(
                "\n  1 | SELECT AVG(x) FROM \"n\n                         ^^"))
    }

    @Test("a long line is cut around the mark")
    func longLine() {
        let before = String(repeating: "AVG(x), ", count: 20)
        let after = String(repeating: " y", count: 100)
        let lines = rendered("SELECT \(before)AVGX(x)\(after)").split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[1].hasPrefix("  …") && lines[1].hasSuffix("…") && lines[1].count <= 104)
        let mark = lines[2].firstIndex(of: "^")!
        let column = lines[2].distance(from: lines[2].startIndex, to: mark)
        #expect(lines[1].dropFirst(column).hasPrefix("AVGX("))
    }

    @Test("any place in any text is rendered", arguments: [-5, 0, 1, 2, 3, 4, 100, Int.max], [-1, 0, 1, 7, Int.max])
    func anyPlace(offset: Int, byteCount: Int) {
        for statement in ["", "é温", "a\nb", "\u{0}\u{1B}[2J", "\r\n\r\n"] {
            let text = QueryError.invalid(message: "m", offset: offset, byteCount: byteCount).rendered(in: statement)
            #expect(text.hasPrefix("m\n") && text.hasSuffix("^") && !text.contains("\u{1B}"))
        }
    }

    @Test("errors without a place are one line")
    func placeless() {
        #expect(QueryError.cancelled.rendered(in: "SELECT") == "the query was cancelled")
        #expect(QueryError.store(.closed).rendered(in: "SELECT") == "the store is closed")
    }
}
