import ArgumentParser
import Logging
import Varve
import VarveIO
import VarveCrypto
import VarveIdentity
import VarveREPL
import VarveServer

/// `varve serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run a server: line protocol over TCP, writes and queries over HTTP.",
        discussion: """
            Listens on this machine only, unless told otherwise. Ctrl-C and SIGTERM end it after everything taken is
            durable.
            Examples:
              varve serve --collect-host
              varve serve --data /var/lib/varve --config /etc/varve.yaml
              varve serve --http 0.0.0.0:8095 --allow-remote '10.0.0.0/8 8095'
            """
    )

    @Option(help: ArgumentHelp("Directory of the database. (default: ./varve-data)", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("Configuration file (YAML); options given here win.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Where to take line protocol over TCP, or off. (default: 127.0.0.1:8094)", valueName: "host:port"))
    var line: String?

    @Option(help: ArgumentHelp("Where to take HTTP, or off. (default: 127.0.0.1:8095)", valueName: "host:port"))
    var http: String?

    @Flag(help: "Store CPU, memory, disk, network and load of this machine every 10 s in namespace System/Linux.")
    var collectHost = false

    @Option(help: ArgumentHelp("Who may connect from elsewhere: 'NETWORK PORT'. May be repeated.", valueName: "rule"))
    var allowRemote: [String] = []

    @Flag(help: "Let everybody use the cloud's interfaces without a signature: for tests, on this machine only.")
    var noAuth = false

    @OptionGroup var keys: KeyOptions

    @Flag(help: "Take writes although the log lacks acknowledged rows; what is missing is given up.")
    var acceptLoss = false

    func run() async throws {
        let options = try options()
        let console = Console.system()
        // Before the database is opened: replaying its log may take seconds, and who stops a service in that time wants
        // it closed in order, too.
        try TerminationSignal.install()
        let database = try openDatabase(options)
        defer { database.close() }
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let environment = SystemEnvironment.system
        let logger = Logger(label: "varve")
        let services = try ServerServices.start(on: database, options, environment: environment, logger: logger)
        let server = VarveServer(
            options: options, backend: DatabaseBackend(database, monitoring: services.monitoring),
            cloud: services.cloud, environment: environment, logger: logger)
        if TerminationSignal.hasArrived {
            await services.stop()
            return console.print("stopping before the doors are opened\n")
        }
        let addresses: VarveServer.Addresses
        do {
            addresses = try await server.start()
        } catch {
            await services.stop()
            throw Problem(.failed, "serve", "\(error)")
        }
        console.print(Self.welcome(addresses, options))
        if let http = addresses.http {
            console.print(Self.cloudWelcome(http, options, services.administrator))
        }
        await TerminationSignal.wait()
        console.print("stopping: waiting until everything taken is durable\n")
        await server.stop()
        await services.stop()
    }

    /// Defaults, then the configuration file, then the command line.
    private func options() throws(Problem) -> ServerOptions {
        var options = ServerOptions()
        do throws(OptionError) {
            if let config { try options.apply(yaml: try Self.text(ofFile: config)) }
        } catch {
            throw Problem(.usage, config ?? "configuration", "\(error)", advice: "see varve serve --help")
        }
        do throws(OptionError) {
            if let data { options.dataDirectory = data }
            if let line { options.line = try Self.endpoint(line) }
            if let http { options.http = try Self.endpoint(http) }
            if collectHost { options.collectHost = true }
            options.acceptsLoss = acceptLoss
            if noAuth { options.identity.open() }
            if let keyFile = keys.keyFile { options.keyFile = keyFile }
            for rule in allowRemote { options.inbound.rules.append(try InboundRules.Rule(rule)) }
            try options.validate()
        } catch {
            throw Problem(.usage, "serve", "\(error)", advice: "see varve serve --help")
        }
        return options
    }

    private static func endpoint(_ text: String) throws(OptionError) -> Endpoint? {
        text == "off" ? nil : try Endpoint(text)
    }

    private static func text(ofFile path: String) throws(OptionError) -> String {
        do throws(Problem) {
            let file = try InputFile(path: path)
            var bytes: [UInt8] = []
            while true {
                let more = try file.read()
                if more.isEmpty { break }
                bytes += more
            }
            guard let text = String(validating: bytes, as: UTF8.self) else { throw Problem(.usage, path, "not UTF-8") }
            return text
        } catch {
            throw OptionError(error.why)
        }
    }

    private func openDatabase(_ options: ServerOptions) throws(Problem) -> Database {
        do {
            var databaseOptions = DatabaseOptions()
            databaseOptions.acceptsLoss = options.acceptsLoss
            databaseOptions.tailValuesMax = options.tailValuesMax
            databaseOptions.logFileBytes = options.logFileBytes
            databaseOptions.keyFile = options.keyFile
            databaseOptions.retentionDays = options.retentionDays
            databaseOptions.namespaceRetentionDays = options.namespaceRetentionDays
            return try Database.open(options.dataDirectory, options: databaseOptions)
        } catch {
            throw Problem(error)
        }
    }

    /// How cloud clients get in. The first start shows the key of its administrator, once.
    private static func cloudWelcome(
        _ http: Endpoint, _ options: ServerOptions, _ administrator: IdentityBootstrap.Credentials?
    ) -> String {
        let scheme = isSecure(options) ? "https" : "http"
        let command = "aws --endpoint-url \(scheme)://\(http) cloudwatch list-metrics\n"
        if options.identity.isOpen {
            return "WARNING: nobody has to sign: everybody on this machine is root of account "
                + "\(IdentityOptions.defaultAccount).\n  \(command)"
        }
        guard let administrator else { return "" }
        let secret = administrator.secret.withBytes { (bytes: UnsafeRawBufferPointer) throws(Never) in
            String(decoding: bytes, as: UTF8.self)
        }
        return """
            Cloud clients sign in as \(administrator.userName) of account \(administrator.account):
              access key id      \(administrator.accessKeyID)
              secret access key  \(secret)
            This is shown once, and is in \(administrator.path), which only you can read:
              AWS_SHARED_CREDENTIALS_FILE=\(administrator.path) \(command)
            """
    }

    /// Where everything is, and what to try next.
    private static func welcome(_ addresses: VarveServer.Addresses, _ options: ServerOptions) -> String {
        var text = "varve is ready. Data lies in \(options.dataDirectory)\n"
        let (isLineSecure, isHTTPSecure) = (options.tls.isOn && options.tls.coversLine, isSecure(options))
        if let line = addresses.line { text += "  line protocol  \(line) (\(isLineSecure ? "TLS" : "TCP"))\n" }
        if let http = addresses.http {
            let scheme = isHTTPSecure ? "https" : "http"
            text += "  HTTP           \(scheme)://\(http) (/write, /api/v2/write, /query, /health, /stats)\n"
        }
        // Those below speak no TLS.
        if isLineSecure || isHTTPSecure { return text }
        text += "Try in a second terminal:\n"
        if let line = addresses.line {
            text += "  printf 'AWS/EC2,InstanceId=i-1 CPUUtilization=42.5\\n' | nc -N \(line.address) \(line.port)\n"
        }
        guard let http = addresses.http else { return text }
        let example =
            options.collectHost
            ? #"SELECT AVG(usage_user) FROM "System/Linux" GROUP BY cpu SINCE 15m PERIOD 30s"#
            : #"SELECT AVG(CPUUtilization) FROM "AWS/EC2" GROUP BY InstanceId SINCE 15m PERIOD 30s"#
        text += "  varve query '\(example)' --connect \(http) --format chart\n"
        text += "  varve repl --connect \(http)\n"
        return text
    }

    private static func isSecure(_ options: ServerOptions) -> Bool { options.tls.isOn && options.tls.coversHTTP }
}
