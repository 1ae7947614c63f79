// swift-tools-version: 6.3
import PackageDescription

// Fuzz targets, apart from the main package because they are compiled with libFuzzer's instrumentation. `Tools/fuzz`
// builds and runs them. The package has the main one's name so that `package` declarations are the same ones; `Sources`
// and `TestKit` are links to ours.

/// As in the main package. The sanitizers come from the command line.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "varve",
    targets: [
        .target(name: "CLinux"),
        .target(name: "VarveBytes", dependencies: ["CLinux"], swiftSettings: settings),
        .target(name: "VarveModel", dependencies: ["VarveBytes"], swiftSettings: settings),
        .target(name: "VarveLine", dependencies: ["VarveBytes", "VarveModel"], swiftSettings: settings),
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4"),
        .target(name: "VarveCodec", dependencies: ["VarveBytes", "CLZ4"], swiftSettings: settings),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto"),
        .target(name: "VarveCrypto", dependencies: ["VarveBytes", "CCrypto"], swiftSettings: settings),
        .target(name: "VarveAnomaly", dependencies: ["VarveBytes"], swiftSettings: settings),
        .target(name: "VarveIO", dependencies: ["VarveBytes", "CLinux"], swiftSettings: settings),
        .target(name: "VarveJSON", swiftSettings: settings),
        .target(
            name: "VarveWire", dependencies: ["VarveBytes", "VarveJSON", "VarveModel"], swiftSettings: settings),
        .target(
            name: "VarveSignature", dependencies: ["VarveBytes", "VarveModel", "VarveCrypto"], swiftSettings: settings),
        .target(
            name: "VarveStore",
            dependencies: ["VarveBytes", "VarveModel", "VarveCodec", "VarveCrypto", "VarveIO"],
            swiftSettings: settings
        ),
        .target(
            name: "VarveQuery",
            dependencies: ["VarveBytes", "VarveModel", "VarveCodec", "VarveIO", "VarveStore", "VarveAnomaly"],
            swiftSettings: settings
        ),
        .target(
            name: "VarveTestKit",
            dependencies: ["VarveBytes", "VarveModel", "VarveCodec", "VarveIO", "VarveStore"],
            path: "TestKit",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "ColumnFuzzer",
            dependencies: ["VarveBytes", "VarveCodec"],
            path: "ColumnFuzzer",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "StoreFuzzer",
            dependencies: ["VarveBytes", "VarveIO", "VarveModel", "VarveStore", "VarveTestKit"],
            path: "StoreFuzzer",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "QueryFuzzer",
            dependencies: ["VarveQuery"],
            path: "QueryFuzzer",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "WireFuzzer",
            dependencies: ["VarveJSON", "VarveWire"],
            path: "WireFuzzer",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "SignatureFuzzer",
            dependencies: ["VarveCrypto", "VarveSignature"],
            path: "SignatureFuzzer",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "LineFuzzer",
            dependencies: ["VarveModel", "VarveLine"],
            path: "LineFuzzer",
            swiftSettings: settings
        ),
    ]
)
