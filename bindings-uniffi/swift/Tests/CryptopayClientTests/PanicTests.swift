// A panic in the core is a thrown error of this package, never the end of the process; and what may have been sent by then
// is told. The panics are real ones of the library, provoked by `Drill`.
import Drill
import XCTest

@testable import CryptopayClient

final class PanicTests: XCTestCase {
    /// Breaks every exchange, after a request may have been sent.
    private final class Broken: Fetch, @unchecked Sendable {
        private let lock = NSLock()
        private var sends = 0
        var sent: Int { lock.withLock { sends } }

        func fetch(_ request: Request) async throws -> Response {
            lock.withLock { sends += 1 }
            throw FetchError(.broken, sent: true)
        }
    }

    private let fetch = Broken()
    private let every = [DRILL_BEGIN, DRILL_ADVANCE, DRILL_PENDING, DRILL_SEEN, DRILL_NEXT, DRILL_VERIFY, DRILL_SAME]

    override func tearDown() { every.forEach { drill_panics($0, -1) } }

    private func client(_ change: (inout Configuration) -> Void = { _ in }) throws -> Cryptopay {
        var configuration = Configuration(environment: "sandbox", apiKey: "the-key", apiSecret: "the-s3cret")
        (configuration.fetch, configuration.maxRetries) = (fetch, 0)
        change(&configuration)
        return try Cryptopay(configuration)
    }

    private func payout(_ client: Cryptopay) async -> (any Error)? {
        do {
            _ = try await client.coinWithdrawals.create(
                address: "2N9", chargedCurrency: "EUR", receivedCurrency: "BTC", receivedAmount: "0.01", customId: "p-1"
            )
            return nil
        } catch {
            return error
        }
    }

    func testBeforeAnythingWasSent() async throws {
        drill_panics(DRILL_BEGIN, 0)
        let ended = await payout(try client())
        let error = try XCTUnwrap(ended as? MisuseError)
        XCTAssertEqual(
            [error.operation, error.hint], ["coin_withdrawals.create", "this is a defect, please report it"])
        XCTAssertTrue(error.description.contains("the core broke off"), error.description)
        XCTAssertEqual(fetch.sent, 0)
    }

    func testAPayoutThatWasSentKeepsItsRecord() async throws {
        drill_panics(DRILL_ADVANCE, 0)
        let ended = await payout(try client())
        let error = try XCTUnwrap(ended as? OutcomeUnknownError)
        XCTAssertEqual(error.record?.customId, "p-1")
        XCTAssertEqual(error.reason?.code, "misuse")
        XCTAssertEqual(fetch.sent, 1)
    }

    func testAPayoutWhoseRecordIsLostTooIsNotCalledSafe() async throws {
        drill_panics(DRILL_ADVANCE, 0)
        drill_panics(DRILL_PENDING, 0)
        let ended = await payout(try client())
        let error = try XCTUnwrap(ended as? OutcomeUnknownError)
        XCTAssertNil(error.record)
        XCTAssertTrue(error.description.contains("read the object before you repeat"), error.description)
    }

    func testARead() async throws {
        drill_panics(DRILL_ADVANCE, 0)
        do {
            _ = try await client().rates.all()
            XCTFail("it was answered")
        } catch let error as MisuseError {
            XCTAssertNil(error.record)
        }
        drill_panics(DRILL_NEXT, 0)
        do {
            for try await _ in try client().invoices.list() { XCTFail("it was answered") }
            XCTFail("it ended well")
        } catch is MisuseError {}
    }

    func testObserversAreNotWorthACall() async throws {
        drill_panics(DRILL_SEEN, 0)
        let ended = await payout(try client { ($0.observers, $0.timeout) = ([{ _ in }], 3) })
        XCTAssertTrue(ended is OutcomeUnknownError, "\(String(describing: ended))")
        XCTAssertEqual((ended as? OutcomeUnknownError)?.reason?.code, "connection")
    }

    func testACallbackIsAskedForAgain() async throws {
        let callbacks = Callbacks(secrets: ["secret"])
        drill_panics(DRILL_VERIFY, 0)
        XCTAssertThrowsError(try callbacks.verify(body: Data("{}".utf8), signature: "00")) {
            XCTAssertTrue($0 is MisuseError)
        }
        drill_panics(DRILL_VERIFY, 0)
        let reply = try await callbacks.receive(body: Data("{}".utf8), signature: "00", store: MemoryStore()) { _ in
            XCTFail("it was handled")
        } onRefused: {
            XCTAssertTrue($0 is MisuseError, "\($0)")
        }
        XCTAssertEqual(reply, Callbacks.Reply(status: 500, text: "not configured"))
    }

    func testAmountsAreNotEqualWhenNobodyCanTell() {
        drill_panics(DRILL_SAME, 0)
        XCTAssertNotEqual(Amount("1.0" as String), Amount("1" as String))
        XCTAssertEqual(Amount("1.0" as String), Amount("1" as String))
    }
}
