import Testing
import VarveCrypto
import VarveSignature

/// The cases of the public Signature V4 suite: region us-east-1, service `service`, 2015-08-30T12:36:00Z, host
/// example.amazonaws.com. The request lines hold unescaped bytes, as the suite's do, which are encoded once.
///
/// Expected values were computed by a program of its own after the specification (Python: hashlib, hmac,
/// urllib.parse.quote), compared in header folding and paths with botocore 1.43, and in header form with the published
/// signatures where they are known. Presigned: expiry 3 600, all headers but `x-amz-*` signed.
struct Vector: Sendable, CustomTestStringConvertible {
    let name: String
    let method: String
    let path: String
    let query: String
    let headers: [SignedHeader]
    let body: String
    let hasToken: Bool
    let header: String
    let presigned: String

    init(
        _ name: String, _ method: String, _ path: String, query: String, headers: [(String, String)], body: String,
        hasToken: Bool, header: String, presigned: String
    ) {
        self.name = name
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers.map { SignedHeader($0.0, $0.1) }
        self.body = body
        self.hasToken = hasToken
        self.header = header
        self.presigned = presigned
    }

    var testDescription: String { name }

    static let secret = SecretBytes(copying: Array("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".utf8))
    static let scope = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"
    static let time = "20150830T123600Z"
    /// 2015-08-30T12:36:00Z
    static let nowSeconds: Int64 = 1_440_938_160
    static let token =
        "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMic"
        + "RXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKs"
        + "burEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0"
        + "iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
    private static let unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    /// With the signature in a header.
    var headerRequest: SignedRequest {
        var all = [SignedHeader("host", "example.amazonaws.com")] + headers
        all.append(SignedHeader("x-amz-date", Self.time))
        if hasToken { all.append(SignedHeader("x-amz-security-token", Self.token)) }
        let names = Set(all.map(\.name)).sorted().joined(separator: ";")
        all.append(
            SignedHeader(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=\(Self.scope), SignedHeaders=\(names), Signature=\(header)"))
        return SignedRequest(method: method, path: path, query: query, headers: all, body: Array(body.utf8))
    }

    /// With the signature in the query.
    var presignedRequest: SignedRequest {
        let all = [SignedHeader("host", "example.amazonaws.com")] + headers
        let names = Set(all.map(\.name)).sorted().joined(separator: ";")
        var parameters = query.isEmpty ? [] : [query]
        parameters += [
            "X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Credential=\(PercentCoding.encode(Self.scope))",
            "X-Amz-Date=\(Self.time)", "X-Amz-Expires=3600", "X-Amz-SignedHeaders=\(PercentCoding.encode(names))",
        ]
        if hasToken { parameters.append("X-Amz-Security-Token=\(PercentCoding.encode(Self.token))") }
        parameters.append("X-Amz-Signature=\(presigned)")
        return SignedRequest(
            method: method, path: path, query: parameters.joined(separator: "&"), headers: all,
            body: Array(body.utf8))
    }

    static let all: [Vector] = [
        Vector(
            "get-vanilla", "GET", "/", query: "",
            headers: [], body: "", hasToken: false,
            header: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            presigned: "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d"),
        Vector(
            "get-vanilla-query", "GET", "/", query: "Param1=value1",
            headers: [], body: "", hasToken: false,
            header: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
            presigned: "49096700cbbaa5753443850f40df10f904fc2fdb544dc9512203cc77c471a9de"),
        Vector(
            "get-vanilla-empty-query-key", "GET", "/", query: "Param1=value1",
            headers: [], body: "", hasToken: false,
            header: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
            presigned: "49096700cbbaa5753443850f40df10f904fc2fdb544dc9512203cc77c471a9de"),
        Vector(
            "get-vanilla-query-order-key", "GET", "/", query: "Param1=value2&Param1=Value1",
            headers: [], body: "", hasToken: false,
            header: "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1",
            presigned: "96b0a99b135f8ee6548552ab19cd75b54929fc58360aad2b949c7fde8aed3803"),
        Vector(
            "get-vanilla-query-order-key-case", "GET", "/", query: "Param2=value2&Param1=value1",
            headers: [], body: "", hasToken: false,
            header: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            presigned: "86012e2c9ad4d77369f5d81c11f75158aae4f895a085212cc6d3f923d300bed5"),
        Vector(
            "get-vanilla-query-order-value", "GET", "/", query: "Param1=value2&Param1=value1",
            headers: [], body: "", hasToken: false,
            header: "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694",
            presigned: "7eeada500bcbbd9aac29eaf91a810c6ec56caafdfc367e83e111bc2050a23e95"),
        Vector(
            "get-vanilla-query-order-encoded", "GET", "/", query: "Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
            headers: [], body: "", hasToken: false,
            header: "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
            presigned: "c5f1848ceec943ac2ca68ee720460c23aaae30a2300586597ada94c4a65e4787"),
        Vector(
            "get-vanilla-query-unreserved", "GET", "/", query: unreserved + "=" + unreserved,
            headers: [], body: "", hasToken: false,
            header: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
            presigned: "8e76a88a7433637b12778d5592799b29ad21ecd6cf6325051c21d86f0acda2bf"),
        Vector(
            "get-vanilla-utf8-query", "GET", "/", query: "\u{1234}=bar",
            headers: [], body: "", hasToken: false,
            header: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
            presigned: "0bdd809b1519ac4f0c1dc3540e2cc46bd0c7f778eda408b2ebf3b913d21ff600"),
        Vector(
            "get-unreserved", "GET", "/" + unreserved, query: "",
            headers: [], body: "", hasToken: false,
            header: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
            presigned: "95968482db1b9e0fadef6efc1bd24689f77c77d9ef56919c96a28cc92e0d6005"),
        Vector(
            "get-utf8", "GET", "/\u{1234}", query: "",
            headers: [], body: "", hasToken: false,
            header: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
            presigned: "10eae3f14a260bd3911cc6d008d3c576d143b05b62f09782a7a4b37f52178e44"),
        Vector(
            "get-space", "GET", "/example space/", query: "",
            headers: [], body: "", hasToken: false,
            header: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
            presigned: "7a1f416954786484c9824d93c1f26ef64acb9b1b6c9154d08c9f07d0e394abf6"),
        Vector(
            "get-slash", "GET", "//", query: "",
            headers: [], body: "", hasToken: false,
            header: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            presigned: "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d"),
        Vector(
            "get-slashes", "GET", "//example//", query: "",
            headers: [], body: "", hasToken: false,
            header: "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
            presigned: "c1834e8fb0307243711f0f907f6ab7311ed300d87f13792d7ee4da89ab93e082"),
        Vector(
            "get-slash-dot-slash", "GET", "/./", query: "",
            headers: [], body: "", hasToken: false,
            header: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            presigned: "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d"),
        Vector(
            "get-slash-pointless-dot", "GET", "/./example", query: "",
            headers: [], body: "", hasToken: false,
            header: "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5",
            presigned: "35034b1a0bdd969f346975386daf8aedfd4976573b8348cf4f67eaa41c5857de"),
        Vector(
            "get-relative", "GET", "/example/..", query: "",
            headers: [], body: "", hasToken: false,
            header: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            presigned: "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d"),
        Vector(
            "get-relative-relative", "GET", "/example1/example2/../..", query: "",
            headers: [], body: "", hasToken: false,
            header: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            presigned: "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d"),
        Vector(
            "get-header-key-duplicate", "GET", "/", query: "",
            headers: [("my-header1", "value2"), ("my-header1", "value2"), ("my-header1", "value1")], body: "",
            hasToken: false,
            header: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
            presigned: "3349ee0b81b4b589da0ff28a395c3591e04de515651dd74f298fa992d1507a97"),
        Vector(
            "get-header-value-order", "GET", "/", query: "",
            headers: [
                ("my-header1", "value4"), ("my-header1", "value1"), ("my-header1", "value3"), ("my-header1", "value2"),
            ], body: "", hasToken: false,
            header: "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
            presigned: "313720e71ca6202fdcfa9b20f88de01a4eb0638a83c833b1c184359a4eda864e"),
        Vector(
            "get-header-value-trim", "GET", "/", query: "",
            headers: [("my-header1", " value1"), ("my-header2", " \"a   b   c\"")], body: "", hasToken: false,
            header: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
            presigned: "e7bb0fd515e125e1aec2ecc4c0c17484fb06f6846b927c35e46005dd3df3acd4"),
        Vector(
            "get-header-value-multiline", "GET", "/", query: "",
            headers: [("my-header1", "value1\r\n  value2\r\n     value3")], body: "", hasToken: false,
            header: "cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd",
            presigned: "e6f5def831211aca02987a44b96826706278c7bc078112ae0263659c5b2f2d56"),
        Vector(
            "get-vanilla-with-session-token", "GET", "/", query: "",
            headers: [], body: "", hasToken: true,
            header: "c8db8b9676d526f735dac5330f17623554c6cad1e2980d321903e9a3884c051b",
            presigned: "798f44f0c7b1efcc3762a5462aaeb966f836d2ca0c64140f87a02cacf080bfde"),
        Vector(
            "post-vanilla", "POST", "/", query: "",
            headers: [], body: "", hasToken: false,
            header: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            presigned: "2ce6e6d2e0cf2f9d1b55fafec88cd20574c31dc2e7631979f71ba2310083e95b"),
        Vector(
            "post-vanilla-query", "POST", "/", query: "Param1=value1",
            headers: [], body: "", hasToken: false,
            header: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
            presigned: "a9ef26247f293bffe40eeff86a0480ba8c14d31503b2e0c3399e3a16bf1a3682"),
        Vector(
            "post-vanilla-empty-query-value", "POST", "/", query: "Param1=value1",
            headers: [], body: "", hasToken: false,
            header: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
            presigned: "a9ef26247f293bffe40eeff86a0480ba8c14d31503b2e0c3399e3a16bf1a3682"),
        Vector(
            "post-header-key-case", "POST", "/", query: "",
            headers: [], body: "", hasToken: false,
            header: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            presigned: "2ce6e6d2e0cf2f9d1b55fafec88cd20574c31dc2e7631979f71ba2310083e95b"),
        Vector(
            "post-header-key-sort", "POST", "/", query: "",
            headers: [("my-header1", "value1")], body: "", hasToken: false,
            header: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
            presigned: "c09d07e0d55871f10f2a6d350d994acf6825a3cae70673d7def55616e6119dd7"),
        Vector(
            "post-header-value-case", "POST", "/", query: "",
            headers: [("my-header1", "VALUE1")], body: "", hasToken: false,
            header: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
            presigned: "0698bc9e4f7f9139065ba2909c0e99da257e8e2a42492a097bcd46d792391fed"),
        Vector(
            "post-sts-header-before", "POST", "/", query: "",
            headers: [], body: "", hasToken: true,
            header: "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
            presigned: "46c2e3c63c1dbe7d39f8ada16fe7f001c1f56c5791441565323677f96308871c"),
        Vector(
            "post-x-www-form-urlencoded", "POST", "/", query: "",
            headers: [("content-type", "application/x-www-form-urlencoded")], body: "Param1=value1", hasToken: false,
            header: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            presigned: "c87b08b610e5766ea3fd90f27b8e42484995ce04f66b3a9590cc28b1257ae36c"),
        Vector(
            "post-x-www-form-urlencoded-parameters", "POST", "/", query: "",
            headers: [("content-type", "application/x-www-form-urlencoded; charset=utf8")], body: "Param1=value1",
            hasToken: false,
            header: "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
            presigned: "0ca5a3c008b1d02e27eeae0459b93c02285cf927de213efcfbc65883c6fe96f9"),
    ]
}
