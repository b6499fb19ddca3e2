// The transports on networks that misbehave: every call ends by its deadline with the right code, says rightly what
// may have been sent, sends no write twice, and leaves nothing behind.
import XCTest

@testable import CryptopayClient

final class WireTests: XCTestCase {
    /// Remembers what the transport itself said of the first request.
    private final class Heard: KeepsTime, @unchecked Sendable {
        private let inner: any KeepsTime
        private let lock = NSLock()
        private var first: String?
        var sent: String { lock.withLock { first ?? "-" } }

        init(_ inner: any KeepsTime) { self.inner = inner }

        func fetch(_ request: Request) async throws -> Response {
            do {
                let response = try await inner.fetch(request)
                lock.withLock { first = first ?? "-" }
                return response
            } catch let error as FetchError {
                // An attempt whose time was over before it began says nothing of the network.
                if error.sent || !Task.isCancelled {
                    lock.withLock { first = first ?? (error.sent ? "maybe_sent" : "not_sent, \(error.told)") }
                }
                throw error
            }
        }
    }

    /// What a network does, and what is to be said of it: the codes of a read and of a write, and whether the request may
    /// have been sent. `proven`: only a transport that knows it ends so; `URLSession` cannot say it, or does not survive it.
    private struct Probe {
        let name: String
        var proven = false
        /// Whether the table of all runtimes has it.
        var listed = true
        var scheme = "http"
        var greeting = ""
        let read: Set<String>
        let write: Set<String>
        let sent: Set<String>
        var act: (@Sendable (Peer, Int) -> Bool)?
    }

    private static let probes: [Probe] = [
        Probe(name: "refuse", read: ["connection", "timeout"], write: ["connection", "timeout"], sent: ["not_sent"]),
        Probe(
            name: "blackhole", proven: true, read: ["timeout"], write: ["connection", "timeout"], sent: ["not_sent"]),
        Probe(
            name: "stall in the TLS handshake", proven: true, listed: false, scheme: "https", read: ["timeout"],
            write: ["connection", "timeout"], sent: ["not_sent"]
        ) { _, _ in true },
        Probe(
            name: "no TLS at all", proven: true, listed: false, scheme: "https", greeting: "SSH-2.0-OpenSSH_9.9\r\n",
            read: ["connection", "timeout"], write: ["connection", "timeout"], sent: ["not_sent"]
        ) { _, _ in true },
        Probe(
            name: "early close in the headers", proven: true, read: ["connection", "timeout"],
            write: ["outcome_unknown"], sent: ["maybe_sent"]
        ) { peer, _ in
            peer.send("HTTP/1.1 200 OK\r\nContent-Ty")
            return false
        },
        Probe(
            name: "headers without end", proven: true, listed: false, read: ["invalid_response", "timeout"],
            write: ["outcome_unknown"], sent: ["maybe_sent"]
        ) { peer, _ in
            peer.send("HTTP/1.1 200 OK\r\n")
            let line = "X-Filler: " + String(repeating: "x", count: 990) + "\r\n"
            return (0..<10_000).allSatisfy { _ in peer.send(line) }
        },
        Probe(name: "stall before the headers", read: ["timeout"], write: ["outcome_unknown"], sent: ["maybe_sent"]) {
            peer, _ in
            peer.wait()
            return false
        },
        Probe(name: "stall in the body", read: ["timeout"], write: ["outcome_unknown"], sent: ["maybe_sent"]) {
            peer, _ in
            peer.send(Wire.head + "{\"data\"")
            peer.wait()
            return false
        },
        Probe(name: "drip in the headers", read: ["timeout"], write: ["outcome_unknown"], sent: ["maybe_sent"]) {
            peer, _ in
            drip(peer, "HTTP/1.1 200 OK\r\nX-Drip: ")
        },
        Probe(name: "drip in the body", read: ["timeout"], write: ["outcome_unknown"], sent: ["maybe_sent"]) {
            peer, _ in
            drip(peer, Wire.head)
        },
        Probe(name: "redirect loop", read: ["unexpected_status"], write: ["outcome_unknown"], sent: ["-"]) { peer, _ in
            peer.send("HTTP/1.1 302 Found\r\nLocation: /api/coins\r\nContent-Length: 0\r\n\r\n")
        },
        Probe(
            name: "100 MB of body", read: ["invalid_response", "timeout"], write: ["outcome_unknown"],
            sent: ["maybe_sent"]
        ) { peer, _ in
            peer.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000000\r\n\r\n")
            let much = [UInt8](repeating: 0x20, count: 1_000_000)
            return (0..<100).allSatisfy { _ in peer.send(much) }
        },
        Probe(
            name: "chunked garbage", read: ["connection", "timeout"], write: ["outcome_unknown"], sent: ["maybe_sent"]
        ) { peer, _ in
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nno chunk\r\n")
            return false
        },
        Probe(name: "early close", read: ["connection", "timeout"], write: ["outcome_unknown"], sent: ["maybe_sent"]) {
            _, _ in
            false
        },
        Probe(
            name: "reset in the body", read: ["connection", "timeout"], write: ["outcome_unknown"], sent: ["maybe_sent"]
        ) { peer, _ in
            peer.send(Wire.head + "{\"data\"")
            peer.reset()
            return false
        },
        Probe(name: "half-closed", read: ["connection", "timeout"], write: ["outcome_unknown"], sent: ["maybe_sent"]) {
            peer, _ in
            peer.send(Wire.head)
            peer.halfClose()
            peer.wait()
            return false
        },
    ]

    private static func drip(_ peer: Peer, _ first: String) -> Bool {
        guard peer.send(first) else { return false }
        for _ in 0..<1000 {
            guard peer.send("x") else { return false }
            Thread.sleep(forTimeInterval: 0.02)
        }
        return false
    }

