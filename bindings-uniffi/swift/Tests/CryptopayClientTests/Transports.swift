// The transports that are tried: the default one and `URLSession`, which is the default elsewhere.
import Foundation

@testable import CryptopayClient

struct Transport: Sendable {
    let name: String
    /// Whether it always knows if a request can have left, and never sends one again by itself.
    let proves: Bool
    let make: @Sendable () -> any KeepsTime

    #if os(Linux)
        static let all = [
            Transport(name: "libcurl", proves: true) { CurlFetch() },
            Transport(name: "URLSession", proves: false) { URLSessionFetch() },
        ]
    #else
        static let all = [Transport(name: "URLSession", proves: false) { URLSessionFetch() }]
    #endif
}
