// swift-tools-version: 6.3
import PackageDescription

// Module map and import directions: Docs/Architecture.md. `Tests/TidyTests` fails on any other import.

/// Settings of every Swift target of ours; none of them reaches packages that depend on us.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
]

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// Layers 0–7: what an embedding program links. No Foundation, no NIO.
let engine: [Target] = [
    .target(name: "CLinux"),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    module("VarveBytes", ["CLinux"]),
    module("VarveModel", ["VarveBytes"]),
    module("VarveJSON", []),
    module("VarveAlarms", ["VarveModel", "VarveJSON", "VarveEvents"]),
    module("VarveCodec", ["VarveBytes", "CLZ4"]),
    module("VarveCrypto", ["VarveBytes", "CCrypto"]),
    module("VarveIO", ["VarveBytes", "CLinux"]),
    module("VarveSignature", ["VarveBytes", "VarveModel", "VarveCrypto"]),
    module(
        "VarveIdentity",
        ["VarveBytes", "VarveJSON", "VarveModel", "VarveCrypto", "VarveIO", "VarveSignature", "VarveStore"]),
    module("VarveLine", ["VarveBytes", "VarveModel"]),
    module("VarveAnomaly", ["VarveBytes"]),
    module("VarveEvents", ["VarveBytes", "VarveJSON", "VarveModel"]),
    module("VarveWire", ["VarveBytes", "VarveJSON", "VarveModel"]),
    module("VarveStore", ["VarveBytes", "VarveModel", "VarveCodec", "VarveCrypto", "VarveIO"]),
    module(
        "VarveQuery", ["VarveBytes", "VarveModel", "VarveCodec", "VarveIO", "VarveStore", "VarveAnomaly"]),
    module(
        "VarveMonitoring",
        [
            "VarveBytes", "VarveModel", "VarveJSON", "VarveIO", "VarveStore", "VarveQuery", "VarveEvents",
            "VarveAlarms", "VarveAnomaly", "VarveDashboards",
        ]),
    module(
        "VarveCloud",
        [
            "VarveBytes", "VarveModel", "VarveJSON", "VarveCrypto", "VarveIO", "VarveWire", "VarveDashboards",
            "VarveChart", "VarveSignature", "VarveStore", "VarveQuery", "VarveIdentity", "VarveMonitoring",
        ]),
    module(
        "Varve",
        [
            "VarveBytes", "VarveModel", "VarveJSON", "VarveCodec", "VarveIO", "VarveStore", "VarveQuery",
            "VarveAlarms", "VarveMonitoring",
        ]),
]

let engineTests: [Target] = [
    .target(
        name: "VarveTestKit",
        dependencies: ["VarveBytes", "VarveModel", "VarveCodec", "VarveIO", "VarveStore"],
        path: "Tests/VarveTestKit",
        swiftSettings: strict
    ),
    tests("VarveJSONTests", ["VarveJSON", "VarveTestKit"]),
    tests(
        "VarveMonitoringTests",
        [
            "VarveBytes", "VarveModel", "VarveJSON", "VarveIO", "VarveStore", "VarveQuery", "VarveEvents",
            "VarveAlarms", "VarveAnomaly", "VarveMonitoring", "VarveTestKit",
        ]),
    tests("VarveAlarmsTests", ["VarveAlarms", "VarveModel", "VarveJSON", "VarveEvents", "VarveTestKit"]),
    tests("VarveEventsTests", ["VarveEvents", "VarveJSON", "VarveModel"]),
    tests(
        "VarveCloudTests",
        [
            "VarveCloud", "VarveBytes", "VarveModel", "VarveJSON", "VarveIO", "VarveWire", "VarveStore", "VarveQuery",
            "VarveMonitoring", "VarveTestKit",
        ]),
    tests("VarveWireTests", ["VarveWire", "VarveBytes", "VarveJSON", "VarveModel"]),
    tests("VarveLineTests", ["VarveBytes", "VarveModel", "VarveLine", "VarveTestKit"]),
    tests(
        "VarveQueryTests",
        [
            "VarveBytes", "VarveModel", "VarveCodec", "VarveIO", "VarveLine", "VarveStore", "VarveQuery",
            "VarveTestKit",
        ]),
    tests(
        "VarveStoreTests",
        ["VarveBytes", "VarveModel", "VarveCodec", "VarveCrypto", "VarveIO", "VarveStore", "VarveTestKit"]),
    tests("VarveBytesTests", ["VarveBytes", "VarveTestKit"]),
    tests("VarveAnomalyTests", ["VarveAnomaly", "VarveBytes"]),
    tests("VarveIOTests", ["VarveIO", "VarveTestKit"]),
    tests("VarveCodecTests", ["VarveBytes", "VarveCodec", "VarveTestKit"]),
    tests("VarveCryptoTests", ["VarveBytes", "VarveCrypto"]),
    tests("VarveSignatureTests", ["VarveBytes", "VarveCrypto", "VarveSignature", "VarveTestKit"]),
    tests(
        "VarveIdentityTests",
        [
            "VarveBytes", "VarveJSON", "VarveModel", "VarveCrypto", "VarveIO", "VarveSignature", "VarveStore",
            "VarveIdentity", "VarveTestKit",
        ]),
]

