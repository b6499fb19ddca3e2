// Nothing that a client can be made to show holds a secret or an `Authorization`; and the commonest mistakes of a first day
// are answered with what to do.
import LocalSandbox
import XCTest

@testable import CryptopayClient

final class SecretTests: XCTestCase {
    /// Everything that prints itself, in every way that Swift has.
    private func shown(_ values: Any...) -> String {
        values.map { value in
            var dumped = ""
            dump(value, to: &dumped)
            dumped += "\n\(value)\n\(String(reflecting: value))\n"
            dumped += (value as? any Error)?.localizedDescription ?? ""
            return dumped + mirrored(Mirror(reflecting: value), 0)
        }.joined()
    }

    private func mirrored(_ mirror: Mirror, _ depth: Int) -> String {
        guard depth < 12 else { return "" }
        return mirror.children.map {
            "\($0.label ?? ""): \($0.value)\n" + mirrored(Mirror(reflecting: $0.value), depth + 1)
        }
        .joined() + (mirror.superclassMirror.map { mirrored($0, depth + 1) } ?? "")
    }

    /// Remembers requests and signatures, and breaks what it is told to.
    private struct Overheard: Fetch {
        let inner = DefaultFetch()
        let requests: Kept<Request>
        let breaks: @Sendable (Request) -> Bool

        func fetch(_ request: Request) async throws -> Response {
            requests.add(request)
            if breaks(request) { throw FetchError(.broken, sent: true, cause: URLError(.networkConnectionLost)) }
            return try await inner.fetch(request)
        }
    }

    func testNothingShowsASecret() async throws {
        let sandbox = try LocalSandbox()
        defer { sandbox.stop() }
        let (seen, requests) = (Kept<Seen>(), Kept<Request>())
        var configuration = sandbox.configuration
        configuration.observers = [{ seen.add($0) }]
        configuration.fetch = Overheard(requests: requests) {
            $0.method == "POST" && $0.url.hasSuffix("coin_withdrawals")
        }
        configuration.maxRetries = 0
        let client = try Cryptopay(configuration)
        var values: [Any] = [
            configuration, client, client.callbacks, client.invoices, client.invoices.list(), client.engine,
        ]
        values.append(try await client.coins.list())
        func failed(_ call: () async throws -> Void) async {
            do {
                try await call()
                XCTFail("it succeeded")
            } catch { values.append(error) }
        }
        await failed {
            _ = try await client.coinWithdrawals.create(
                address: "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ", chargedCurrency: "EUR", receivedCurrency: "BTC",
                receivedAmount: "0.01", customId: "p-1", forceCommit: true, options: .init(timeout: 3))
        }
        await failed { _ = try await client.invoices.retrieve(UUID()) }
        await failed { _ = try client.callbacks.verify(body: Data("{}".utf8), signature: "00") }
        var wrong = configuration
        wrong.apiSecret = "another-s3cret"
        let stranger = try Cryptopay(wrong)
        await failed { _ = try await stranger.coins.list() }
        wrong.apiSecret = "another-s3cret\n"
        await failed { _ = try Cryptopay(wrong) }
        wrong.environment = "nowhere"
        await failed { _ = try Cryptopay(wrong) }
        values += requests.all as [Any]
        values += seen.all as [Any]
        XCTAssertGreaterThan(seen.all.count, 6)
        let text = values.map { shown($0) }.joined()
        XCTAssertTrue(text.contains("outcome_unknown"), "what is looked at is not empty")
        let signatures = requests.all.flatMap(\.headers).filter { $0.name.lowercased() == "authorization" }.map(\.value)
        XCTAssertGreaterThan(signatures.count, 3)
        for secret in signatures + configuration.callbackSecrets + [configuration.apiSecret, "another-s3cret"] {
            XCTAssertFalse(text.contains(secret), "a secret is shown")
        }
        XCTAssertFalse(text.contains("HMAC "), "a signature is shown")
    }

    /// What a program says on its first day is one or two sentences that tell what to do.
    private func told(_ has: [String], _ call: () async throws -> Void, line: UInt = #line) async {
        do {
            try await call()
            XCTFail("it succeeded", line: line)
        } catch {
            let text = "\(error)"
            for word in has { XCTAssertTrue(text.contains(word), text, line: line) }
            XCTAssertLessThan(text.count, 500, text, line: line)
            XCTAssertEqual(text, error.localizedDescription, line: line)
        }
    }

    func testWhatIsWrongOnTheFirstDayIsToldWithWhatToDo() async throws {
        let sandbox = try LocalSandbox()
        defer { sandbox.stop() }
        var wrong = sandbox.configuration
        wrong.apiKey = "no-such-key"
        let stranger = try Cryptopay(wrong)
        await told(["unauthenticated", "key"]) { _ = try await stranger.coins.list() }
        await told(["environment", "sandbox", "production"]) {
            _ = try Cryptopay(environment: "sandbx", apiKey: "k", apiSecret: "s")
        }
        await told(["environment", "CRYPTOPAY_ENVIRONMENT"]) { _ = try Cryptopay.fromEnvironment([:]) }
        var none = sandbox.configuration
        none.environment = "http://127.0.0.1:9"
        none.maxRetries = 0
        let offline = try Cryptopay(none)
        await told(["connection", "no connection to the host", "check the network"]) {
            _ = try await offline.invoices.create(
                priceAmount: 1, priceCurrency: "EUR", payCurrency: "BTC", customId: "o-1")
        }
    }
}
