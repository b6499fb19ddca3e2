// A caller who goes away is told so, whatever the transport says of the exchange; what certainly never left needs no record.
import XCTest

@testable import CryptopayClient

final class CancelTests: XCTestCase {
    /// A transport that is cancelled while it connects: the first so many exchanges say that nothing was sent.
    private struct Connecting: Fetch {
        let sent: Bool
        func fetch(_ request: Request) async throws -> Response {
            try? await Task.sleep(nanoseconds: 20_000_000_000)
            throw FetchError(sent ? .broken : .connect, sent: sent)
        }
    }

    /// Never answers, and does not listen.
    private struct Silent: PermitStore {
        let asked = Kept<Permit>()
        func permit(_ permit: Permit) async throws -> Int {
            asked.add(permit)
            await withCheckedContinuation { continuation in
                DispatchQueue.global().asyncAfter(deadline: .now() + 8) { continuation.resume() }
            }
            return 0
        }
    }

    private struct Answering: Fetch {
        var body = #"{"data":[]}"#
        func fetch(_ request: Request) async throws -> Response {
            Response(status: 200, headers: [("content-type", "application/json")], body: Data(body.utf8))
        }
    }

    private func client(_ fetch: any Fetch, _ change: (inout Configuration) -> Void = { _ in }) throws -> Cryptopay {
        var configuration = Configuration(environment: "sandbox", apiKey: "the-key", apiSecret: "the-s3cret")
        (configuration.fetch, configuration.maxRetries) = (fetch, 0)
        change(&configuration)
        return try Cryptopay(configuration)
    }

    private static func payout(_ client: Cryptopay) async -> (any Error)? {
        do {
            _ = try await client.coinWithdrawals.create(
                address: "2N9", chargedCurrency: "EUR", receivedCurrency: "BTC", receivedAmount: "0.01",
                customId: "p-1", forceCommit: true)
            return nil
        } catch {
            return error
        }
    }

    func testACancellationThatMetNoConnectionIsNoConnectionError() async throws {
        for retries in [0, 2] {
            let client = try client(Connecting(sent: false)) { $0.maxRetries = retries }
            let running = Task { await CancelTests.payout(client) }
            try await Task.sleep(nanoseconds: 100_000_000)
            running.cancel()
            let ended = await running.value
            let error = try XCTUnwrap(ended as? CallCancelledError, "\(String(describing: ended))")
            XCTAssertNil(error.record)
            XCTAssertTrue(error.cause is CancellationError)
        }
    }

    func testWhatMayHaveLeftKeepsItsRecord() async throws {
        let client = try client(Connecting(sent: true))
        let running = Task { await CancelTests.payout(client) }
        try await Task.sleep(nanoseconds: 100_000_000)
        running.cancel()
        let ended = await running.value
        XCTAssertEqual((ended as? OutcomeUnknownError)?.record?.customId, "p-1", "\(String(describing: ended))")
    }

    func testAPayoutOfATaskThatIsCancelledBeforeNeedsNoRecord() async throws {
        let client = try client(Connecting(sent: true))
        let ended = await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await CancelTests.payout(client)
        }.value
        let error = try XCTUnwrap(ended as? CallCancelledError, "\(String(describing: ended))")
        XCTAssertNil(error.record)
    }

    func testASharedLimitThatIsSilentIsNotWaitedFor() async throws {
        let store = Silent()
        let client = try client(Answering()) { $0.sharedLimit = store }
        let watch = Watch()
        let coins = try await client.coins.list()
        XCTAssertEqual(coins.outcome.attempts, 1)
        XCTAssertLessThan(watch.passed().0, 7000)
        let patience = try XCTUnwrap(store.asked.all.first).timeoutMs
        XCTAssertGreaterThan(patience, 0)
        XCTAssertLessThan(patience, 7000)
    }

    func testASharedLimitMayAnswerThatItsPlaceWasFreeBefore() async throws {
        struct Late: PermitStore {
            func permit(_ permit: Permit) async throws -> Int { -3 }
        }
        let client = try client(Answering()) { $0.sharedLimit = Late() }
        let coins = try await client.coins.list()
        XCTAssertEqual(coins.outcome.attempts, 1)
    }

    func testAnAppliedPayoutThatCannotBeReadIsNotCalledFailed() async throws {
        let client = try client(Answering(body: #"{"data":{"id":"77b6d5e8","custom_id":"p-1"}}"#))
        let ended = await CancelTests.payout(client)
        let error = try XCTUnwrap(ended as? OutcomeUnknownError, "\(String(describing: ended))")
        XCTAssertEqual(error.record?.customId, "p-1")
        XCTAssertEqual(error.existingId, "77b6d5e8")
        XCTAssertEqual(error.status, 200)
        XCTAssertNil(error.accepted)
        XCTAssertTrue(error.message.contains("was applied, but its answer does not fit its model"), error.message)
    }

    func testWhatMayBeLeftOutHidesNoObject() async throws {
        let channel = #"""
            {"data":{"id":"77b6d5e8-ad87-44b4-92b6-44d92b95f94e","status":"enabled","name":"Shop","description":7,
            "receiver_currency":"EUR","pay_currency":"BTC","address":"a","network":[],"project_id":"p",
            "custom_id":"c-1","uri":"u","hosted_page_url":"h"}}
            """#
        let client = try client(Answering(body: channel))
        let read = try await client.channels.retrieve(UUID()).value
        XCTAssertEqual([read.customId, read.description, read.network], ["c-1", nil, nil])
    }
}