/// Layer 8: the doors. NIO, and Foundation (through Yams), end here.
let server: [Target] = [
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"])]),
    module("VarveExchange", ["VarveModel", "VarveStore", "VarveQuery", "VarveJSON"]),
    module("VarveDashboards", ["VarveBytes", "VarveJSON", "VarveModel"]),
    module("VarveChart", ["VarveBytes", "VarveModel", "VarveDashboards", "CCairo"]),
    module(
        "VarveDelivery",
        [
            "VarveBytes", "VarveCrypto", "VarveIO", "VarveSignature", "VarveMonitoring",
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "Subprocess", package: "swift-subprocess"),
            .product(name: "SystemPackage", package: "swift-system"),
        ]),
    module(
        "VarveServer",
        [
            "CZlib", "VarveBytes", "VarveModel", "VarveIO", "VarveLine", "VarveStore", "VarveQuery", "VarveJSON",
            "VarveExchange", "VarveMonitoring", "VarveDelivery", "VarveCrypto", "VarveSignature", "VarveIdentity",
            "VarveWire", "VarveCloud", "Varve",
            .product(name: "HummingbirdCore", package: "hummingbird"),
            .product(name: "HTTPTypes", package: "swift-http-types"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOTLS", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
            .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            .product(name: "Yams", package: "Yams"),
        ]),
]

let serverTests: [Target] = [
    tests("VarveDashboardsTests", ["VarveDashboards", "VarveJSON", "VarveModel"]),
    tests("VarveChartTests", ["VarveChart", "VarveDashboards", "VarveJSON", "VarveModel", "CZlib"]),
    tests("VarveExchangeTests", ["VarveJSON", "VarveExchange", "VarveModel", "VarveQuery", "VarveTestKit"]),
    tests(
        "VarveServerTests",
        [
            "CZlib", "CCrypto", "VarveServer", "VarveDelivery", "VarveMonitoring", "VarveCrypto", "VarveSignature",
            "VarveCloud",
            "VarveBytes", "Varve",
            "VarveExchange", "VarveJSON", "VarveModel", "VarveIO", "VarveLine", "VarveStore", "VarveQuery",
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOEmbedded", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
            .product(name: "Logging", package: "swift-log"),
        ]),
]

/// Layers 8 and 9: the command line.
let commandLine: [Target] = [
    .systemLibrary(name: "CEdit", pkgConfig: "libedit", providers: [.apt(["libedit-dev"])]),
    module(
        "VarveREPL",
        [
            "CEdit", "CZlib", "VarveBytes", "VarveModel", "VarveCodec", "VarveIO", "VarveLine", "VarveStore",
            "VarveQuery", "VarveJSON", "VarveExchange", "VarveAlarms", "VarveAnomaly", "VarveMonitoring", "Varve",
        ]),
    .executableTarget(
        name: "VarveCommand",
        dependencies: [
            "VarveIO", "VarveCrypto", "VarveIdentity", "VarveJSON", "VarveModel", "VarveQuery", "Varve", "VarveServer",
            "VarveREPL",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "Logging", package: "swift-log"),
        ],
        swiftSettings: strict
    ),
]

