// swift-tools-version: 5.9
// A program of somebody else over the package as it is published.
import PackageDescription

let package = Package(
    name: "consumer",
    platforms: [.macOS(.v12)],
    dependencies: [.package(path: "../../../target/packages/swift/CryptopayClient")],
    targets: [
        .executableTarget(
            name: "consumer", dependencies: [.product(name: "CryptopayClient", package: "CryptopayClient")])
    ]
)
