// A local Cryptopay for a program or a test: it needs no account and no internet, and can be told what goes wrong.
import CryptopayClient
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A sandbox in a process of its own, which ends with this one.
public final class LocalSandbox: @unchecked Sendable {
    /// How a client reaches it.
    public let configuration: Configuration
    /// What makes its customers pay and its connections break.
    public let control: SandboxControl
    private let process = Process()
    private let input = Pipe()

    /// Starts the program that `CRYPTOPAY_SANDBOX_BINARY` names, else `cryptopay-sandbox`.
    ///
    /// - Parameters:
    ///   - seed: What its ids and addresses are made of: the same seed, the same world.
    ///   - rateLimit: Requests a minute; 0 for no limit.
    public init(seed: Int = 1, rateLimit: Int = 0) throws {
        let program = ProcessInfo.processInfo.environment["CRYPTOPAY_SANDBOX_BINARY"] ?? "cryptopay-sandbox"
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            program, "--port", "0", "--seed", "\(seed)", "--rate-limit", "\(rateLimit)", "--exit-on-stdin-close",
        ]
        (process.standardInput, process.standardOutput) = (input, output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        // One line says where it is.
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8) {
            line.append(byte)
        }
        let told = try JSONDecoder().decode([String: String].self, from: line)
        var configuration = Configuration(
            environment: told["url"] ?? "", apiKey: told["api_key"] ?? "", apiSecret: told["api_secret"] ?? "")
        configuration.callbackSecrets = [told["callback_secret"] ?? ""]
        self.configuration = configuration
        control = SandboxControl(url: configuration.environment)
    }

    deinit { stop() }

    /// Ends it; what it knew is gone.
    public func stop() {
        guard process.isRunning else { return }
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}

/// The control API of a sandbox.
public struct SandboxControl: Sendable {
    private let url: String

    public init(url: String) { self.url = url }

    /// `POST pay`, `GET ledger` and so on.
    @discardableResult
    public func callAsFunction(_ method: String, _ name: String, _ body: JSON? = nil) async throws -> JSON {
        guard let url = URL(string: "\(url)/_sandbox/\(name)") else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.text.utf8) }
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        let (data, response) = try await URLSession.shared.data(for: request)
        guard let status = (response as? HTTPURLResponse)?.statusCode, status < 300 else {
            throw Refused(text: String(decoding: data, as: UTF8.self))
        }
        return data.isEmpty ? .null : try JSON(data)
    }

    /// What the sandbox did not understand.
    public struct Refused: Error { public let text: String }
}
