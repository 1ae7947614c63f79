import Testing
import VarveLine
import VarveModel

@Suite struct NameTests {
    @Test("measurement, tags, fields and timestamp become namespace, dimensions, metrics and time")
    func mapping() {
        let reading = read("AWS/EC2,InstanceId=i-1 CPUUtilization=42.5,Credits=7i 1699999990000000000\n")
        let expected = row(
            source("AWS/EC2", ("InstanceId", "i-1")), [("CPUUtilization", 42.5), ("Credits", 7)],
            1_699_999_990_000_000_000
        )
        #expect(reading == Reading(rows: [expected], refusals: [], lineCount: 1))
    }

    @Test(
        "backslashes before delimiters are taken away, others stay",
        arguments: [
            (#"my\ measurement f=1"#, source("my measurement"), "f"),
            (#"my\,measurement f=1"#, source("my,measurement"), "f"),
            (#"my\=measurement f=1"#, source(#"my\=measurement"#), "f"),
            ("my=measurement f=1", source("my=measurement"), "f"),
            (#"m,tag\ key=v f=1"#, source("m", ("tag key", "v")), "f"),
            (#"m,tag\,key=v f=1"#, source("m", ("tag,key", "v")), "f"),
            (#"m,tag\=key=v f=1"#, source("m", ("tag=key", "v")), "f"),
            (#"m,k=tag\ value f=1"#, source("m", ("k", "tag value")), "f"),
            (#"m,k=tag\,value f=1"#, source("m", ("k", "tag,value")), "f"),
            (#"m,k=tag\=value f=1"#, source("m", ("k", "tag=value")), "f"),
            (#"m,k=C:\temp f=1"#, source("m", ("k", #"C:\temp"#)), "f"),
            (#"m,k=a\\b f=1"#, source("m", ("k", #"a\\b"#)), "f"),
            (#"m,k=a\\\ b f=1"#, source("m", ("k", #"a\\ b"#)), "f"),
            (#"m field\ key=1"#, source("m"), "field key"),
            (#"m field\,key=1"#, source("m"), "field,key"),
            (#"m field\=key=1"#, source("m"), "field=key"),
            (#"m field\nkey=1"#, source("m"), #"field\nkey"#),
            (#"m,k="quoted" "f"=1"#, source("m", ("k", "\"quoted\"")), "\"f\""),
            ("m,k='single' f=1", source("m", ("k", "'single'")), "f"),
            ("mäß,schlüssel=🍭 größe=1", source("mäß", ("schlüssel", "🍭")), "größe"),
            ("_m,_k=_v _f=1", source("_m", ("_k", "_v")), "_f"),
            ("m#1,#=# #=1", source("m#1", ("#", "#")), "#"),
        ])
    func escapes(line: String, source: SourceKey, metric: String) {
        #expect(read(line) == Reading(rows: [row(source, [(metric, 1)])], refusals: [], lineCount: 1))
    }

    @Test("tags in any order name one series")
    func tagOrder() {
        let key = source("m", ("a", "1"), ("b", "2"), ("c", "3"))
        let orders = ["a=1,b=2,c=3", "a=1,c=3,b=2", "b=2,a=1,c=3", "b=2,c=3,a=1", "c=3,a=1,b=2", "c=3,b=2,a=1"]
        let reading = read(orders.map { "m,\($0) f=1\n" }.joined())
        #expect(reading.rows == orders.map { _ in row(key, [("f", 1)]) })
    }

    @Test(
        "a bad name is refused with its column and reason",
        arguments: [
            (",a=1 f=1", 1, LineRefusalReason.missingMeasurement),
            ("m, f=1", 3, .missingTagName),
            ("m,=v f=1", 3, .missingTagName),
            ("m,a=1, f=1", 7, .missingTagName),
            ("m,a f=1", 4, .missingTagEquals),
            ("m,a,b=1 f=1", 4, .missingTagEquals),
            ("m,a= f=1", 5, .missingTagValue),
            ("m,a=,b=1 f=1", 5, .missingTagValue),
            ("m,a=1=2 f=1", 6, .unescapedEquals),
            ("m,a=1,b=2,a=3 f=1", 11, .repeatedTag),
            ("m,a=1,\\a=2,a=1 f=1", 12, .repeatedTag),
            ("m,a=\u{1} f=1", 5, .controlCharacter),
            ("m\u{7F} f=1", 1, .controlCharacter),
            ("\0 f=1", 1, .controlCharacter),
            ("m,a=1", 6, .missingFields),
            ("m", 2, .missingFields),
            ("m   ", 2, .missingFields),
            ("m =1", 3, .missingFieldName),
            ("m f", 4, .missingFieldEquals),
            ("m f,g=1", 4, .missingFieldEquals),
            ("m f g=1", 4, .missingFieldEquals),
            ("m f=1,", 7, .missingFieldName),
            ("m f=1,,g=1", 7, .missingFieldName),
            ("m f=1, 12", 7, .missingFieldName),
            ("m f\u{2}=1", 3, .controlCharacter),
            ("m f=1,g=2,f=3", 11, .repeatedField),
        ])
    func badNames(line: String, column: Int, reason: LineRefusalReason) {
        let reading = read(line)
        #expect(reading.rows.isEmpty)
        #expect(reading.refusals.map(\.reason) == [reason])
        #expect(reading.refusals.map(\.column) == [column])
        #expect(reading.refusals.map(\.excerpt) == [Array(line.utf8)])
    }

    @Test("canonically equivalent names are different ones, also in one line")
    func spellings() {
        let reading = read("m,caf\u{e9}=1,cafe\u{301}=2 caf\u{e9}=1,cafe\u{301}=2")
        #expect(reading.refusals.isEmpty && reading.rows.count == 1)
    }

    @Test("bytes that are not UTF-8 are refused wherever a name can stand", arguments: 0..<4)
    func invalidText(place: Int) {
        let parts = ["m", "a", "v", "f"].enumerated().map { $0 == place ? [0xC3, 0x28] : Array($1.utf8) }
        let line =
            parts[0] + Array(",".utf8) + parts[1] + Array("=".utf8) + parts[2] + Array(" ".utf8) + parts[3]
            + Array("=1\nm f=1".utf8)
        let reading = read(line)
        #expect(reading.refusals.map(\.reason) == [.invalidText])
        #expect(reading.rows.count == 1)
    }

    @Test("names, tag values, tags and fields up to their limits are taken, one more is refused")
    func limits() {
        let name = String(repeating: "n", count: Limits.nameBytesMax)
        let text = String(repeating: "v", count: Limits.dimensionValueBytesMax)
        #expect(read("\(name),\(name)=\(text) \(name)=1").rows.count == 1)
        #expect(refusal("\(name)n,a=1 f=1") == .nameTooLong(limit: 255))
        #expect(refusal("m,\(name)n=1 f=1") == .nameTooLong(limit: 255))
        #expect(refusal("m,a=\(text)v f=1") == .tagValueTooLong(limit: 1_024))
        #expect(refusal("m \(name)n=1") == .nameTooLong(limit: 255))
        let tags = (1...31).map { ",t\($0)=v" }
        #expect(read("m\(tags[..<30].joined()) f=1").rows.count == 1)
        #expect(refusal("m\(tags.joined()) f=1") == .tooManyTags(limit: 30))
        var options = LineOptions()
        options.dimensionsMax = 31
        #expect(read("m\(tags.joined()) f=1", options: options).rows.count == 1)
        let fields = (1...1_025).map { "f\($0)=1" }
        #expect(read("m \(fields[..<1_024].joined(separator: ","))").rows.count == 1)
        #expect(refusal("m \(fields.joined(separator: ","))") == .tooManyFields(limit: 1_024))
    }
}
