// What callers rely on: cancelling ends a call at once and says what may have been sent, and what is wrong is refused.
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

    func testAnAmountIsMadeOfTextAWholeNumberOrADecimalAndOfNoFloat() {
        let exact = Decimal(sign: .plus, exponent: -3, significand: 3133)
        let amounts: [Amount?] = [Amount(exact), Amount("3.133"), "3.133", Amount(-7), 7]
        XCTAssertEqual(amounts.map { $0?.text }, ["3.133", "3.133", "3.133", "-7", "7"])
        // `Amount(3.133)` does not compile: a literal without another type is a `Double`.
        let literal: Any = 3.133
        XCTAssertFalse(literal is any ExactNumber)
    }

    func testASettingThatIsWrongIsRefused() throws {
        XCTAssertThrowsError(try Cryptopay(environment: "http://example.com", apiKey: "k", apiSecret: "s")) { error in
            XCTAssertTrue(error is ConfigurationError)
        }
        XCTAssertThrowsError(try Cryptopay.fromEnvironment([:])) { error in
            XCTAssertTrue("\(error)".contains("CRYPTOPAY_ENVIRONMENT"), "\(error)")
        }
    }

    func testNoRateLimitIsAskedForAndZeroIsRefused() throws {
        var configuration = Configuration(environment: "sandbox", apiKey: "k", apiSecret: "s")
        for wrong in [0, -1, 201] {
            configuration.rateLimit = wrong
            XCTAssertThrowsError(try Cryptopay(configuration)) { error in
                XCTAssertTrue("\(error)".contains("1 to 200, or null (None, nil) for no limit"), "\(error)")
            }
        }
        for good in [nil, 1, 200] {
            configuration.rateLimit = good
            _ = try Cryptopay(configuration)
        }
    }

    /// Answers everything with a 202 without an object, and every question for one with a 404.
    private struct Accepting: Fetch {
        func fetch(_ request: Request) async throws -> Response {
            guard request.method == "GET" else { return Response(status: 202, headers: [], body: Data("{}".utf8)) }
            return Response(status: 404, headers: [], body: Data(#"{"error":{"code":"not_found"}}"#.utf8))
        }
    }

    func testAPayoutThatIsAcceptedWithoutAnObjectIsUnknownAndCarriesItsRecord() async throws {
        let client = try client(Accepting())
        do {
            _ = try await client.coinWithdrawals.create(
                address: "2N9", chargedCurrency: "EUR", receivedCurrency: "BTC", receivedAmount: "0.01",
                customId: "p-1", forceCommit: true)
            XCTFail("it was answered")
        } catch let error as OutcomeUnknownError {
            XCTAssertEqual(error.record?.customId, "p-1")
            XCTAssertEqual(error.message, "the API accepted the request, but has not finished it")
            XCTAssertTrue(error.description.contains("do not send it again: store the record"), "\(error)")
            XCTAssertEqual(error.accepted?.status, 202)
            XCTAssertEqual(error.accepted?.accepted, true)
        }
    }
}
