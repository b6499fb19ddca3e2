// What callers rely on: cancelling ends a call at once and says what may have been sent, nothing shows a secret, and a
// callback is handled once.
import XCTest

@testable import CryptopayClient

final class ClientTests: XCTestCase {
    /// A transport that never answers and does not listen when it is cancelled.
    private struct Deaf: Fetch {
        func fetch(_ request: Request) async throws -> Response {
            await withCheckedContinuation { continuation in
                DispatchQueue.global().asyncAfter(deadline: .now() + 1) { continuation.resume() }
            }
            throw FetchError(.broken, sent: true)
        }
    }

    private func client(_ fetch: any Fetch, _ change: (inout Configuration) -> Void = { _ in }) throws -> Cryptopay {
        var configuration = Configuration(environment: "sandbox", apiKey: "the-key", apiSecret: "the-s3cret")
        configuration.callbackSecrets = ["the-callback-s3cret"]
        configuration.fetch = fetch
        change(&configuration)
        return try Cryptopay(configuration)
    }

    func testACancelledPayoutEndsAtOnceAndCarriesItsRecord() async throws {
        let client = try client(Deaf())
        try await Watch.inTime(20) {
            let running = Task {
                try await client.coinWithdrawals.create(
                    address: "2N9", chargedCurrency: "EUR", receivedCurrency: "BTC", receivedAmount: "0.01",
                    customId: "p-1")
            }
            try await Task.sleep(nanoseconds: 100_000_000)
            let watch = Watch()
            running.cancel()
            do {
                _ = try await running.value
                XCTFail("it was answered")
            } catch let error as OutcomeUnknownError {
                XCTAssertEqual(error.record?.customId, "p-1")
                XCTAssertTrue(error.cause is CancellationError)
                let stored = try JSONDecoder().decode(PendingRecord.self, from: JSONEncoder().encode(error.record))
                XCTAssertEqual(stored.customId, "p-1")
            }
            return watch
        }
    }

    func testACancelledReadSaysSo() async throws {
        let client = try client(Deaf())
        let running = Task { try await client.coins.list() }
        try await Task.sleep(nanoseconds: 50_000_000)
        running.cancel()
        do {
            _ = try await running.value
            XCTFail("it was answered")
        } catch let error as CallCancelledError {
            XCTAssertNil(error.record)
        }
    }

    func testADeafTransportIsNotWaitedFor() async throws {
        let client = try client(Deaf()) { $0.maxRetries = 0 }
        try await Watch.inTime(350) {
            let watch = Watch()
            do {
                _ = try await client.coins.list(options: .init(timeout: 0.3, attemptTimeout: 0.1))
                XCTFail("it was answered")
            } catch is TimeoutExceededError {}
            return watch
        }
    }

    func testARefusedConnectionIsAConnectionErrorAlsoForAWrite() async throws {
        let client = try client(DefaultFetch()) {
            $0.environment = "http://127.0.0.1:9"
            $0.maxRetries = 0
        }
        do {
            _ = try await client.invoices.create(
                priceAmount: 100, priceCurrency: "EUR", payCurrency: "BTC", customId: "o-1")
            XCTFail("it was answered")
        } catch let error as ConnectionFailedError {
            XCTAssertNil(error.record)
        }
    }

    func testNothingShowsASecret() throws {
        let client = try client(Deaf())
        var dumped = ""
        dump(client, to: &dumped)
        dump(client.callbacks, to: &dumped)
        var configuration = Configuration(environment: "sandbox", apiKey: "the-key", apiSecret: "the-s3cret")
        configuration.callbackSecrets = ["the-callback-s3cret"]
        dump(configuration, to: &dumped)
        let request = Request(
            method: "POST", url: "http://x/", headers: [("Authorization", "HMAC the-s3cret")], body: nil, timeoutMs: 1,
            maxBody: 1, fresh: false, purpose: "send")
        dump(request, to: &dumped)
        dumped += "\(client) \(String(reflecting: client)) \(client.callbacks) \(configuration) \(request)"
        dumped += String(reflecting: configuration) + String(reflecting: client.callbacks) + String(reflecting: request)
        XCTAssertFalse(dumped.contains("s3cret"), dumped)
    }

    func testAmountsAreExactAndCompareByValue() throws {
        // A literal in place of `text` would be the amount itself, to be checked by the call.
        func amount(_ text: String) -> Amount? { Amount(text) }
        XCTAssertEqual(amount("1.0"), amount("1"))
        XCTAssertEqual(amount("1.0")?.hashValue, amount("1")?.hashValue)
        XCTAssertNil(amount("12abc"))
        XCTAssertNil(amount("1e5"))
        XCTAssertEqual(amount("0.1")?.decimal, Decimal(sign: .plus, exponent: -1, significand: 1))
        XCTAssertNil(amount(String(repeating: "7", count: 60))?.decimal)
    }

    func testASettingThatIsWrongIsRefused() throws {
        XCTAssertThrowsError(try Cryptopay(environment: "http://example.com", apiKey: "k", apiSecret: "s")) { error in
            XCTAssertTrue(error is ConfigurationError)
        }
        XCTAssertThrowsError(try Cryptopay.fromEnvironment([:])) { error in
            XCTAssertTrue("\(error)".contains("CRYPTOPAY_ENVIRONMENT"), "\(error)")
        }
    }

    func testACallbackIsHandledOnceAndSecretsRotate() async throws {
        let body = Data(#"{"type":"Invoice","event":"status_changed","data":{"id":"1","status":"completed"}}"#.utf8)
        let signature = try Callbacks(secrets: ["old"]).sign(body: body)
        let callbacks = Callbacks(secrets: ["new", "old"])
        XCTAssertEqual(try callbacks.verify(body: body, signature: signature).secret, 1)
        let store = MemoryStore()
        struct Failed: Error {}
        do {
            _ = try await callbacks.receive(body: body, signature: signature, store: store) { _ in throw Failed() }
            XCTFail("it was handled")
        } catch is Failed {}
        let first = try await callbacks.receive(body: body, signature: signature, store: store) { _ in }
        let again = try await callbacks.receive(body: body, signature: signature, store: store) { _ in
            XCTFail("handled twice")
        }
        XCTAssertEqual([first.text, again.text], ["ok", "handled before"])
        let forged = try await callbacks.receive(body: body, signature: "00", store: store) { _ in XCTFail("forged") }
        XCTAssertEqual(forged.status, 400)
    }
}
