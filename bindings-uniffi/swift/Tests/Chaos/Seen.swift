// What the server saw of each write: how often it was sent, and whether it was looked for in between; which object has its
// id, and which money moved that nobody asked for.
import CryptopayClient
import Foundation

/// The journal and the ledger, by `custom_id`.
struct Seen {
    /// A movement, or an object, of one kind under one id.
    struct Key: Hashable {
        let reason: String
        let customId: String
    }

    /// Where the money of each kind of movement arrives; only that row of the two is counted.
    private static let arrives = [
        "CoinWithdrawal": "world", "ExchangeTransfer": "merchant", "InvoiceRefund": "merchant",
    ]
    /// The ledger's list of the objects that move it.
    private static let objects = [
        "CoinWithdrawal": "withdrawals", "ExchangeTransfer": "transfers", "InvoiceRefund": "refunds",
    ]
    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

    private let journal: [JSON]
    private var times: [Key: Int] = [:]
    private var ids: [Key: Set<String>] = [:]
    /// What is wrong whatever the writes were told.
    private(set) var wrong: [String] = []

    init(_ ledger: JSON, _ journal: [JSON]) {
        self.journal = journal
        if ledger["balanced"] != .bool(true) { wrong.append("the ledger is not balanced") }
        // A journal keeps so many entries; what it has forgotten could not be judged.
        if let first = journal.first, first["n"]?.int != 1 { wrong.append("the journal is not whole") }
        for entry in ledger["entries"]?.items ?? [] {
            let (reason, customId) = (entry["reference_type"]?.string ?? "", entry["custom_id"]?.string)
            // A payout without an id is the one of a refund, which is looked at below.
            guard Seen.arrives[reason] == entry["to"]?.string, customId != nil || reason != "CoinWithdrawal" else {
                continue
            }
            times[Key(reason: reason, customId: customId ?? ""), default: 0] += 1
        }
        for (reason, list) in Seen.objects {
            for object in ledger[list]?.items ?? [] where list != "transfers" || object["committed"] == .bool(true) {
                guard let customId = object["custom_id"]?.string, let id = object["id"]?.string else { continue }
                ids[Key(reason: reason, customId: customId), default: []].insert(id.lowercased())
            }
        }
        refunds(ledger)
    }

    /// A refund to an address leaves as one payout, which nobody else has made.
    private mutating func refunds(_ ledger: JSON) {
        let payouts = ledger["withdrawals"]?.items ?? []
        for refund in ledger["refunds"]?.items ?? [] where refund["address"]?.string != nil {
            let id = refund["id"]?.string
            let made = payouts.filter { id != nil && $0["refund_id"]?.string == id }.count
            if made != 1 { wrong.append("refund \(id ?? "") has \(made) payouts, not 1") }
        }
        for payout in payouts where payout["custom_id"]?.string == nil && payout["refund_id"]?.string == nil {
            wrong.append("payout \(payout["id"]?.string ?? "") has neither a custom_id nor a refund")
        }
    }

    /// How often the money of a write moved.
    func moved(_ write: Write) -> Int { times[write.key] ?? 0 }

    /// Whether the object that the client named is another one than the ledger's.
    func isAnother(_ write: Write) -> Bool {
        // A quote that nobody committed moved nothing, whatever its id is.
        guard let object = write.object, !write.onlyQuoted else { return false }
        switch (write.told, write.resolved) {
        case (.atOnce?, _), (.recovered?, _), (.unknown?, .applied?):
            return ids[write.key]?.contains(object.lowercased()) != true
        default: return false
        }
    }

    /// Money that moved for none of the writes.
    func strays(_ writes: [Write]) -> [String] {
        let known = Set(writes.map(\.key))
        return times.filter { !known.contains($0.key) }.map {
            "DOUBLED: \($0.key.reason) \($0.key.customId): it moved \($0.value) times, and nobody asked for it"
        }.sorted()
    }

    /// Whether a write was sent again without need: a payout only after two looks, and once a call (W5); a forced transfer
    /// never; a refund, which nothing makes unique, not after it may have been applied.
    func sentBlindly(_ write: Write) -> Bool {
        switch write.flow {
        case .payout, .payoutInTwo:
            let sent = sent("coin_withdrawals.create", write)
            let looks = looks(write)
            let blind = zip(sent, sent.dropFirst()).filter { two in
                looks.filter { (two.0..<two.1).contains($0) }.count < 2
            }
            // Each call of a program begins with one that no look comes before.
            return sent.count > 2 * write.calls || blind.count >= write.calls
        case .transfer: return sent("exchange_transfers.create", write).count > write.calls
        case .transferInTwo: return false
        case .refund:
            guard let path = write.path else { return false }
            let posts = journal.filter { $0["path"]?.string == path && $0["method"]?.string == "POST" }
            guard let doubtful = posts.firstIndex(where: { Seen.inDoubt($0["status"]?.int) }) else { return false }
            return doubtful < posts.count - 1
        }
    }

    /// The places in the journal of the sends that may have been carried out.
    private func sent(_ operation: String, _ write: Write) -> [Int] {
        journal.indices.filter { at in
            let entry = journal[at]
            return entry["operation"]?.string == operation && entry["custom_id"]?.string == write.customId
                // What is answered so was certainly not carried out.
                && ![401, 429].contains(entry["status"]?.int)
        }
    }

    /// The places of the reads that look for a payout; whether they were struck is all one.
    private func looks(_ write: Write) -> [Int] {
        let id = write.customId.addingPercentEncoding(withAllowedCharacters: Seen.unreserved) ?? write.customId
        return journal.indices.filter { at in
            journal[at]["operation"]?.string == "coin_withdrawals.retrieve_by_custom_id"
                && journal[at]["path"]?.string?.hasSuffix("/\(id)") == true
        }
    }

    private static func inDoubt(_ status: Int?) -> Bool {
        guard let status else { return true }
        return (200...399).contains(status) || [408, 425].contains(status) || status >= 500
    }
}
