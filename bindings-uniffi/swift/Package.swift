// swift-tools-version: 5.9
// The client, the private binding that UniFFI prints, and the C library beneath it.
import PackageDescription

let package = Package(
    name: "CryptopayClient",
    platforms: [.macOS(.v12), .iOS(.v15), .tvOS(.v15), .watchOS(.v8)],
    products: [.library(name: "CryptopayClient", targets: ["CryptopayClient"])],
    targets: [
        .systemLibrary(name: "cryptopayFFI"),
        .target(
            name: "CryptopayNative",
            dependencies: ["cryptopayFFI"],
            linkerSettings: [.linkedLibrary("cryptopay_uniffi")]
        ),
        .target(name: "CryptopayClient", dependencies: ["CryptopayNative"]),
        .testTarget(name: "CryptopayClientTests", dependencies: ["CryptopayClient", "CryptopayNative"]),
    ]
)
