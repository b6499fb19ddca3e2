// A transport by itself: it sends what was signed once, on the connection that was asked for, says whether it can have left,
// and leaves nothing behind.
import XCTest

@testable import CryptopayClient

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

final class TransportTests: XCTestCase {
    private func asked(_ url: String, _ method: String = "POST", _ body: String? = "{\"a\":1}", fresh: Bool = false)
        -> Request
    {
        Request(
            method: method, url: "\(url)/api/x%2Fy",
            headers: [("Authorization", "HMAC k:s"), ("Content-Type", "application/json")],
            body: body.map { Data($0.utf8) }, timeoutMs: 20_000, maxBody: 1 << 20, fresh: fresh, purpose: "send")
    }

    func testAnExchangeCarriesWhatWasSigned() async throws {
        let wire = Wire { peer, _ in peer.send(Wire.ok) }
        defer { wire.close() }
        for (at, transport) in Transport.all.enumerated() {
            let response = try await transport.make().fetch(asked(wire.url))
            XCTAssertEqual(response.status, 200)
            XCTAssertEqual(response.body, Data("{\"data\":{}}".utf8))
            let head = wire.requests[at]
            XCTAssertTrue(head.hasPrefix("POST /api/x%2Fy HTTP/1.1"), head)
            XCTAssertTrue(head.lowercased().contains("\r\nauthorization: hmac k:s"), head)
        }
    }

    /// How a server breaks a connection when the second request on it comes.
    private struct Break: Sendable {
        let name: String
        /// URLSession on Linux does not survive it.
        var survivable = true
        /// Whether it reads the request before.
        var reads = true
        let act: @Sendable (Peer) -> Void
    }

    private static let breaks = [
        Break(name: "closes without a word") { _ in },
        Break(name: "resets without a word") { $0.reset() },
        Break(name: "closes in the status line", survivable: false) { $0.send("HTTP/1.1 2") },
        Break(name: "closes in the headers", survivable: false) { $0.send("HTTP/1.1 204 Done\r\nDate: Thu") },
        Break(name: "closes before the empty line", survivable: false) { $0.send("HTTP/1.1 204 Done\r\nAge: 1\r\n") },
        Break(name: "closes after an interim answer", survivable: false) { $0.send("HTTP/1.1 103 Hints\r\n\r\n") },
        Break(name: "resets in the headers") { peer in
            peer.send("HTTP/1.1 200 OK\r\nDate: ")
            peer.reset()
        },
        Break(name: "closes in the body") { $0.send(Wire.head) },
        Break(name: "resets before it reads it", reads: false) { $0.reset() },
        Break(name: "resets when it has read a part", reads: false) { peer in
            _ = peer.receive()
            peer.reset()
        },
    ]

    func testNothingIsSentTwiceOnAReusedConnection() async throws {
        for transport in Transport.all {
            for how in Self.breaks where transport.proves || how.survivable {
                try await broken(transport, how, "POST", "{\"a\":1}")
                try await broken(transport, how, "POST", "{\"a\":\"" + String(repeating: "1", count: 1 << 20) + "\"}")
                // These get a connection of their own from URLSession, or are sent again.
                if transport.proves || how.reads { try await broken(transport, how, "POST", nil) }
                if transport.proves { try await broken(transport, how, "GET", nil) }
            }
        }
    }

    private func broken(_ transport: Transport, _ how: Break, _ method: String, _ body: String?) async throws {
        let wire = Wire { peer, number in
            if number == 1 {
                peer.send(Wire.ok)
                if how.reads { return true }
                peer.expect()
            }
            how.act(peer)
            return false
        }
        defer { wire.close() }
        let told = "\(transport.name), \(method) of \(body?.count ?? 0) bytes, the server \(how.name)"
        let error = try await Self.second(
            transport.make(), asked(wire.url, "GET", nil), asked(wire.url, method, body))
        XCTAssertEqual(error?.sent, true, told)
        XCTAssertEqual(error?.kind, .broken, told)
        let gone = try await wire.left()
        XCTAssertTrue(gone, told)
        XCTAssertEqual(wire.requests.count, how.reads ? 2 : 1, told)
    }

    /// How the second of two requests fails, with a transport that is gone then.
    private static func second(_ fetch: any Fetch, _ first: Request, _ second: Request) async throws -> FetchError? {
        _ = try await fetch.fetch(first)
        do {
            _ = try await fetch.fetch(second)
            return nil
        } catch let error as FetchError {
            return error
        }
    }

    func testAFreshRequestGetsAConnectionOfItsOwnAndOthersShare() async throws {
        for transport in Transport.all {
            let wire = Wire { peer, _ in peer.send(Wire.ok) }
            defer { wire.close() }
            let fetch = transport.make()
            for (fresh, connections) in [(false, 1), (false, 1), (true, 2), (true, 3), (false, 3)] {
                _ = try await fetch.fetch(asked(wire.url, fresh: fresh))
                XCTAssertEqual(wire.connections, connections, transport.name)
            }
        }
    }

    func testAnUnknownHostSentNothing() async throws {
        for transport in Transport.all {
            do {
                _ = try await transport.make().fetch(asked("http://nowhere.invalid:1"))
                XCTFail("it was answered")
            } catch let error as FetchError {
                XCTAssertFalse(error.sent, transport.name)
            }
        }
    }

    func testOnlyWhatCurlCallsARefusalWasNotSent() {
        func told(_ code: URLError.Code, _ words: String) -> FetchError {
            let error = NSError(
                domain: NSURLErrorDomain, code: code.rawValue, userInfo: [NSLocalizedDescriptionKey: words])
            return FetchError.of(session: URLError(_nsError: error))
        }
        XCTAssertFalse(told(.cannotConnectToHost, "Failed to connect to 127.0.0.1 port 9 after 0 ms: …").sent)
        XCTAssertFalse(told(.cannotFindHost, "Could not resolve host: nowhere.invalid").sent)
        // Refused at one address, connected at another, broken after the request.
        XCTAssertTrue(told(.cannotConnectToHost, "Recv failure: Connection reset by peer").sent)
        XCTAssertTrue(told(.cannotConnectToHost, "").sent)
        XCTAssertTrue(told(.networkConnectionLost, "Recv failure: Connection reset by peer").sent)
    }

    func testConnectionsOfOneUseLeaveNothing() async throws {
        for transport in Transport.all {
            let wire = Wire { peer, _ in peer.send(Wire.ok) }
            defer { wire.close() }
            let fetch = transport.make()
            for _ in 0..<20 { _ = try await fetch.fetch(asked(wire.url, fresh: true)) }
            let (sockets, threads) = (Own.sockets, Own.threads)
            for _ in 0..<200 { _ = try await fetch.fetch(asked(wire.url, fresh: true)) }
            for _ in 0..<200 where Own.sockets > sockets { try await Task.sleep(nanoseconds: 10_000_000) }
            XCTAssertLessThanOrEqual(Own.sockets, sockets, transport.name)
            XCTAssertLessThanOrEqual(Own.threads, threads + 8, transport.name)
        }
    }
}
