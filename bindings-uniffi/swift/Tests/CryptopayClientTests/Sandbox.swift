// A sandbox of its own for a test, and time that jumps over waits and lets the sandbox's time pass too.
import Foundation
import XCTest

@testable import CryptopayClient

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

final class Sandbox: @unchecked Sendable {
    let url: String
    private let process = Process()
    private let input = Pipe()
    private let told: JSON

    /// Starts one; its binary is named by `CRYPTOPAY_SANDBOX_BINARY`.
    init(seed: Int = 7, rateLimit: Int? = nil) throws {
        guard let binary = ProcessInfo.processInfo.environment["CRYPTOPAY_SANDBOX_BINARY"] else {
            throw Wrong("CRYPTOPAY_SANDBOX_BINARY names no sandbox")
        }
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: binary)
        process.arguments = ["--port", "0", "--seed", String(seed), "--exit-on-stdin-close"]
        if let rateLimit { process.arguments?.append(contentsOf: ["--rate-limit", String(rateLimit)]) }
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty, byte != Data("\n".utf8) {
            line.append(byte)
        }
        told = try JSON(line)
        url = told["url"]?.string ?? ""
    }

    func stop() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    var configuration: Configuration {
        var configuration = Configuration(
            environment: url, apiKey: told["api_key"]?.string ?? "", apiSecret: told["api_secret"]?.string ?? "")
        configuration.callbackSecrets = [told["callback_secret"]?.string ?? ""]
        return configuration
    }

    /// `POST faults` and the like.
    @discardableResult
    func control(_ asked: String, _ body: JSON? = nil) async throws -> JSON {
        let words = asked.split(separator: " ").map(String.init)
        guard let url = URL(string: "\(url)/_sandbox/\(words[1])") else { throw Wrong("no URL") }
        var request = URLRequest(url: url)
        request.httpMethod = words[0]
        if let body, !body.isNull {
            request.httpBody = body.data
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        let (data, response) = try await URLSession.shared.data(for: request)
        guard let status = (response as? HTTPURLResponse)?.statusCode, status < 300 else {
            throw Wrong("\(asked): \(String(decoding: data, as: UTF8.self))")
        }
        return data.isEmpty ? .null : try JSON(data)
    }
}

/// Time that runs with the real one and jumps over waits, on both sides: only when every running step sleeps, because one that
/// computes or waits for an answer would find another time than it reckoned with.
final class VirtualTime: Time, @unchecked Sendable {
    private let lock = NSLock()
    private let real = RealTime()
    private let wall: Int
    private let began: Int
    private var jumped = 0
    private var drawn: UInt64 = 0
    private var turn: Task<Void, any Error>?
    private var running = 0
    private var asleep = 0
    private let advance: @Sendable (Int) async throws -> Void

    init(advance: @escaping @Sendable (Int) async throws -> Void = { _ in }) {
        self.advance = advance
        (wall, began) = (real.now().unixMs, real.now().tickMs)
    }

    func now() -> Moment {
        let tick = real.now().tickMs - began + lock.withLock { jumped }
        return Moment(unixMs: wall + tick, tickMs: tick)
    }

    func entropy() -> String {
        let drawn = lock.withLock { () -> UInt64 in
            self.drawn += 1
            return self.drawn &* 0x9E37_79B9_7F4A_7C15
        }
        let hex = String(drawn, radix: 16)
        return String(repeating: "0", count: 16 - hex.count) + hex + "f39cc0605cedc835"
    }

    func sleep(ms: Int) async throws { try await pass(ms) }

    /// So many more steps run; those that run side by side are counted before the first starts.
    func began(_ steps: Int) { lock.withLock { running += steps } }
    /// One of them is done.
    func ended() { lock.withLock { running -= 1 } }

    /// An answer that never comes is waited for half a second.
    private func othersSleep() async {
        for _ in 0..<500 where lock.withLock({ asleep < running }) { try? await Task.sleep(nanoseconds: 1_000_000) }
    }

    /// Of two who wait at once, the later only jumps over what is left.
    func pass(_ ms: Int) async throws {
        let until = now().tickMs + ms
        let task = lock.withLock { () -> Task<Void, any Error> in
            asleep += 1
            let before = turn
            let task = Task { [self] in
                _ = await before?.result
                // Awake before the next one has its turn.
                defer { lock.withLock { asleep -= 1 } }
                if now().tickMs < until { await othersSleep() }
                let left = until - now().tickMs
                guard left > 0 else { return }
                lock.withLock { jumped += left }
                try await advance(left)
            }
            turn = task
            return task
        }
        try await task.value
    }
}
