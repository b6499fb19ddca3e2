// swift-tools-version: 5.9
// The client, the private binding to its core, and the core itself: on Linux a system library, on a Mac an XCFramework.
import PackageDescription

#if os(macOS)
    let core: Target = .binaryTarget(name: "cryptopayFFI", path: "cryptopayFFI.xcframework")
#else
    let core: Target = .systemLibrary(name: "cryptopayFFI", pkgConfig: "cryptopay_uniffi")
#endif

let package = Package(
    name: "CryptopayClient",
    platforms: [.macOS(.v12), .iOS(.v15)],
    products: [.library(name: "CryptopayClient", targets: ["CryptopayClient"])],
    targets: [
        core,
        .target(
            name: "CryptopayNative",
            dependencies: ["cryptopayFFI"],
            // Where the core is not installed, the linker says just that, and not every function that it misses.
            linkerSettings: [.linkedLibrary("cryptopay_uniffi", .when(platforms: [.linux]))]
        ),
        // The transport on Linux.
        .systemLibrary(name: "CCurl"),
        .target(
            name: "CryptopayClient",
            dependencies: ["CryptopayNative", .target(name: "CCurl", condition: .when(platforms: [.linux]))]
        ),
    ]
)
