// Many calls: 32 tasks share one client, and 100,000 calls leave nothing behind, also those of clients that nobody closes.
import LocalSandbox
import XCTest

@testable import CryptopayClient

final class LoadTests: XCTestCase {
    /// Answers at once.
    private struct Answering: Fetch {
        func fetch(_ request: Request) async throws -> Response {
            Response(
                status: 200, headers: [("content-type", "application/json")],
                body: Data(#"{"data":{"BTCEUR":{"buy_rate":"1","sell_rate":"1"}}}"#.utf8))
        }
    }

    private static func client() throws -> Cryptopay {
        var configuration = Configuration(environment: "sandbox", apiKey: "k", apiSecret: "s")
        (configuration.fetch, configuration.rateLimit) = (Answering(), nil)
        return try Cryptopay(configuration)
    }

    func testThirtyTwoTasksShareAClient() async throws {
        let sandbox = try LocalSandbox()
        defer { sandbox.stop() }
        var configuration = sandbox.configuration
        configuration.rateLimit = nil
        let client = try Cryptopay(configuration)
        let ids = try await withThrowingTaskGroup(of: [UUID].self) { group in
            for lane in 0..<32 {
                group.addTask {
                    var ids: [UUID] = []
                    for n in 0..<10 {
                        let made = try await client.invoices.create(
                            priceAmount: 10, priceCurrency: "EUR", payCurrency: "BTC", customId: "order-\(lane)-\(n)")
                        let read = try await client.invoices.retrieve(made.id)
                        guard read.customId == "order-\(lane)-\(n)" else { throw Wrong("another invoice") }
                        ids.append(made.id)
                    }
                    return ids
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        XCTAssertEqual(Set(ids).count, 320)
        let journal = try await sandbox.control("GET", "journal").items ?? []
        XCTAssertEqual(journal.count, 640)
    }

    func testMemoryStaysFlat() async throws {
        let client = try Self.client()
        for _ in 0..<10_000 { _ = try await client.rates.all() }
        let before = Own.memory
        for _ in 0..<100_000 { _ = try await client.rates.all() }
        // Not even a word and a half of each.
        XCTAssertLessThan(Own.memory - before, 1_200_000)
    }

    func testClientsThatNobodyClosesLeaveNothing() async throws {
        func one() async throws {
            let client = try Self.client()
            _ = try await client.rates.all()
            // A list that is left in its middle, and a call that is refused before it begins.
            for try await _ in client.accounts.listTransactions(UUID()).pages { break }
        }
        for _ in 0..<500 { try? await one() }
        let before = Own.memory
        for _ in 0..<5000 { try? await one() }
        XCTAssertLessThan(Own.memory - before, 1_000_000)
    }
}
