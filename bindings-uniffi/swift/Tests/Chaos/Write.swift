// The writes that move money, each as a program would make it with the public API: with an id of its own, and with
// everything that the client said kept for the judge.
import CryptopayClient
import Foundation
import LocalSandbox

/// What can be done with money.
public enum Flow: String, Sendable, CaseIterable, Codable {
    case payout = "create_force_commit"
    case payoutInTwo = "create_commit"
    case transfer
    case transferInTwo = "transfer_commit"
    case refund

    /// Its name in the ledger of chaos.
    public var listed: String { self == .transferInTwo ? Flow.transfer.rawValue : rawValue }
    var isPayout: Bool { self == .payout || self == .payoutInTwo }
    var inTwo: Bool { self == .payoutInTwo || self == .transferInTwo }
    /// The `reference_type` of its movements.
    var reason: String {
        switch self {
        case .payout, .payoutInTwo: return "CoinWithdrawal"
        case .transfer, .transferInTwo: return "ExchangeTransfer"
        case .refund: return "InvoiceRefund"
        }
    }
}

/// What the client said of a write.
public enum Said: Sendable, Equatable {
    case atOnce, recovered, exists
    case refused(String)
    case unknown(PendingRecord?)
}

/// One write and its story.
public final class Write: @unchecked Sendable {
    public let flow: Flow
    /// Of a refund the id of its invoice, which is another one when the weather kept the first from being made.
    public internal(set) var customId: String
    /// The path of a refund's POST, where its invoice stands in it.
    public var path: String?
    /// Nothing: it never came to it.
    public var told: Said?
    /// Whether what was told was about a quote, which moves nothing.
    public var onlyQuoted = false
    public var resolved: Resolution.State?
    /// The id of the object that the client named, at once or when it resolved.
    public var object: String?
    /// How often a program asked for it under its id.
    public var calls = 1
    private(set) var log: [(Int, String)] = []

    public init(_ flow: Flow, _ customId: String, told: Said? = nil, resolved: Resolution.State? = nil) {
        (self.flow, self.customId, self.told, self.resolved) = (flow, customId, told, resolved)
    }

    var record: PendingRecord? {
        guard case .unknown(let record)? = told else { return nil }
        return record
    }

    /// Under which its money is found in the ledger.
    var key: Seen.Key { Seen.Key(reason: flow.reason, customId: customId) }

    func note(_ tick: Int, _ line: String) { log.append((tick, line)) }
}

/// What a write makes.
protocol Made: Sendable { var id: UUID { get } }
extension CoinWithdrawal: Made {}
extension ExchangeTransfer: Made {}
extension Invoice: Made {}
extension InvoiceRefund: Made {}

/// A program that makes writes through a client.
struct Caller: Sendable {
    private static let address = "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ"
    /// How many invoices are tried for one refund.
    private static let invoices = 50

    let client: Cryptopay
    let time: FastTime
    let control: SandboxControl
    private var random: Dice { time.random }

    init(_ client: Cryptopay, _ time: FastTime, _ control: SandboxControl) {
        (self.client, self.time, self.control) = (client, time, control)
    }

    /// Makes the write, and half of the times asks at once how it ended when the client does not know.
    func make(_ write: Write) async throws {
        switch write.flow {
        case .payout, .payoutInTwo: try await payout(write)
        case .transfer, .transferInTwo: try await transfer(write)
        case .refund: try await refund(write)
        }
        if random.oneIn(2) { try await resolve(write) }
    }

    private func payout(_ write: Write) async throws {
        let (form, small) = (random.draw(0...2), random.draw(1000...9999))
        let create: @Sendable () async throws -> Answer<CoinWithdrawal> = { [client] in
            try await client.coinWithdrawals.create(
                address: Caller.address, chargedCurrency: "EUR", receivedCurrency: "BTC",
                chargedAmount: form == 2 ? Amount("\(small).5" as String) : nil,
                chargedAmountToSend: form == 1 ? Amount("1\(small % 100).5" as String) : nil,
                receivedAmount: form == 0 ? Amount("0.0\(small)" as String) : nil,
                customId: write.customId, forceCommit: write.flow == .payout)
        }
        var (told, made) = try await call(write, "create", create)
        write.object = made?.id.uuidString
        if write.flow.inTwo {
            write.onlyQuoted = made == nil
            if let made {
                let quote = try await quoted(made)
                let (ended, sent) = try await call(write, "commit") { [client] in
                    try await client.coinWithdrawals.commit(made.id, options: .init(quote: quote))
                }
                (told, write.object) = (ended, sent?.id.uuidString)
            }
        } else if case .unknown = told, random.oneIn(3) {
            // Made again under the same id, as the hint of an unknown payout says. Either it is made now, or it is there
            // already; another error says nothing about the first.
            try await time.sleep(ms: random.draw(0...30_000))
            write.calls += 1
            let (again, found) = try await call(write, "create", create)
            write.object = found?.id.uuidString
            switch again {
            case .refused(DuplicateCustomIdError.code): told = .exists
            case .refused: break
            default: told = again
            }
        }
        write.told = told
    }

