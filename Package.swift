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
    module("VarveBytes", ["CLinux"]),
    module("VarveModel", ["VarveBytes"]),
    module("VarveCodec", ["VarveBytes", "CLZ4"]),
    module("VarveIO", ["VarveBytes", "CLinux"]),
    module("VarveLine", ["VarveBytes", "VarveModel"]),
    module("VarveStore", ["VarveBytes", "VarveModel", "VarveCodec", "VarveIO"]),
    module("VarveQuery", ["VarveBytes", "VarveModel", "VarveCodec", "VarveIO", "VarveStore"]),
    module("Varve", ["VarveBytes", "VarveModel", "VarveCodec", "VarveIO", "VarveStore", "VarveQuery"]),
]

let engineTests: [Target] = [
    .target(
        name: "VarveTestKit",
        dependencies: ["VarveBytes", "VarveModel", "VarveCodec", "VarveIO", "VarveStore"],
        path: "Tests/VarveTestKit",
        swiftSettings: strict
    ),
    tests("VarveBytesTests", ["VarveBytes", "VarveTestKit"]),
    tests("VarveLineTests", ["VarveBytes", "VarveModel", "VarveLine", "VarveTestKit"]),
]

let package = Package(
    name: "varve",
    products: [
        .library(name: "Varve", targets: ["Varve"]),
    ],
    targets: engine + engineTests
)
