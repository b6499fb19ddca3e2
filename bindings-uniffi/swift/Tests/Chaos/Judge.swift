// Compares what the client said with what the server did, after every late request has been carried out: a success is exactly
// one movement of money, a definite error none, and what was unknown is what `resolve` says.
import CryptopayClient
import LocalSandbox

/// How the writes of one flow ended.
public struct Count: Sendable, Equatable {
    public var done = 0
    public var doubled = 0
    public var lost = 0
    public var resolved = 0
    public var unknown = 0

    static func += (one: inout Count, other: Count) {
        one.done += other.done
        one.doubled += other.doubled
        one.lost += other.lost
        one.resolved += other.resolved
        one.unknown += other.unknown
    }
}

/// What is to be said about a run.
public struct Verdict: Sendable {
    public var flows: [String: Count] = [:]
    public var requests = 0
    public var struck = 0
    public var offences: [String] = []

    public init() {}

    public static func += (one: inout Verdict, other: Verdict) {
        for (flow, count) in other.flows { one.flows[flow, default: Count()] += count }
        one.requests += other.requests
        one.struck += other.struck
        one.offences += other.offences
    }

    public var all: Count { flows.values.reduce(into: Count()) { $0 += $1 } }
}

/// Judges the writes of one run.
public func judge(_ writes: [Write], ledger: JSON, journal: [JSON]) -> Verdict {
    var verdict = Verdict()
    verdict.requests = journal.count
    verdict.struck = journal.filter { $0["fault"].map { !$0.isNull } == true }.count
    var count = Count()
    if ledger["balanced"] != .bool(true) {
        count.lost += 1
        verdict.offences.append("the ledger is not balanced")
    }
    verdict.flows["payouts of the run"] = count == Count() ? nil : count
    for write in writes { verdict.add(write, moved(write, ledger), journal) }
    return verdict
}

/// How often the money of a write moved: where it arrives depends on what it is.
private func moved(_ write: Write, _ ledger: JSON) -> Int {
    let (reason, arrives): (String, String)
    switch write.flow {
    case .payout, .payoutInTwo: (reason, arrives) = ("CoinWithdrawal", "world")
    case .transfer, .transferInTwo: (reason, arrives) = ("ExchangeTransfer", "merchant")
    case .refund: (reason, arrives) = ("InvoiceRefund", "merchant")
    }
    return (ledger["entries"]?.items ?? []).filter {
        $0["reference_type"]?.string == reason && $0["to"]?.string == arrives
            && $0["custom_id"]?.string == write.customId
    }.count
}

extension Verdict {
    mutating func add(_ write: Write, _ moved: Int, _ journal: [JSON]) {
        var count = flows[write.flow.listed] ?? Count()
        count.done += 1
        var expected: Int?
        switch write.told {
        case nil, .refused?: expected = 0
        case .atOnce?, .recovered?, .exists?: expected = 1
        case .unknown(let record)?:
            switch write.resolved {
            case .applied?: expected = 1
            case .notApplied?: expected = 0
            default: expected = nil
            }
            // What has no record is a quote, which moves nothing.
            if expected == nil && record != nil { count.unknown += 1 }
            if expected == moved { count.resolved += 1 }
        }
        // A quote that was never committed moves nothing, however it was found; it is made again, so needs no record.
        if write.onlyQuoted { expected = 0 }
        var noRecord = false
        if case .unknown(nil)? = write.told { noRecord = !write.onlyQuoted }
        var offence: String?
        if moved > 1 || sentAgain(write, journal) {
            count.doubled += 1
            offence = "DOUBLED"
        } else if (expected != nil && expected != moved) || noRecord {
            count.lost += 1
            offence = "LOST"
        }
        flows[write.flow.listed] = count
        guard let offence else { return }
        let told = write.told.map { "\($0)" } ?? "nothing"
        let head =
            "\(offence): \(write.flow) \(write.customId): the client said \(told), resolved: "
            + "\(write.resolved?.rawValue ?? "not"); the money moved \(moved) times"
        offences.append(([head] + write.log.map { "\($0.0) ms \($0.1)" }).joined(separator: "\n  "))
    }
}

/// Whether a refund, which nothing makes unique, was sent again after it may have been applied.
private func sentAgain(_ write: Write, _ journal: [JSON]) -> Bool {
    guard let path = write.path else { return false }
    let posts = journal.filter { $0["path"]?.string == path && $0["method"]?.string == "POST" }
    guard let doubtful = posts.firstIndex(where: { inDoubt($0["status"]?.int) }) else { return false }
    return doubtful < posts.count - 1
}

private func inDoubt(_ status: Int?) -> Bool {
    guard let status else { return true }
    return (200...399).contains(status) || [408, 425].contains(status) || status >= 500
}