let commandLineTests: [Target] = [
    tests(
        "VarveTests",
        [
            "Varve", "VarveBytes", "VarveModel", "VarveJSON", "VarveCodec", "VarveIO", "VarveStore", "VarveQuery",
            "VarveTestKit",
        ]),
    tests(
        "VarveREPLTests",
        [
            "VarveREPL", "Varve", "VarveBytes", "VarveJSON", "VarveModel", "VarveCodec", "VarveIO", "VarveLine",
            "VarveStore", "VarveQuery", "VarveAlarms", "VarveTestKit", "CZlib",
        ]),
    // Runs the program that is built beside it.
    tests("VarveCommandTests", []),
]

/// Rules of the house, checked on the source text.
let tidy: [Target] = [tests("TidyTests", [])]

/// Measuring programs, in this package because they use `package` declarations; never built by a consumer.
let benchmarks: [Target] = [
    .executableTarget(
        name: "CodecBenchmark",
        dependencies: ["VarveBytes", "VarveCodec"],
        path: "Benchmarks/CodecBenchmark",
        swiftSettings: strict
    ),
    .executableTarget(
        name: "CatalogueBenchmark",
        dependencies: ["VarveIO", "VarveModel", "VarveStore"],
        path: "Benchmarks/CatalogueBenchmark",
        swiftSettings: strict
    ),
    .executableTarget(
        name: "StoreBenchmark",
        dependencies: [
            "VarveBytes", "VarveCodec", "VarveCrypto", "VarveIO", "VarveModel", "VarveQuery", "VarveStore",
            "VarveTestKit",
        ],
        path: "Benchmarks/StoreBenchmark",
        swiftSettings: strict
    ),
    .executableTarget(
        name: "QueryBenchmark",
        dependencies: ["VarveIO", "VarveModel", "VarveQuery", "VarveStore"],
        path: "Benchmarks/QueryBenchmark",
        swiftSettings: strict
    ),
    .executableTarget(
        name: "AlarmBenchmark",
        dependencies: ["VarveAlarms", "VarveIO", "VarveJSON", "VarveModel", "VarveMonitoring", "VarveStore"],
        path: "Benchmarks/AlarmBenchmark",
        swiftSettings: strict
    ),
    .executableTarget(
        name: "IdentityBenchmark",
        dependencies: ["VarveCrypto", "VarveIO", "VarveIdentity", "VarveSignature"],
        path: "Benchmarks/IdentityBenchmark",
        swiftSettings: strict
    ),
    .executableTarget(
        name: "CrashCampaign",
        dependencies: ["VarveIO", "VarveModel", "VarveStore", "VarveTestKit"],
        path: "Tools/CrashCampaign",
        swiftSettings: strict
    ),
    .executableTarget(
        name: "WireBenchmark",
        dependencies: ["VarveJSON", "VarveWire"],
        path: "Benchmarks/WireBenchmark",
        swiftSettings: strict
    ),
    .executableTarget(
        name: "CloudBenchmark",
        dependencies: [
            "VarveBytes", "VarveCloud", "VarveIO", "VarveJSON", "VarveModel", "VarveMonitoring", "VarveStore",
            "VarveWire",
        ],
        path: "Benchmarks/CloudBenchmark",
        swiftSettings: strict
    ),
    .executableTarget(
        name: "WireCheck",
        dependencies: ["VarveBytes", "VarveJSON", "VarveWire"],
        path: "Tools/WireCheck",
        swiftSettings: strict
    ),
    .executableTarget(name: "varve-workload", path: "Benchmarks/Workload/Generate", swiftSettings: strict),
    .executableTarget(name: "varve-load", path: "Benchmarks/Workload/Load", swiftSettings: strict),
]

let package = Package(
    name: "varve",
    products: [
        .library(name: "Varve", targets: ["Varve"]),
        .executable(name: "varve", targets: ["VarveCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0", traits: []),
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2", traits: []),
        .package(url: "https://github.com/apple/swift-system.git", from: "1.8.1"),
    ],
    targets: engine + server + commandLine + engineTests + serverTests + commandLineTests + tidy + benchmarks
)
