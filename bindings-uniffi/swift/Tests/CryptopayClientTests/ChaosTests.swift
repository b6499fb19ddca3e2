// The judge of the payouts under faults sees what it is to see; the payouts themselves are a program beside the tests.
import LocalSandbox
import XCTest

@testable import Chaos
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
            (.unknown(record), .notApplied, 1, 0, 1), (.unknown(record), .notApplied, 0, 0, 0),
            (.unknown(record), .unknown, 1, 0, 0), (nil, nil, 1, 0, 1),
        ]
        for (told, resolved, moved, doubled, lost) in cases {
            let write = Write(.payout, "p", told: told, resolved: resolved)
            let verdict = judge([write], ledger: ledger(moved), journal: [])
            XCTAssertEqual(
                [verdict.all.doubled, verdict.all.lost], [doubled, lost], "\(String(describing: told)) \(moved)")
            XCTAssertEqual(verdict.offences.count, doubled + lost + verdict.all.unknown)
            XCTAssertEqual(verdict.all.unknown, resolved == .unknown ? 1 : 0)
            XCTAssertEqual(verdict.all.resolved, resolved == nil || verdict.offences.count > 0 ? 0 : 1)
        }
        XCTAssertEqual(judge([], ledger: ["balanced": false, "entries": []], journal: []).all.lost, 1)
    }

    func testOnlyWhatWasToldAndIsMoreThanAQuoteIsDone() {
        let record = PendingRecord(json: [:])
        for (told, quoted, done) in [
            (nil, false, 0), (.atOnce, false, 1), (.refused("validation"), true, 0), (.unknown(record), true, 0),
            (.unknown(nil), true, 0),
        ] as [(Said?, Bool, Int)] {
            let write = Write(.payoutInTwo, "p", told: told)
            write.onlyQuoted = quoted
            let moved = told == .atOnce ? 1 : 0
            let verdict = judge([write], ledger: ledger(moved), journal: [])
            XCTAssertEqual(verdict.all, Count(done: done), "\(String(describing: told))")
            XCTAssertEqual(verdict.offences, [])
        }
        // However its end was found, nothing may have moved.
        for (told, resolved) in [
            (.unknown(record), .applied), (.unknown(record), .unknown), (.refused("validation"), nil),
        ] as [(Said, Resolution.State?)] {
            let quote = Write(.payoutInTwo, "p", told: told, resolved: resolved)
            quote.onlyQuoted = true
            XCTAssertEqual(judge([quote], ledger: ledger(1), journal: []).all, Count(lost: 1))
        }
        // One that `resolve` has right is no such thing as one that it has not.
        let quote = Write(.payoutInTwo, "p", told: .unknown(record), resolved: .notApplied)
        quote.onlyQuoted = true
        XCTAssertEqual(judge([quote], ledger: ledger(0), journal: []).all, Count())
    }

    private func sent(_ status: Int?, _ operation: String = "coin_withdrawals.create") -> JSON {
        let status = status.map { JSON.number("\($0)") } ?? .null
        return ["operation": .string(operation), "path": "/api/any", "custom_id": "p", "status": status]
    }

    /// A whole journal of these.
    private func journal(_ entries: [JSON]) -> [JSON] {
        entries.enumerated().map { at, entry in
            guard case .object(var members) = entry else { return entry }
            members["n"] = .number("\(at + 1)")
            return .object(members)
        }
    }

    func testAPayoutIsSentAgainOnlyAfterTwoLooksAndOnceACall() {
        let look: JSON = [
            "operation": "coin_withdrawals.retrieve_by_custom_id", "path": "/api/coin_withdrawals/custom_id/p%2F1",
            "status": 404,
        ]
        let another: JSON = [
            "operation": "coin_withdrawals.retrieve_by_custom_id", "path": "/api/coin_withdrawals/custom_id/p%2F11",
            "status": 404,
        ]
        func sent(_ status: Int?) -> JSON {
            guard case .object(var members) = self.sent(status) else { return .null }
            members["custom_id"] = "p/1"
            return .object(members)
        }
        let cases: [([JSON], calls: Int, doubled: Int)] = [
            ([sent(nil), look, look, sent(201)], 1, 0), ([sent(nil), look, sent(201)], 1, 1),
            ([sent(500), another, look, sent(201)], 1, 1), ([look, look, sent(nil), sent(201)], 1, 1),
            ([sent(429), sent(401), sent(201)], 1, 0),
            ([sent(nil), look, look, sent(nil), look, look, sent(201)], 1, 1),
            // Made again by the program: that is a call of its own.
            ([sent(nil), sent(409)], 2, 0), ([sent(nil), look, look, sent(nil), sent(409)], 2, 0),
            ([sent(nil), sent(nil), sent(409)], 2, 1),
        ]
        for (entries, calls, doubled) in cases {
            for flow in [Flow.payout, .payoutInTwo] {
                let write = Write(flow, "p/1", told: .refused("any"))
                write.calls = calls
                let verdict = judge([write], ledger: ledger(0), journal: journal(entries))
                XCTAssertEqual(verdict.all, Count(done: 1, doubled: doubled), "\(entries.map(\.text))")
                XCTAssertEqual(verdict.offences.count, doubled)
            }
        }
    }

    func testAForcedTransferIsNeverSentAgain() {
        let create = "exchange_transfers.create"
        for (flow, first, doubled) in [
            (.transfer, nil, 1), (.transfer, 500, 1), (.transfer, 429, 0), (.transferInTwo, nil, 0),
        ] as [(Flow, Int?, Int)] {
            let write = Write(flow, "p", told: .atOnce)
            let journal = journal([sent(first, create), sent(201, create)])
            let verdict = judge([write], ledger: ledger(1, "ExchangeTransfer"), journal: journal)
            XCTAssertEqual(verdict.all.doubled, doubled, "\(flow), \(String(describing: first))")
        }
    }

    func testMoneyThatMovedForNobodyCountsAsDoubled() {
        for reason in ["CoinWithdrawal", "ExchangeTransfer", "InvoiceRefund"] {
            let verdict = judge([], ledger: ledger(1, reason), journal: [])
            XCTAssertEqual(verdict.flows["create_force_commit"], Count(doubled: 1), reason)
            XCTAssertEqual(verdict.offences.count, 1)
        }
        // The same id for something else.
        let write = Write(.transfer, "p", told: .refused("any"))
        XCTAssertEqual(judge([write], ledger: ledger(1), journal: []).all.doubled, 1)
    }

    func testARefundToAnAddressHasOnePayoutAndNoPayoutIsNobodys() {
        let refund: JSON = ["id": "r", "address": "a"]
        let payout: JSON = ["id": "w", "custom_id": .null, "refund_id": "r"]
        let cases: [(refunds: [JSON], payouts: [JSON], wrong: Int)] = [
            ([refund], [payout], 0), ([refund], [], 1), ([refund], [payout, payout], 1),
            ([["id": "r", "address": .null]], [], 0), ([], [["id": "w", "custom_id": .null, "refund_id": .null]], 1),
            ([], [["id": "w", "custom_id": "p", "refund_id": .null]], 0),
        ]
        for (refunds, payouts, wrong) in cases {
            let ledger: JSON = ["balanced": true, "refunds": .array(refunds), "withdrawals": .array(payouts)]
            let verdict = judge([], ledger: ledger, journal: [])
            XCTAssertEqual([verdict.all.lost, verdict.offences.count], [wrong, wrong], ledger.text)
        }
    }

    func testAJournalThatForgotItsBeginningProvesNothing() {
        for (n, offences) in [("1", []), ("2", ["the journal is not whole"])] {
            let verdict = judge([], ledger: ledger(0), journal: [["n": .number(n)]])
            XCTAssertEqual(verdict.offences, offences)
        }
    }

    func testAnObjectThatIsNotTheLedgersCountsAsLost() {
        let record = PendingRecord(json: [:])
        for (flow, list, reason) in [
            (.payout, "withdrawals", "CoinWithdrawal"), (.transferInTwo, "transfers", "ExchangeTransfer"),
            (.refund, "refunds", "InvoiceRefund"),
        ] as [(Flow, String, String)] {
            guard case .object(var members) = ledger(1, reason) else { return }
            members[list] = [
                ["id": "aa", "custom_id": "p", "committed": true], ["id": "bb", "custom_id": "q", "committed": true],
                ["id": "cc", "custom_id": "p", "committed": .bool(list != "transfers")],
            ]
            for (object, lost) in [("AA", 0), ("bb", 1), ("cc", list == "transfers" ? 1 : 0), (nil, 0)] {
                for told in [Said.atOnce, .recovered, .unknown(record)] {
                    let write = Write(flow, "p", told: told, resolved: told == .unknown(record) ? .applied : nil)
                    write.object = object
                    let verdict = judge([write], ledger: .object(members), journal: [])
                    XCTAssertEqual(verdict.all.lost, lost, "\(flow) \(object ?? "") \(told)")
                }
            }
        }
    }

    func testARunInWhichNothingWentWrongProvesNothing() {
        var verdict = Verdict()
        XCTAssertEqual(verdict.unproven(payouts: 1).count, 8)
        for flow in ["create_force_commit", "create_commit", "transfer", "refund"] {
            verdict.flows[flow] = Count(done: 1)
        }
        (verdict.struck, verdict.recovered, verdict.inDoubt, verdict.payouts) = (1, 1, 1, 2)
        XCTAssertEqual(verdict.unproven(payouts: 2), [])
        XCTAssertEqual(verdict.unproven(payouts: 3).count, 1)
        // What the judge counts for it.
        let record = PendingRecord(json: [:])
        let writes = [
            Write(.payout, "a", told: .recovered), Write(.payoutInTwo, "b", told: .unknown(record)),
            Write(.transfer, "c", told: .atOnce), Write(.payout, "d"),
        ]
        let judged = judge(writes, ledger: ledger(0), journal: [["n": 1, "fault": "drip"], ["n": 2, "fault": .null]])
        XCTAssertEqual([judged.recovered, judged.inDoubt, judged.payouts, judged.struck], [1, 1, 2, 1])
    }

    func testWhatIsNoErrorOfThePackageEndsTheRun() async throws {
        struct Alien: Error {}
        let time = FastTime(random: Dice(1)) { _ in }
        var configuration = Configuration(environment: "http://127.0.0.1:1", apiKey: "k", apiSecret: "s")
        configuration.time = time
        let caller = Caller(try Cryptopay(configuration), time, SandboxControl(url: "http://127.0.0.1:1"))
        do {
            let (told, _) = try await caller.call(Write(.payout, "p"), "create") { () -> Answer<CoinWithdrawal> in
                throw Alien()
            }
            XCTFail("it was told \(told)")
        } catch { XCTAssertTrue(error is Alien) }
    }

    func testSeedsThatFollowEachOtherMeetEveryCombination() {
        let runs = (1...12).map { Run(world: [:], rules: [], seed: $0, payouts: 1) }
        XCTAssertEqual(Set(runs.map { "\($0.limited) \($0.skewMs) \($0.longestMs)" }).count, 12)
        for first in 0...9 {
            let three = runs[first...first + 2]
            XCTAssertEqual(Set(three.map(\.skewMs)).count, 3)
            XCTAssertEqual(Set(three.map(\.limited)).count, 2)
            XCTAssertEqual(Set(three.map(\.longestMs)).count, 2)
        }
    }

    func testAFaultOfAnotherFormIsNotLeftOut() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("weather-\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: file) }
        for (rule, good) in [(#"{"kind":"drip"}"#, true), (#""drip""#, false), ("{}", false)] {
            let text = #"{"struck":0.3,"worlds":[],"faults":[{"weight":1,"rule":"# + rule + "}]}"
            try Data(text.utf8).write(to: file)
            if good { _ = try Weather(file: file) } else { XCTAssertThrowsError(try Weather(file: file), rule) }
        }
    }

    func testARefundThatIsSentAgainInDoubtCountsAsDoubled() {
        let path = "/api/invoices/i/refunds"
        for (first, doubled) in [(500, 1), (nil, 1), (201, 1), (429, 0), (422, 0)] as [(Int?, Int)] {
            let write = Write(.refund, "p", told: .atOnce)
            write.path = path
            let journal = [first, 201].map { status -> JSON in
                ["method": "POST", "path": .string(path), "status": status.map { .number("\($0)") } ?? .null]
            }
            let verdict = judge([write], ledger: ledger(1, "InvoiceRefund"), journal: self.journal(journal))
            XCTAssertEqual(verdict.all, Count(done: 1, doubled: doubled), "\(String(describing: first))")
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
