import ArgumentParser
import Varve
import VarveIO
import VarveIdentity
import VarveJSON
import VarveREPL
import VarveServer

/// `varve user`
struct UserTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Make, list and delete users of the cloud's interfaces, while no server runs.",
        discussion: """
            A running server is asked with any client: aws --endpoint-url http://127.0.0.1:8095 iam create-user …
            Examples:
              varve user create agent --policy VarveIngest
              varve user list
            """,
        subcommands: [Create.self, List.self, Delete.self]
    )

    /// `varve user create`
    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a user with an access key, and print the key once.",
            discussion: "Example: varve user create agent --policy VarveIngest")

        @Argument(help: "Letters, digits and _+=,.@-")
        var name: String

        @Option(help: ArgumentHelp("ARN or name of a policy; may be repeated. Without one the user may do nothing."))
        var policy: [String] = []

        @OptionGroup var place: IdentityPlace

        func run() throws {
            try place.with { admin in
                try admin.call("CreateUser", ["UserName": .string(name)])
                for policy in policy {
                    let arn = policy.hasPrefix("arn:") ? policy : "arn:aws:iam::aws:policy/\(policy)"
                    try admin.call("AttachUserPolicy", ["UserName": .string(name), "PolicyArn": .string(arn)])
                }
                let key = try admin.call("CreateAccessKey", ["UserName": .string(name)])["AccessKey"]
                Console.system().print(
                    """
                    access key id      \(key?["AccessKeyId"]?.string ?? "")
                    secret access key  \(key?["SecretAccessKey"]?.string ?? "")
                    The secret is shown once and cannot be shown again.

                    """)
            }
        }
    }

    /// `varve user list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the names of users, and their access keys.", discussion: "Example: varve user list")

        @OptionGroup var place: IdentityPlace

        func run() throws {
            try place.with { admin in
                for user in try admin.call("ListUsers", [:])["Users"]?.array ?? [] {
                    let name = user["UserName"]?.string ?? ""
                    let keys = try admin.call("ListAccessKeys", ["UserName": .string(name)])["AccessKeyMetadata"]?.array
                    let texts = (keys ?? []).map { key in
                        (key["AccessKeyId"]?.string ?? "") + (key["Status"]?.string == "Active" ? "" : " (inactive)")
                    }
                    Console.system().print("\(name)\t\(texts.joined(separator: ", "))\n")
                }
            }
        }
    }

    /// `varve user delete`
    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a user with all access keys and policies.",
            discussion: "Example: varve user delete agent")

        @Argument(help: "Name of the user.")
        var name: String

        @OptionGroup var place: IdentityPlace

        func run() throws {
            try place.with { admin in
                let user: [String: JSONValue] = ["UserName": .string(name)]
                for key in try admin.call("ListAccessKeys", user)["AccessKeyMetadata"]?.array ?? [] {
                    try admin.call("DeleteAccessKey", user.merging(["AccessKeyId": key["AccessKeyId"] ?? .null]) { $1 })
                }
                for policy in try admin.call("ListAttachedUserPolicies", user)["AttachedPolicies"]?.array ?? [] {
                    try admin.call("DetachUserPolicy", user.merging(["PolicyArn": policy["PolicyArn"] ?? .null]) { $1 })
                }
                for policy in try admin.call("ListUserPolicies", user)["PolicyNames"]?.array ?? [] {
                    try admin.call("DeleteUserPolicy", user.merging(["PolicyName": policy]) { $1 })
                }
                for group in try admin.call("ListGroupsForUser", user)["Groups"]?.array ?? [] {
                    try admin.call(
                        "RemoveUserFromGroup", user.merging(["GroupName": group["GroupName"] ?? .null]) { $1 })
                }
                try admin.call("DeleteUser", user)
                Console.system().print("\(name): deleted\n")
            }
        }
    }
}

