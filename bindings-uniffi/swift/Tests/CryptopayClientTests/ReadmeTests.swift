// Every snippet of the README runs as it stands, against a sandbox; its table of errors is the package's own.
import LocalSandbox
import XCTest

@testable import CryptopayClient

final class ReadmeTests: XCTestCase {
    func testEverySnippetRuns() async throws {
        XCTAssertGreaterThanOrEqual(Readme.snippets.count, 7)
        for (at, snippet) in Readme.snippets.enumerated() {
            let sandbox = try LocalSandbox()
            defer { sandbox.stop() }
            setenv("CRYPTOPAY_ENVIRONMENT", sandbox.configuration.environment, 1)
            setenv("CRYPTOPAY_API_KEY", sandbox.configuration.apiKey, 1)
            setenv("CRYPTOPAY_API_SECRET", sandbox.configuration.apiSecret, 1)
            do { try await snippet() } catch { XCTFail("snippet \(at + 1): \(error)") }
        }
    }

    func testTheTableOfErrorsIsWhole() throws {
        let file = Contract.root.appendingPathComponent("bindings-uniffi/swift/README.md")
        let rows = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap {
            line -> [String]? in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: [" ", "`"]) }
            return line.hasPrefix("| `") && cells.count == 3 ? Array(cells.prefix(2)) : nil
        }
        XCTAssertEqual(rows.count, 23)
        for row in rows {
            let error = errorOf(code: row[0], ErrorDetails(text: ""))
            XCTAssertEqual("\(type(of: error))", row[1])
            XCTAssertEqual(error.code, row[0])
        }
    }
}