    private func client(_ url: String, _ change: (inout Configuration) -> Void = { _ in }) throws -> Cryptopay {
        var configuration = Configuration(environment: url, apiKey: "k", apiSecret: "hunter2")
        configuration.rateLimit = nil
        change(&configuration)
        return try Cryptopay(configuration)
    }

    private static func payout(_ client: Cryptopay, _ options: WriteOptions = .init()) async throws {
        _ = try await client.coinWithdrawals.create(
            address: "2N9", chargedCurrency: "EUR", receivedCurrency: "BTC", receivedAmount: "0.01", customId: "p-1",
            forceCommit: true, options: options)
    }

    func testEveryCallEndsByItsDeadlineAndSaysWhatMayHaveBeenSent() async throws {
        let before = Own.sockets
        for transport in Transport.all {
            for probe in Self.probes where transport.proves || !probe.proven {
                let (url, close) = place(probe)
                defer { close() }
                try await judged(transport, probe, url, 500, probe.read) {
                    _ = try await $0.coins.list(options: .init(timeout: 0.5))
                }
                try await judged(transport, probe, url, 2500, probe.write) {
                    try await Self.payout($0, .init(timeout: 2.5, attemptTimeout: 0.3))
                }
            }
        }
        for _ in 0..<200 where Own.sockets > before { try await Task.sleep(nanoseconds: 10_000_000) }
        XCTAssertLessThanOrEqual(Own.sockets, before, "sockets stay open")
    }

    private func place(_ probe: Probe) -> (String, () -> Void) {
        if let act = probe.act {
            let wire = Wire(greeting: probe.greeting, act)
            return (wire.url.replacingOccurrences(of: "http", with: probe.scheme), wire.close)
        }
        if probe.name == "refuse" { return (Wire.refusing(), {}) }
        let hole = BlackHole()
        return (hole.url, hole.close)
    }

    private func judged(
        _ transport: Transport, _ probe: Probe, _ url: String, _ deadline: Int, _ codes: Set<String>,
        _ call: @Sendable (Cryptopay) async throws -> Void
    ) async throws {
        var ended: [String] = []
        let name = "\(transport.name), \(probe.name)"
        try await Watch.inTime(deadline + 50, name) {
            let heard = Heard(transport.make())
            let client = try client(url) { $0.fetch = heard }
            let watch = Watch()
            var code = "none"
            var record: PendingRecord?
            do { try await call(client) } catch let error as any CryptopayError {
                (code, record) = (error.code, error.record)
            }
            XCTAssertTrue(codes.contains(code), "\(name): \(code)")
            XCTAssertEqual(record != nil, code == "outcome_unknown", name)
            XCTAssertTrue(probe.sent.contains { heard.sent.hasPrefix($0) }, "\(name): \(heard.sent)")
            let (passed, others) = watch.passed()
            ended = ["\(deadline)", "\(max(0, passed - others))", code, String(heard.sent.prefix { $0 != "," })]
            return watch
        }
        guard probe.listed, transport.name == Transport.all.first?.name else { return }
        try Ledger.add("deadlines-swift.tsv", ["\(probe.name), \(deadline > 1000 ? "write" : "read")"] + ended)
    }

    /// Asks, and hangs without listening to anybody.
    private struct DeafStore: PermitStore {
        func permit(_ permit: Permit) async throws -> Int {
            await withCheckedContinuation { woken in
                DispatchQueue.global().asyncAfter(deadline: .now() + 1) { woken.resume() }
            }
            return 0
        }
    }

    func testCancellingEndsACallAtOnceInEveryState() async throws {
        let stall = Wire { peer, _ in
            peer.wait()
            return false
        }
        let drip = Wire { peer, _ in Self.drip(peer, Wire.head) }
        let busy = Wire { peer, _ in peer.send("HTTP/1.1 503 Busy\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n") }
        let hole = BlackHole()
        defer {
            [stall, drip, busy].forEach { $0.close() }
            hole.close()
        }
        let states: [(String, String, Wire?)] = [
            ("connecting", hole.url, nil), ("before the headers", stall.url, stall), ("in the body", drip.url, drip),
            ("waiting for the next attempt", busy.url, busy), ("asking the shared limit", stall.url, nil),
        ]
        let sockets = Own.sockets
        for transport in Transport.all {
            for (name, url, wire) in states { try await cancelled(transport, name, url, wire) }
        }
        let gone = try await stall.left()
        let dripped = try await drip.left()
        XCTAssertTrue(gone && dripped, "sockets are left")
        for _ in 0..<200 where Own.sockets > sockets { try await Task.sleep(nanoseconds: 10_000_000) }
        XCTAssertLessThanOrEqual(Own.sockets, sockets)
    }

    private func cancelled(_ transport: Transport, _ name: String, _ url: String, _ wire: Wire?) async throws {
        let client = try client(url) {
            $0.fetch = transport.make()
            if name == "asking the shared limit" { $0.sharedLimit = DeafStore() }
        }
        try await Watch.inTime(20, name) {
            let seen = wire?.requests.count ?? 0
            let running = Task { try await WireTests.payout(client) }
            if let wire { try await wire.arrived(seen + 1) } else { try await Task.sleep(nanoseconds: 150_000_000) }
            let watch = Watch()
            running.cancel()
            guard case .failure(let ended) = await running.result, let error = ended as? any CryptopayError else {
                throw Wrong("\(name): it was answered")
            }
            XCTAssertTrue(error.cause is CancellationError, "\(name): \(error)")
            let nothing = name == "asking the shared limit" || transport.proves && name == "connecting"
            XCTAssertEqual(error.record == nil, nothing, "\(transport.name), \(name): \(error)")
            return watch
        }
    }
}
