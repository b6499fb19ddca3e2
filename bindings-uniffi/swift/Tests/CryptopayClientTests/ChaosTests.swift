// The judge of the payouts under faults sees what it is to see; the payouts themselves are a program beside the tests.
import Chaos
import XCTest

@testable import CryptopayClient

final class ChaosTests: XCTestCase {
    private func ledger(_ times: Int, _ reason: String = "CoinWithdrawal") -> JSON {
        let to: JSON = reason == "CoinWithdrawal" ? "world" : "merchant"
        let entry: JSON = ["reference_type": .string(reason), "to": to, "custom_id": "p"]
        return ["balanced": true, "entries": .array(Array(repeating: entry, count: times))]
    }

    func testEveryEndingIsComparedWithTheLedger() {
        let record = PendingRecord(json: [:])
        let cases: [(Said?, Resolution.State?, Int, doubled: Int, lost: Int)] = [
            (.atOnce, nil, 1, 0, 0), (.atOnce, nil, 0, 0, 1), (.recovered, nil, 2, 1, 0), (.exists, nil, 0, 0, 1),
            (.refused("validation"), nil, 0, 0, 0), (.refused("validation"), nil, 1, 0, 1),
            (.unknown(nil), nil, 0, 0, 1),
            (.unknown(record), .applied, 1, 0, 0), (.unknown(record), .applied, 0, 0, 1),
            (.unknown(record), .notApplied, 1, 0, 1), (.unknown(record), .unknown, 1, 0, 0), (nil, nil, 1, 0, 1),
        ]
        for (told, resolved, moved, doubled, lost) in cases {
            let write = Write(.payout, "p", told: told, resolved: resolved)
            let verdict = judge([write], ledger: ledger(moved), journal: [])
            XCTAssertEqual(
                [verdict.all.doubled, verdict.all.lost], [doubled, lost], "\(String(describing: told)) \(moved)")
            XCTAssertEqual(verdict.offences.count, doubled + lost)
        }
        let quote = Write(.payoutInTwo, "p", told: .atOnce)
        quote.onlyQuoted = true
        XCTAssertEqual(judge([quote], ledger: ledger(1), journal: []).all.lost, 1)
        XCTAssertEqual(judge([], ledger: ["balanced": false, "entries": []], journal: []).all.lost, 1)
    }

    func testARefundThatIsSentAgainInDoubtCountsAsDoubled() {
        let path = "/api/invoices/i/refunds"
        for (first, doubled) in [(500, 1), (nil, 1), (201, 1), (429, 0), (422, 0)] as [(Int?, Int)] {
            let write = Write(.refund, "p", told: .atOnce)
            write.path = path
            let journal = [first, 201].map { status -> JSON in
                ["method": "POST", "path": .string(path), "status": status.map { .number("\($0)") } ?? .null]
            }
            let verdict = judge([write], ledger: ledger(1, "InvoiceRefund"), journal: journal)
            XCTAssertEqual(verdict.all.doubled, doubled, "\(String(describing: first))")
        }
    }

    func testTheWeatherStrikesAsOftenAsItSays() throws {
        let weather = try Weather(file: Contract.root.appendingPathComponent("tests/chaos.json"))
        let clear = weather.rules.reduce(1.0) { clear, rule in
            guard case .number(let text)? = rule["probability"] else { return 0 }
            return clear * (1 - (Double(text) ?? 0))
        }
        XCTAssertEqual(1 - clear, weather.struck, accuracy: 1e-9)
    }
}
