import Testing
import VarveBytes

@Suite struct Base64Tests {
    @Test("base64 of RFC 4648, both ways, and nothing else")
    func base64() {
        for (plain, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            #expect(Base64.encode(Array(plain.utf8)) == text)
            #expect(Base64.decode(text) == Array(plain.utf8))
        }
        for text in ["Zg", "Zg=", "Zh==", "Zm9=", "Z===", "Zm 9v", "Zg==Zg==", "====", "Zm9v\n", "Zm-_"] {
            #expect(Base64.decode(text) == nil, "\(text)")
        }
    }

    @Test("every text of a padded or a URL's alphabet that is read was written")
    func roundTrips() {
        for count in 0..<9 {
            let bytes = (0..<count).map { UInt8(200 + $0) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            #expect(Base64.decodeForURL(Base64.encodeForURL(bytes)) == bytes)
            #expect(String(decoding: Base64.encoded(bytes), as: UTF8.self) == Base64.encode(bytes))
        }
        #expect(Base64.encode([0xfb, 0xff]) == "+/8=" && Base64.encodeForURL([0xfb, 0xff]) == "-_8")
        for text in ["TQ=", "TR==", "T===", "TWF", "TW=u", "TQ==TQ=="] { #expect(Base64.decode(text) == nil) }
        for text in ["TQ==", "T", "TR", "+/8"] { #expect(Base64.decodeForURL(text) == nil) }
    }
}
