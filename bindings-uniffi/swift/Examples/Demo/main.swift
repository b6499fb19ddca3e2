// The story of a payment client in a minute, and a first example: `cargo xtask demo swift`. It starts a local Cryptopay (the
// sandbox), so it needs no account and no internet. Every chapter checks what it tells.
import CryptopayClient
import Foundation
import LocalSandbox

let sandbox = try LocalSandbox()
let client = try Cryptopay(sandbox.configuration)

chapter("The credentials are checked")
var accounts = 0
var euros: Amount?
for try await account in client.accounts.list() {
    accounts += 1
    if account.currency == "EUR" { euros = account.balance }
}
so("key and secret are right: \(accounts) accounts, \(euros ?? "no") EUR on one of them", euros != nil)

chapter("An invoice is created and paid, and its callback is handled once")
let invoice = try await client.invoices.create(
    priceAmount: "25.00", priceCurrency: "EUR", payCurrency: "BTC", customId: "order-1001")
so("invoice \(invoice.id): \(invoice.payAmount) BTC for \(invoice.priceAmount) EUR, to \(invoice.address)")
try await sandbox.control("POST", "pay", ["invoice_id": .string("\(invoice.id)".lowercased()), "amount": "exact"])
let paid = try await client.invoices.retrieve(invoice.id)
so("the customer pays it: the invoice is \(paid.status)", paid.status == .completed)

actor Handled {
    private(set) var events: [Event] = []
    func add(_ event: Event) { events.append(event) }
}
let handled = Handled()
let store = MemoryStore()
let deliveries = try await sandbox.control("GET", "callbacks").items ?? []
for delivery in deliveries + deliveries {
    let body = Data((delivery["body"]?.string ?? "").utf8)
    let reply = try await client.callbacks.receive(
        body: body, signature: delivery["signature"]?.string, store: store
    ) { event in await handled.add(event) }
    guard reply.status == 200 else { fatalError(reply.text) }
}
let events = await handled.events
so(
    "\(deliveries.count * 2) deliveries came in, \(events.count) were handled, the last: \(events.last?.event ?? "none")",
    events.count == deliveries.count && events.last?.status == "completed")
do {
    let forged = (deliveries.last?["body"]?.string ?? "").replacingOccurrences(of: "completed", with: "refunded")
    _ = try client.callbacks.verify(body: Data(forged.utf8), signature: deliveries.last?["signature"]?.string)
    fatalError("a forged callback was believed")
} catch let refused as InvalidSignatureError {
    so("one that was changed on the way is refused: \(refused)")
}

chapter("A payout whose answer is lost is found again, not sent twice")
func payout(_ customId: String, _ options: WriteOptions = .init()) async throws -> Answer<CoinWithdrawal> {
    try await client.coinWithdrawals.create(
        address: "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ", chargedCurrency: "EUR", receivedCurrency: "BTC",
        receivedAmount: "0.01", customId: customId, forceCommit: true, options: options)
}
let lost: JSON = ["operation": "coin_withdrawals.create", "kind": "apply_then_drop", "times": 1]
try await sandbox.control("POST", "faults", [lost])
let found = try await payout("payout-2001")
so(
    "the client read before it would repeat, and found it: payout \(found.id) is \(found.status)",
    found.outcome.recovered && found.outcome.attempts == 1)

let unread: JSON = ["operation": "coin_withdrawals.retrieve_by_custom_id", "kind": "status", "status": 500]
try await sandbox.control("POST", "faults", [lost, unread])
do {
    _ = try await payout("payout-2002", .init(timeout: 3))
    fatalError("nothing was in doubt")
} catch let unknown as OutcomeUnknownError {
    let stored = try JSONEncoder().encode(unknown.record)  // this is what a program stores
    try await sandbox.control("DELETE", "faults")
    let resolution = try await client.resolve(JSONDecoder().decode(PendingRecord.self, from: stored))
    so(
        "one that could not even be read again left a record; resolved later it says: \(resolution.state)",
        resolution.state == .applied)
}
let ledger = try await sandbox.control("GET", "ledger")
let made = (ledger["withdrawals"]?.items ?? []).filter { $0["committed"] == .bool(true) }.compactMap {
    $0["custom_id"]?.string
}
so(
    "the ledger shows each of them once, and every account balances",
    made.sorted() == ["payout-2001", "payout-2002"] && ledger["balanced"] == .bool(true))

chapter("A wrong secret: the 401 explains itself")
var wrong = sandbox.configuration
wrong.apiSecret = "not-the-secret-of-this-key"
do {
    _ = try await Cryptopay(wrong).coins.list()
    fatalError("a wrong secret was believed")
} catch let error as UnauthenticatedError {
    so("signed was \(String(reflecting: error.signed?.stringToSign ?? ""))")
    so("likely: \(error.signed?.likely ?? "")", error.signed?.likely.contains("secret") == true)
}

chapter("A clock that is an hour off heals itself")
try await sandbox.control("POST", "clock", ["skew_ms": 3_600_000])
let fresh = try Cryptopay(sandbox.configuration)
let first = try await fresh.rates.retrieve("BTC", quoteCurrency: "EUR").outcome.attempts
let second = try await fresh.rates.retrieve("BTC", quoteCurrency: "EUR").outcome.attempts
so(
    "the first request got a 401; the client took the server's time from it, and the second went through",
    first == 2 && second == 1)
try await sandbox.control("POST", "clock", ["skew_ms": 0])

chapter("A hundred invoices at once")
var unlimited = sandbox.configuration
unlimited.rateLimit = nil
let busy = try Cryptopay(unlimited)
let began = Date()
let ids = try await orders(1...100, busy)
let took = Date().timeIntervalSince(began)
var listed: Set<UUID> = []
for try await row in busy.invoices.list() { listed.insert(row.id) }
so("\(ids.count) invoices in \(String(format: "%.1f", took)) s, and the list has all of them", ids.isSubset(of: listed))
sandbox.stop()

func orders(_ numbers: ClosedRange<Int>, _ client: Cryptopay) async throws -> Set<UUID> {
    try await withThrowingTaskGroup(of: UUID.self) { group in
        for n in numbers {
            group.addTask {
                try await client.invoices.create(
                    priceAmount: Amount(Decimal(n)), priceCurrency: "EUR", payCurrency: "BTC", customId: "order-\(n)"
                ).id
            }
        }
        return try await group.reduce(into: []) { $0.insert($1) }
    }
}

func chapter(_ title: String) { print("\n\(title)") }

/// Says a sentence, if it is so.
func so(_ sentence: String, _ isSo: Bool = true) {
    guard isSo else { fatalError("it is not so: \(sentence)") }
    print("   ✓ \(sentence)")
}
