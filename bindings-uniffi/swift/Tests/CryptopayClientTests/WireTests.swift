// The transports on networks that misbehave: every call ends by its deadline with the right code, says rightly what
// may have been sent, sends no write twice, and leaves nothing behind.
import XCTest

@testable import CryptopayClient

final class WireTests: XCTestCase {
    /// Remembers what the transport itself said of each request.
    private final class Heard: KeepsTime, @unchecked Sendable {
        private let inner: any KeepsTime
        private let lock = NSLock()
        private var told: [String] = []
        var sent: [String] { lock.withLock { told } }

        init(_ inner: any KeepsTime) { self.inner = inner }

        func fetch(_ request: Request) async throws -> Response {
            do {
                let response = try await inner.fetch(request)
                lock.withLock { told.append("-") }
                return response
            } catch let error as FetchError {
                // An attempt whose time was over before it began says nothing of the network.
                if error.sent || !Task.isCancelled {
                    lock.withLock { told.append(error.sent ? "maybe_sent" : "not_sent, \(error.told)") }
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
            peer.send(Wire.head + "{\"data\"")
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
                let (place, close) = place(probe)
                defer { close() }
                try await judged(transport, probe, place, 500, probe.read) {
                    _ = try await $0.coins.list(options: .init(timeout: 0.5))
                }
                try await judged(transport, probe, place, 2500, probe.write) {
                    try await Self.payout($0, .init(timeout: 2.5, attemptTimeout: 0.3))
                }
            }
        }
        for _ in 0..<200 where Own.sockets > before { try await Task.sleep(nanoseconds: 10_000_000) }
        XCTAssertLessThanOrEqual(Own.sockets, before, "sockets stay open")
    }

    /// Where a probe is, and who sees there what was sent.
    private struct Place {
        let url: String
        var wire: Wire?
    }

    private func place(_ probe: Probe) -> (Place, () -> Void) {
        if let act = probe.act {
            let wire = Wire(greeting: probe.greeting, act)
            let url = wire.url.replacingOccurrences(of: "http", with: probe.scheme)
            return (Place(url: url, wire: wire), wire.close)
        }
        if probe.name == "refuse" { return (Place(url: Wire.refusing()), {}) }
        let hole = BlackHole()
        return (Place(url: hole.url), hole.close)
    }

    private func judged(
        _ transport: Transport, _ probe: Probe, _ place: Place, _ deadline: Int, _ codes: Set<String>,
        _ call: @Sendable (Cryptopay) async throws -> Void
    ) async throws {
        var ended: [String] = []
        let write = deadline > 1000
        let name = "\(transport.name), \(probe.name), \(write ? "write" : "read")"
        // What is sent over TLS that never comes about is not seen, nor is it a request.
        let posts = write && probe.scheme == "http" ? 1 : 0
        try await Watch.inTime(deadline + 50, name) {
            let before = place.wire?.posts ?? 0
            let heard = Heard(transport.make())
            let client = try client(place.url) { $0.fetch = heard }
            let watch = Watch()
            var code = "none"
            var record: PendingRecord?
            do { try await call(client) } catch let error as any CryptopayError {
                (code, record) = (error.code, error.record)
            }
            let (passed, others) = watch.passed()
            // Each try is judged whole; only one that is late is made again.
            XCTAssertTrue(codes.contains(code), "\(name): \(code)")
            XCTAssertEqual(record != nil, code == "outcome_unknown", name)
            XCTAssertFalse(heard.sent.isEmpty, "\(name): nothing was said of what was sent")
            for sent in heard.sent {
                XCTAssertTrue(probe.sent.contains { sent.hasPrefix($0) }, "\(name): \(heard.sent)")
            }
            if let wire = place.wire {
                // A write is sent once, not less and not more; what comes later than the call ends is waited for.
                for _ in 0..<200 where wire.posts < before + posts { try await Task.sleep(nanoseconds: 5_000_000) }
                try await Task.sleep(nanoseconds: 30_000_000)
                XCTAssertEqual(wire.posts - before, posts, "\(name): POSTs")
            }
            let sent = String((heard.sent.first ?? "-").prefix { $0 != "," })
            ended = ["\(deadline)", "\(max(0, passed - others))", code, sent]
            return watch
        }
        guard probe.listed, transport.name == Transport.all.first?.name else { return }
        try Ledger.add("deadlines-swift.tsv", ["\(probe.name), \(write ? "write" : "read")"] + ended)
    }

    func testNothingGrowsWithTheCalls() async throws {
        let names = [
            "refuse", "stall in the body", "chunked garbage", "early close", "reset in the body", "half-closed",
        ]
        for transport in Transport.all {
            let probes = Self.probes.filter { names.contains($0.name) }
            let places = probes.map { place($0) }
            defer { places.forEach { $0.1() } }
            func calls() async throws {
                for (probe, (place, _)) in zip(probes, places) {
                    for _ in 0..<20 {
                        let client = try client(place.url) {
                            ($0.fetch, $0.maxRetries) = (transport.make(), 0)
                        }
                        do {
                            _ = try await client.coins.list(options: .init(timeout: 0.1))
                            XCTFail("\(probe.name): it was answered")
                        } catch is any CryptopayError {}
                    }
                }
                // What a call has begun to close takes a moment.
                try await Task.sleep(nanoseconds: 300_000_000)
            }
            try await calls()
            let (sockets, threads) = (Own.sockets, Own.threads)
            try await calls()
            for _ in 0..<200 where Own.sockets > sockets || Own.threads > threads + 8 {
                try await Task.sleep(nanoseconds: 10_000_000)
            }
            XCTAssertLessThanOrEqual(Own.sockets, sockets, transport.name)
            // A pool may keep a few more; each of 120 calls would leave one.
            XCTAssertLessThanOrEqual(Own.threads, threads + 8, transport.name)
        }
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
            let (seen, posts) = (wire?.requests.count ?? 0, wire?.posts ?? 0)
            let running = Task { try await WireTests.payout(client) }
            if let wire { try await wire.arrived(seen + 1) } else { try await Task.sleep(nanoseconds: 150_000_000) }
            let watch = Watch()
            running.cancel()
            guard case .failure(let ended) = await running.result, let error = ended as? any CryptopayError else {
                throw Wrong("\(name): it was answered")
            }
            _ = watch.passed()
            if let wire {
                try await Task.sleep(nanoseconds: 30_000_000)
                XCTAssertEqual(wire.posts - posts, 1, "\(transport.name), \(name): POSTs")
            }
            XCTAssertTrue(error.cause is CancellationError, "\(name): \(error)")
            let nothing = name == "asking the shared limit" || transport.proves && name == "connecting"
            XCTAssertEqual(error.record == nil, nothing, "\(transport.name), \(name): \(error)")
            return watch
        }
    }
}