    private func transfer(_ write: Write) async throws {
        let (form, small) = (random.draw(0...1), random.draw(1000...9999))
        var (told, made) = try await call(write, "create") { [client] in
            try await client.exchangeTransfers.create(
                chargedCurrency: "EUR", receivedCurrency: "BTC",
                chargedAmount: form == 1 ? Amount("\(small).5" as String) : nil,
                receivedAmount: form == 0 ? Amount("0.0\(small)" as String) : nil,
                customId: write.customId, forceCommit: write.flow == .transfer)
        }
        write.object = made?.id.uuidString
        if write.flow.inTwo {
            write.onlyQuoted = made == nil
            if let made {
                let quote = try await quoted(made)
                let (ended, sent) = try await call(write, "commit") { [client] in
                    try await client.exchangeTransfers.commit(made.id, options: .init(quote: quote))
                }
                (told, write.object) = (ended, sent?.id.uuidString)
            }
        }
        write.told = told
    }

    private func refund(_ write: Write) async throws {
        let invoice = try await overpaid(write)
        write.path = "/api/invoices/\("\(invoice)".lowercased())/refunds"
        let (told, made) = try await call(write, "refund") { [client] in
            try await client.invoices.createRefund(invoice, address: Caller.address)
        }
        (write.told, write.object) = (told, made?.id.uuidString)
    }

    /// An invoice that was paid too much, which is what can be refunded. One that the weather kept from being made is made
    /// under another id, so that there is something to refund.
    private func overpaid(_ write: Write) async throws -> UUID {
        let wanted = write.customId
        for attempt in 1...Caller.invoices {
            let id = "\(wanted).\(attempt)"
            write.customId = id
            let (_, made) = try await call(write, "invoice") { [client] in
                try await client.invoices.create(
                    priceAmount: "25.00", priceCurrency: "EUR", payCurrency: "BTC", customId: id)
            }
            guard let made else { continue }
            let paid: JSON = ["invoice_id": .string("\(made.id)".lowercased()), "amount": "0.5"]
            let seen = try await control("POST", "pay", paid)["invoice"]
            write.note(time.now().tickMs, "  paid: \(seen?.text ?? "nothing")")
            if seen?["status"] == "unresolved" && seen?["status_context"] == "overpaid" { return made.id }
        }
        throw Unpaid(customId: wanted)
    }

    /// There was nothing to refund, so that nothing was proven.
    struct Unpaid: Error { let customId: String }

    /// Waits as long as a program does before it commits: not at all, a little, or too long. Half of them commit with the
    /// quote, half with its id alone.
    private func quoted<Quote>(_ made: Answer<Quote>) async throws -> Answer<Quote>? {
        let wait: Int
        switch random.draw(0...9) {
        case 0...3: wait = 0
        case 4...8: wait = random.draw(100...24_000)
        default: wait = random.draw(24_000...40_000)
        }
        let with = random.oneIn(2)
        try await time.sleep(ms: wait)
        return with ? made : nil
    }

    /// One call, cancelled now and then: what the client said, and the answer.
    ///
    /// - Throws: What is no error of the package's, which never happens and so is no ending of a write.
    func call<Value: Made>(
        _ write: Write, _ name: String, _ make: @escaping @Sendable () async throws -> Answer<Value>
    ) async throws -> (Said, Answer<Value>?) {
        write.note(time.now().tickMs, name)
        let cancelled = random.oneIn(20) ? random.draw(0...12) : nil
        let running = Task { try await make() }
        if let cancelled {
            try? await Task.sleep(nanoseconds: UInt64(cancelled) * 1_000_000)
            running.cancel()
        }
        let told: Said
        var answer: Answer<Value>?
        do {
            let came = try await running.value
            answer = came
            // Accepted, but not finished: it is on its way to an object.
            told = came.outcome.recovered ? .recovered : .atOnce
        } catch let error as any CryptopayError {
            let doubtful = error is OutcomeUnknownError || error is ParameterMismatchError || error.record != nil
            told = doubtful ? .unknown(error.record) : .refused(error.code)
            write.note(time.now().tickMs, "  \(error)")
        }
        write.note(time.now().tickMs, "  \(name) ends with \(told)")
        return (told, answer)
    }

    /// Asks how the write ended, if that is not known yet.
    func resolve(_ write: Write) async throws {
        guard let record = write.record, write.resolved == nil || write.resolved == .unknown else { return }
        do {
            let found = try await client.resolve(record)
            write.resolved = found.state
            // A 204 shows no object.
            let shown = found.state == .applied && !found.outcome.data.isEmpty
            write.object = shown ? try found.outcome.json()["id"]?.string : nil
        } catch let error as any CryptopayError {
            write.resolved = .unknown
            write.note(time.now().tickMs, "  \(error)")
        }
        write.note(time.now().tickMs, "  resolved: \(write.resolved?.rawValue ?? "")")
    }
}
