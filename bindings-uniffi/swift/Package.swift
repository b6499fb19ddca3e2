// swift-tools-version: 5.9
// The client, the private binding that UniFFI prints, and the C library beneath it; on Linux libcurl; beside them what tests and measures it.
// What is published has a manifest of its own: Packaging/Package.swift.
import PackageDescription

let package = Package(
    name: "CryptopayClient",
    platforms: [.macOS(.v12), .iOS(.v15)],
    products: [.library(name: "CryptopayClient", targets: ["CryptopayClient"])],
    targets: [
        .systemLibrary(name: "cryptopayFFI"),
        .target(
            name: "CryptopayNative",
            dependencies: ["cryptopayFFI"],
            linkerSettings: [.linkedLibrary("cryptopay_uniffi")]
        ),
        .systemLibrary(name: "CCurl"),
        .target(
            name: "CryptopayClient",
            dependencies: ["CryptopayNative", .target(name: "CCurl", condition: .when(platforms: [.linux]))]
        ),

        .target(name: "LocalSandbox", dependencies: ["CryptopayClient"], path: "Examples/LocalSandbox"),
        .executableTarget(name: "demo", dependencies: ["CryptopayClient", "LocalSandbox"], path: "Examples/Demo"),
        .executableTarget(name: "bench", dependencies: ["CryptopayClient"], path: "Bench"),

        .target(name: "Chaos", dependencies: ["CryptopayClient", "LocalSandbox"], path: "Tests/Chaos"),
        .executableTarget(name: "payouts", dependencies: ["Chaos"], path: "Tests/Payouts"),
        // Makes the library panic in a test.
        .target(name: "Drill", dependencies: ["CryptopayNative"], path: "Tests/Drill"),
        .testTarget(
            name: "CryptopayClientTests",
            dependencies: ["CryptopayClient", "CryptopayNative", "LocalSandbox", "Chaos", "Drill"]
        ),
    ]
)
