// P1: a list after an error, where whoever loops may ask again.
import XCTest

@testable import CryptopayClient

final class PagesTests: XCTestCase {
    /// Answers one page after the other, and notes where each was to begin.
    private actor Script: Fetch {
        private var pages: [String]
        private(set) var begun: [String] = []

        init(_ pages: [String]) { self.pages = pages }

        func fetch(_ request: Request) async throws -> Response {
            let query = URLComponents(string: request.url)?.queryItems ?? []
            begun.append(query.first { $0.name == "starting_after" }?.value ?? "")
            return Response(status: 200, headers: [], body: Data(pages.removeFirst().utf8))
        }
    }

    private func page(_ rows: [String], more: Bool) -> String {
        #"{"data":[\#(rows.joined(separator: ","))],"meta":{"total":4,"has_more":\#(more)}}"#
    }

    private func customer(_ id: String) -> String { #"{"id":"\#(id)","currency":"EUR","addresses":[]}"# }

    func testAPageWithARowThatDoesNotFitIsReadAgainAndNoneOfItsRowsIsLost() async throws {
        let misfit = #"{"id":"d","currency":"EUR","addresses":7}"#
        let script = Script([
            page([customer("a"), customer("b")], more: true),
            page([customer("b"), customer("c"), misfit], more: true),
            page([customer("b"), customer("c"), customer("d")], more: false),
        ])
        var configuration = Configuration(environment: "sandbox", apiKey: "the-key", apiSecret: "the-s3cret")
        configuration.fetch = script
        var rows = try Cryptopay(configuration).customers.list().makeAsyncIterator()
        var seen: [String] = []
        for _ in 0..<2 { seen.append(try await rows.next()?.id ?? "") }
        do {
            _ = try await rows.next()
            XCTFail("the row was taken")
        } catch is InvalidResponseError {}
        while let row = try await rows.next() { seen.append(row.id) }
        XCTAssertEqual(seen, ["a", "b", "c", "d"])
        let begun = await script.begun
        XCTAssertEqual(begun, ["", "b", "b"])
    }
}