/// `varve policy`
struct PolicyTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Explain what policies decide.", subcommands: [Simulate.self])

    /// `varve policy simulate`
    struct Simulate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say whether a user or role may do something, and which statements decide.",
            discussion: """
                Exit code 0 when it is allowed, 1 when it is not.
                Example:
                  varve policy simulate user/agent cloudwatch:PutMetricData --set cloudwatch:namespace=Shop
                """)

        @Argument(help: "ARN, or user/NAME or role/NAME.")
        var principal: String

        @Argument(help: "Such as cloudwatch:PutMetricData.")
        var action: String

        @Option(help: ArgumentHelp("ARN that it is done to. (default: *)"))
        var resource = "*"

        @Option(help: ArgumentHelp("Value of a condition key; may be repeated.", valueName: "key=value"))
        var set: [String] = []

        @OptionGroup var place: IdentityPlace

        func run() throws {
            try place.with { admin in
                let arn = principal.hasPrefix("arn:") ? principal : "arn:aws:iam::\(admin.account):\(principal)"
                guard let caller = admin.service.principal(arn: arn) else {
                    throw Problem(.wrongInput, "policy simulate", "there is no \(arn)", advice: "see varve user list")
                }
                var context = RequestContext(nowSeconds: admin.nowSeconds)
                for pair in set {
                    let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
                    guard parts.count == 2 else {
                        throw Problem(.usage, "policy simulate", "--set \(pair): expected KEY=VALUE")
                    }
                    context.set(parts[0], parts[1])
                }
                let (decision, trace) = admin.service.explain(
                    caller, action: action, resource: resource, context: context)
                try PolicyTool.show(decision, trace, to: caller)
            }
        }
    }

    private static func show(_ decision: Decision, _ trace: [StatementTrace], to caller: CallerContext) throws {
        var text = decision.isAllowed ? "allowed\n" : "refused: \(decision.refusal(to: caller.arn))\n"
        for statement in decision.statements { text += "  \(statement)\n" }
        for step in trace where !decision.statements.contains(step.statement) {
            let reason: String? =
                switch step.verdict {
                case .applies: nil
                case .otherPrincipal: "is about others"
                case .otherAction: "is about other actions"
                case .otherResource: "is about other resources"
                case .condition(let name, let key): "its condition \(name) \(key) does not hold"
                }
            if let reason { text += "  not \(step.statement): \(reason)\n" }
        }
        Console.system().print(text)
        if !decision.isAllowed { throw ExitCode(ExitStatus.wrongInput.rawValue) }
    }
}

/// Whose users: a data directory that no server has open.
struct IdentityPlace: ParsableArguments {
    @Option(
        help: ArgumentHelp("Directory of the database. (default: \(PlaceOptions.directoryDefault))", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("12 digits. (default: \(IdentityOptions.defaultAccount))"))
    var account: String?

    @OptionGroup var keys: KeyOptions

    /// Runs `body` as the local administrator. The database is open meanwhile, so that no server is.
    func with(_ body: (LocalAdministrator) throws -> Void) throws {
        var options = ServerOptions()
        options.dataDirectory = data ?? PlaceOptions.directoryDefault
        options.keyFile = keys.keyFile
        var databaseOptions = DatabaseOptions()
        databaseOptions.keyFile = keys.keyFile
        let database: Database
        do throws(DatabaseError) {
            database = try Database.open(options.dataDirectory, options: databaseOptions)
        } catch {
            throw Problem(error)
        }
        defer { database.close() }
        let identity: LocalIdentity
        do throws(ServerError) { identity = try LocalIdentity.open(options, .system) } catch {
            throw Problem(.failed, "identity", "\(error)")
        }
        if let administrator = identity.administrator {
            Console.system().print("\(administrator.userName) was made; the key is in \(administrator.path)\n")
        }
        try body(LocalAdministrator(service: identity.service, account: account ?? IdentityOptions.defaultAccount))
    }
}

/// Root of an account, on the machine itself.
struct LocalAdministrator {
    let service: IdentityService
    let account: String

    var nowSeconds: Int64 { SystemEnvironment.system.clock.wallNs() / 1_000_000_000 }

    /// An operation of IAM.
    @discardableResult
    func call(_ operation: String, _ input: [String: JSONValue]) throws(Problem) -> JSONValue {
        do throws(IdentityError) {
            let caller = try service.localAdministrator(account: account)
            let members = input.sorted { $0.key < $1.key }.map { JSONMember($0.key, $0.value) }
            return try service.perform(
                service: "iam", operation: operation, input: .object(members), caller: caller,
                context: RequestContext(nowSeconds: nowSeconds))
        } catch {
            throw Problem(.wrongInput, operation, error.message ?? error.code)
        }
    }
}
