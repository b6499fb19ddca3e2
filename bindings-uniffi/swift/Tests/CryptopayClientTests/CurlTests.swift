// The transport over libcurl to the byte: nothing is added to what was signed, nothing comes through that the core does not
// read, proxies and broken TLS sent nothing, and what is dropped is gone.
#if os(Linux)
    import Drill
    import XCTest

    @testable import CryptopayClient

    final class CurlTests: XCTestCase {
        private static func request(
            _ method: String, _ url: String, _ body: String? = nil, maxBody: Int = 1 << 20, timeoutMs: Int = 20_000,
            encoding: String? = nil
        ) -> Request {
            var headers: [(name: String, value: String)] = [
                ("X-Last", "b"), ("Authorization", "HMAC k:s"), ("Date", "Thu, 01 Jan 2026 00:00:00 GMT"),
                ("X-Empty", ""),
            ]
            if let encoding { headers.append(("Accept-Encoding", encoding)) }
            return Request(
                method: method, url: url, headers: headers, body: body.map { Data($0.utf8) }, timeoutMs: timeoutMs,
                maxBody: maxBody)
        }

        func testAHeadIsWhatWasSignedAndNothingElse() async throws {
            let wire = Wire { peer, _ in peer.send(Wire.ok) }
            defer { wire.close() }
            let fetch = CurlFetch()
            let long = String(repeating: "x", count: 2 << 20)
            let asked: [(String, String?, String)] = [
                ("GET", nil, ""), ("POST", "{\"a\":1}", "Content-Length: 7"), ("POST", nil, "Content-Length: 0"),
                ("PATCH", "{}", "Content-Length: 2"), ("POST", long, "Content-Length: 2097152"), ("GET", nil, ""),
            ]
            for (at, (method, body, length)) in asked.enumerated() {
                let path = "/api/x%2Fy/../%c3%A4;a=b?q=a%20b&c=[]"
                _ = try await fetch.fetch(Self.request(method, wire.url + path, body))
                let expected = [
                    "\(method) \(path) HTTP/1.1", "Host: \(wire.url.dropFirst(7))", "X-Last: b",
                    "Authorization: HMAC k:s",
                    "Date: Thu, 01 Jan 2026 00:00:00 GMT", "X-Empty:", length,
                ]
                XCTAssertEqual(wire.requests[at].components(separatedBy: "\r\n"), expected.filter { !$0.isEmpty })
            }
            XCTAssertEqual(wire.connections, 1)
        }

        func testALineBreakInAHeaderIsNotSent() async throws {
            let wire = Wire { peer, _ in peer.send(Wire.ok) }
            defer { wire.close() }
            for value in ["a\r\nX-Evil: 1", "a\nb", "a\0b"] {
                let evil = Request(method: "GET", url: wire.url, headers: [("X-Name", value)])
                let error = await Self.failure(CurlFetch(), evil)
                XCTAssertEqual(error?.sent, false)
            }
            XCTAssertEqual(wire.connections, 0)
        }

        func testOnlyTheLastHeadIsRead() async throws {
            let wire = Wire { peer, _ in
                peer.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n")
                peer.send(
                    "HTTP/1.1 429 Slow\r\nDATE:  now \r\nSet-Cookie: a=b\r\nCF-Ray: 7\r\nTransfer-Encoding: chunked\r\n\r\n"
                )
                return peer.send("2\r\n{}\r\n0\r\nRetry-After: 5\r\n\r\n")
            }
            defer { wire.close() }
            let fetch = CurlFetch()
            for _ in 0..<2 {
                let response = try await fetch.fetch(Self.request("GET", wire.url))
                XCTAssertEqual(response.status, 429)
                XCTAssertEqual(response.headers.map { "\($0.name)=\($0.value)" }, ["date=now", "cf-ray=7"])
                XCTAssertEqual(response.body, Data("{}".utf8))
            }
            XCTAssertFalse(wire.requests[1].lowercased().contains("cookie"))
        }

        func testABodyIsDecodedOnlyWhenAskedAndStaysSmall() async throws {
            // By Python's gzip: `{"data":{}}`, and 100,000 spaces.
            let small = try XCTUnwrap(Data(base64Encoded: "H4sIAAAAAAACA6tWSkksSVSyqq6tBQDWBnvzCwAAAA=="))
            let large = try XCTUnwrap(
                Data(
                    base64Encoded: "H4sIAAAAAAACA+3BMQEAAADCoCrrn9IaHkAB" + String(repeating: "A", count: 128)
                        + "rwYt8HnKoIYBAA=="))
            let wire = Wire { peer, number in
                let body = number < 3 ? small : large
                peer.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(body.count)\r\n\r\n")
                return peer.send(Array(body))
            }
            defer { wire.close() }
            let fetch = CurlFetch()
            let raw = try await fetch.fetch(Self.request("GET", wire.url))
            XCTAssertEqual(raw.body, small)
            XCTAssertFalse(wire.requests[0].lowercased().contains("accept-encoding"))
            let read = try await fetch.fetch(Self.request("GET", wire.url, encoding: "gzip"))
            XCTAssertEqual(read.body, Data("{\"data\":{}}".utf8))
            XCTAssertTrue(wire.requests[1].contains("\r\nAccept-Encoding: gzip"))
            let error = await Self.failure(fetch, Self.request("GET", wire.url, maxBody: 99_999, encoding: "gzip"))
            XCTAssertEqual(error?.kind, .tooLarge)
            let fits = try await fetch.fetch(Self.request("GET", wire.url, maxBody: 100_000, encoding: "gzip"))
            XCTAssertEqual(fits.body.count, 100_000)
        }

        func testAConnectionThatTheServerClosedMeanwhileIsNotUsed() async throws {
            let wire = Wire { peer, _ in
                peer.send(Wire.ok)
                return false
            }
            defer { wire.close() }
            let fetch = CurlFetch()
            for number in 1...3 {
                let response = try await fetch.fetch(Self.request("POST", wire.url))
                XCTAssertEqual(response.status, 200)
                // Its end is here before the next one asks.
                let gone = try await wire.left()
                XCTAssertTrue(gone)
                XCTAssertEqual(wire.requests.count, number)
            }
        }

        func testAProxyThatRefusesSentNothingAndSeesNoSignature() async throws {
            let proxy = Wire { peer, _ in peer.send("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n") }
            defer { proxy.close() }
            let error = await Self.failure(
                CurlFetch(proxy: proxy.url), Self.request("POST", "https://example.invalid/api/x"))
            XCTAssertEqual(error?.sent, false)
            XCTAssertEqual(error?.kind, .connect)
            XCTAssertTrue(proxy.requests[0].hasPrefix("CONNECT example.invalid:443 HTTP/1.1\r\n"), proxy.requests[0])
            XCTAssertFalse(proxy.requests[0].contains("Authorization"))
            // Without TLS it is the proxy that answers.
            let answer = try await CurlFetch(proxy: proxy.url).fetch(
                Self.request("GET", "http://example.invalid/api/x"))
            XCTAssertEqual(answer.status, 403)
            let gone = await Self.failure(
                CurlFetch(proxy: Wire.refusing()), Self.request("POST", "http://example.invalid/"))
            XCTAssertEqual(gone?.sent, false)
        }

        func testTheEnvironmentsProxySeesNoPlainRequest() async throws {
            let proxy = Wire { peer, _ in peer.send("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n") }
            let wire = Wire { peer, _ in peer.send(Wire.ok) }
            let names = ["http_proxy", "https_proxy"]
            for name in names { setenv(name, proxy.url, 1) }
            defer {
                for name in names { unsetenv(name) }
                proxy.close()
                wire.close()
            }
            let fetch = CurlFetch()
            for _ in 1...2 {
                let response = try await fetch.fetch(Self.request("POST", wire.url))
                XCTAssertEqual(response.status, 200)
                let refused = await Self.failure(fetch, Self.request("POST", "https://example.invalid/"))
                XCTAssertEqual(refused?.sent, false)
            }
            XCTAssertEqual(wire.requests.count, 2)
            XCTAssertEqual(proxy.requests.map { String($0.prefix(8)) }, ["CONNECT ", "CONNECT "])
        }

        func testErrorsTellLibcurlsCodeAndNothingOfTheRequest() async throws {
            let error = await Self.failure(CurlFetch(), Self.request("POST", Wire.refusing() + "/api/secret-path"))
            XCTAssertEqual((error?.cause as? CurlError)?.code, 7)
            XCTAssertEqual(
                error?.told, "no connection to the host (curl 7: \((error?.cause as? CurlError)?.words ?? ""))")
            for url in ["ftp://127.0.0.1/", "file:///etc/passwd", "http://user:word@127.0.0.1/", "no url", ""] {
                let error = await Self.failure(CurlFetch(), Self.request("GET", url))
                XCTAssertEqual(error?.sent, false, url)
                XCTAssertFalse(error?.told.contains("127.0.0.1") ?? true, error?.told ?? "it was answered")
            }
        }

        func testTransportsThatNobodyClosesLeaveNothing() async throws {
            let wire = Wire { peer, _ in peer.send(Wire.ok) }
            defer { wire.close() }
            func one() async throws { _ = try await CurlFetch().fetch(Self.request("GET", wire.url)) }
            for _ in 0..<5 { try await one() }
            let (files, threads) = (Own.files, Own.threads)
            for _ in 0..<100 { try await one() }
            // A thread ends a moment after its transport; the server's own have one more for each connection meanwhile.
            for _ in 0..<400 where Own.files > files + 8 || Own.threads > threads + 8 {
                try await Task.sleep(nanoseconds: 10_000_000)
            }
            // Some that the system made for itself, but not one for each transport.
            XCTAssertLessThanOrEqual(Own.files, files + 8)
            XCTAssertLessThanOrEqual(Own.threads, threads + 8)
        }

        func testMemoryStaysFlatOverManyExchanges() async throws {
            let wire = Wire { peer, _ in peer.send(Wire.ok) }
            defer { wire.close() }
            let fetch = CurlFetch()
            func many(_ count: Int) async throws {
                for at in 0..<count {
                    _ = try await fetch.fetch(
                        Self.request(at % 2 == 0 ? "GET" : "POST", wire.url, at % 2 == 0 ? nil : "{\"a\":1}"))
                }
            }
            try await many(1000)
            let before = Own.memory
            try await many(3000)
            // The server of this test keeps each head.
            let heads = wire.requests.suffix(3000).reduce(0) { $0 + $1.utf8.count + 64 }
            XCTAssertLessThan(Own.memory - before, heads + 1_200_000)
        }

        func testCancelledExchangesAllEndAndOthersGoOn() async throws {
            let wire = Wire { peer, _ in peer.send(Wire.ok) }
            defer { wire.close() }
            let fetch = CurlFetch()
            let ended = await withTaskGroup(of: [Int].self) { group in
                for lane in 0..<32 {
                    group.addTask {
                        var ended: [Int] = []
                        for at in 0..<32 {
                            let asked = Self.request("GET", wire.url, timeoutMs: 60_000)
                            let task = Task { try await fetch.fetch(asked) }
                            if at % 2 == 1 {
                                for _ in 0..<(lane + at) % 7 { await Task.yield() }
                                task.cancel()
                            }
                            let status = try? await task.value.status
                            // Answered before, or ended.
                            ended.append(at % 2 == 1 ? 0 : status ?? -1)
                        }
                        return ended
                    }
                }
                return await group.reduce(into: [Int: Int]()) { all, one in one.forEach { all[$0, default: 0] += 1 } }
            }
            XCTAssertEqual(ended, [0: 512, 200: 512])
        }

        func testANameThatNobodyAnswersForHoldsUpNobodyAndIsNotConnectedToLater() async throws {
            drill_name_stuck(1)
            // Should it be waited for, then not for ever.
            DispatchQueue.global().asyncAfter(deadline: .now() + 8) { drill_name_stuck(0) }
            defer { drill_name_stuck(0) }
            let wire = Wire { peer, _ in peer.send(Wire.ok) }
            defer { wire.close() }
            let fetch = CurlFetch(CurlSettings(proxy: "", authorities: nil, quickExit: false))
            let url = "http://stuck.invalid:" + (wire.url.split(separator: ":").last ?? "")
            let asked = Self.request("POST", url, "{}")
            let cancelled = Task { await CurlTests.failure(fetch, asked) }
            let began = DispatchTime.now()
            let late = await Self.failure(fetch, Self.request("POST", url, "{}", timeoutMs: 300))
            XCTAssertEqual(late?.kind, .timeout)
            XCTAssertEqual(late?.sent, false)
            cancelled.cancel()
            let ended = await cancelled.value
            XCTAssertEqual(ended?.kind, .broken)
            XCTAssertEqual(ended?.sent, false)
            // Past the time after which libcurl itself would end the first.
            try await Task.sleep(nanoseconds: 1_500_000_000)
            let answer = try await fetch.fetch(Self.request("GET", wire.url))
            XCTAssertEqual(answer.status, 200)
            let took = Double(DispatchTime.now().uptimeNanoseconds - began.uptimeNanoseconds) / 1e9
            XCTAssertLessThan(took, 6)
            drill_name_stuck(0)
            try await Task.sleep(nanoseconds: 300_000_000)
            XCTAssertEqual(wire.requests.count, 1)
            XCTAssertEqual(wire.connections, 1)
            // It is looked up now, and what was left behind leaves no time behind on its handle.
            for _ in 0..<3 {
                let found = try await fetch.fetch(Self.request("GET", url))
                XCTAssertEqual(found.status, 200)
            }
        }

        private static func failure(_ fetch: any Fetch, _ request: Request) async -> FetchError? {
            do {
                _ = try await fetch.fetch(request)
                return nil
            } catch {
                return error as? FetchError
            }
        }
    }
#endif
