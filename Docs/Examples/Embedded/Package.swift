// swift-tools-version: 6.3
import PackageDescription

// A program that keeps its own metrics. Outside this repository the dependency is a URL:
//     .package(url: "https://…/varve.git", branch: "main")

let package = Package(
    name: "embedded-example",
    dependencies: [.package(name: "varve", path: "../../..")],
    targets: [
        .executableTarget(name: "EmbeddedExample", dependencies: [.product(name: "Varve", package: "varve")])
    ]
)
