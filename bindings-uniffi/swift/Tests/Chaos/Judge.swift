// Compares what the client said with what the server did, after every late request has been carried out: a success is exactly
// one movement of money, a definite error none, and what was unknown is what `resolve` says.
import CryptopayClient
import LocalSandbox

/// How the writes of one flow ended.
public struct Count: Sendable, Equatable {
    /// Told something, and more than a quote.
    public var done = 0
    public var doubled = 0
    public var lost = 0
    /// Unknown at first, and ended rightly by `resolve`.
    public var resolved = 0
    /// Unknown even to `resolve` in clear weather.
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
    /// Payouts that were told anything, a quote's end included.
    public var payouts = 0
    /// Writes that were found again within their call.
    public var recovered = 0
    /// Writes whose call ended without knowing.
    public var inDoubt = 0
    public var offences: [String] = []

    public init() {}

    public static func += (one: inout Verdict, other: Verdict) {
        for (flow, count) in other.flows { one.flows[flow, default: Count()] += count }
        one.requests += other.requests
        one.struck += other.struck
        one.payouts += other.payouts
        one.recovered += other.recovered
        one.inDoubt += other.inDoubt
        one.offences += other.offences
    }

    public var all: Count { flows.values.reduce(into: Count()) { $0 += $1 } }

    /// What has to have happened for the rest to say anything, and has not.
    public func unproven(payouts asked: Int) -> [String] {
        var unproven: [String] = []
        if payouts != asked { unproven.append("\(payouts) payouts were made, not \(asked)") }
        if struck == 0 { unproven.append("no request was struck") }
        if recovered == 0 { unproven.append("nothing was recovered") }
        if inDoubt == 0 { unproven.append("nothing was unknown at first") }
        for flow in Set(Flow.allCases.map(\.listed)).sorted() where (flows[flow]?.done ?? 0) == 0 {
            unproven.append("no \(flow) came to its end")
        }
        return unproven
    }
}

/// Judges the writes of one run.
public func judge(_ writes: [Write], ledger: JSON, journal: [JSON]) -> Verdict {
    let seen = Seen(ledger, journal)
    let strays = seen.strays(writes)
    var verdict = Verdict()
    verdict.requests = journal.count
    verdict.struck = journal.filter { $0["fault"].map { !$0.isNull } == true }.count
    verdict.offences = seen.wrong + strays
    if !verdict.offences.isEmpty {
        // The table of all runtimes knows no row but its flows: the run's own offences stand with its payouts.
        verdict.flows[Flow.payout.listed] = Count(doubled: strays.count, lost: seen.wrong.count)
    }
    for write in writes { verdict.add(write, seen) }
    return verdict
}

extension Verdict {
    mutating func add(_ write: Write, _ seen: Seen) {
        var count = flows[write.flow.listed] ?? Count()
        let moved = seen.moved(write)
        var expected: Int?
        var (undecided, noRecord) = (false, false)
        switch write.told {
        case nil, .refused?: expected = 0
        case .atOnce?, .exists?: expected = 1
        case .recovered?:
            expected = 1
            recovered += 1
        case .unknown(let record)?:
            inDoubt += 1
            noRecord = record == nil
            switch write.resolved {
            case .applied?: expected = 1
            case .notApplied?: expected = 0
            default: undecided = record != nil
            }
        }
        if write.flow.isPayout && write.told != nil { payouts += 1 }
        // A quote that was never committed moves nothing, however it was found; it is made again, so needs no record, and
        // no end of a write is counted for it.
        if write.onlyQuoted { (expected, undecided, noRecord) = (0, false, false) }
        if write.told != nil && !write.onlyQuoted { count.done += 1 }
        var offence: String?
        if moved > 1 || seen.sentBlindly(write) {
            count.doubled += 1
            offence = "DOUBLED"
        } else if (expected != nil && expected != moved) || noRecord || seen.isAnother(write) {
            count.lost += 1
            offence = "LOST"
        } else if undecided {
            // Each of these writes can be found by reading: in clear weather its end is known.
            count.unknown += 1
            offence = "UNKNOWN FOR EVER"
        } else if write.record != nil && !write.onlyQuoted {
            count.resolved += 1
        }
        flows[write.flow.listed] = count
        guard let offence else { return }
        let told = write.told.map { "\($0)" } ?? "nothing"
        let head =
            "\(offence): \(write.flow) \(write.customId): the client said \(told) of \(write.object ?? "no object"), "
            + "resolved: \(write.resolved?.rawValue ?? "not"); the money moved \(moved) times"
        offences.append(([head] + write.log.map { "\($0.0) ms \($0.1)" }).joined(separator: "\n  "))
    }
}
