// Callbacks: whether one came from Cryptopay, what it says, and how it is handled once only.
import CryptopayNative
import Foundation

/// Verifies callbacks.
public struct Callbacks: Sendable {
    /// The header that carries the signature.
    public static let signatureHeader = "X-Cryptopay-Signature"
    /// The largest body that is looked at, in bytes.
    public static let maxBody = 1 << 20

    private let secrets: [String]

    /// - Parameter secrets: The callback secrets of the dashboard, the current one first; several while one is replaced.
    public init(secrets: [String]) { self.secrets = secrets }

    /// Checks that the raw body came from Cryptopay, and reads it.
    ///
    /// - Parameters:
    ///   - body: The bytes of the request, before anything parsed them.
    ///   - signature: The value of the header `X-Cryptopay-Signature`; `nil` where there is none.
    /// - Returns: What happened, and to which object.
    /// - Throws: `InvalidSignatureError` when it is not proven; the text says why. `ConfigurationError` when there is no
    ///   secret, or an empty one.
    public func verify(body: Data, signature: String?) throws -> Event {
        // What is longer is refused whatever follows.
        let looked = body.count > Callbacks.maxBody ? body.prefix(Callbacks.maxBody + 1) : body
        let given: JSON = ["signature": signature.map(JSON.string) ?? .null, "secrets": secrets.parameter]
        let told = try JSON(text: crossed("callback") { try verifyCallback(body: looked, given: given.data) })
        guard let event = told["event"], !event.isNull else { throw refusal(told["error"]) }
        return Event(event, body: body, secret: told["secret"]?.int)
    }

    /// Reads a body without verifying it, for tools that show what came. Nothing in it is to be believed.
    ///
    /// - Parameter body: The bytes of the request.
    /// - Returns: What the body says; its `secret` is `nil`.
    /// - Throws: `InvalidResponseError` when it is no JSON object.
    public func parse(body: Data) throws -> Event {
        let told = try JSON(text: crossed("callback") { try readCallback(body: body) })
        guard !told.isNull else {
            throw InvalidResponseError(details: ErrorDetails(text: "the body is not a JSON object"))
        }
        return Event(told, body: body, secret: nil)
    }

    /// Signs a body with the current secret, for tests of a handler.
    ///
    /// - Parameter body: The bytes of the request.
    /// - Returns: The value of `X-Cryptopay-Signature`, 64 hex digits.
    /// - Throws: `ConfigurationError` when there is no secret, or a wrong one.
    public func sign(body: Data) throws -> String {
        let told = try JSON(
            text: crossed("callback") { try signCallback(body: body, secrets: secrets.parameter.data) })
        guard let signature = told["signature"]?.string else { throw refusal(told["error"]) }
        return signature
    }

    /// Verifies a callback and hands it to `handler` once only. Answer the request with what this returns: the API delivers
    /// again until it gets a 200.
    ///
    /// - Parameters:
    ///   - body: The bytes of the request, before anything parsed them.
    ///   - signature: The value of the header `X-Cryptopay-Signature`; `nil` where there is none.
    ///   - store: Remembers what was handled; processes that take callbacks side by side share one.
    ///   - lease: How long the handler may take, in seconds, before its event is given to another delivery. Longer than the
    ///     slowest handler, or an event is handled twice; as short as can be, for a process that dies holds it so long.
    ///   - handler: Gets the event. The API waits 10 s and then delivers again; meanwhile it gets 503: put slow work into a
    ///     queue of yours and return.
    ///   - onRefused: Is told of what is answered with 400 and why, and of what is wrong on this side when the answer is 500,
    ///     which does not say it: give it to your logger. Unless it is given, a line goes to standard error.
    /// - Returns: 200: it was handled, now or before. 400: it is not proven to come from the API. 500: it cannot be verified
    ///   here, most likely because a secret is missing. 503: another delivery of the same event is being handled.
    /// - Throws: What the handler throws, after the event was freed, and what the store throws: answer 500, and the API
    ///   delivers again. `ConfigurationError` for a `lease` that is none.
    public func receive(
        body: Data, signature: String?, store: any CallbackStore, lease: TimeInterval = 300,
        handler: (Event) async throws -> Void, onRefused: (@Sendable (any CryptopayError) -> Void)? = nil
    ) async throws -> Reply {
        let leaseMs = try Callbacks.leaseMs(lease)
        let event: Event
        do {
            event = try verify(body: body, signature: signature)
        } catch let error as any CryptopayError {
            (onRefused ?? Callbacks.say)(error)
            // A signature that does not fit is the sender's; everything else is to be repaired here, and the event comes again.
            guard error is InvalidSignatureError else { return Reply(status: 500, text: "not configured") }
            return Reply(status: 400, text: error.description)
        }
        let key = event.dedupeKey
        let ends = Date().addingTimeInterval(TimeInterval(leaseMs) / 1000)
        switch try await store.claim(key, leaseMs: leaseMs) {
        case .done: return Reply(status: 200, text: "handled before")
        case .inProgress: return Reply(status: 503, text: "being handled, come again")
        case .new: break
        }
        do {
            try await handler(event)
        } catch {
            // After its lease the claim has ended by itself, and the key may be another delivery's.
            if Date() < ends { try? await Callbacks.whole { try await store.release(key) } }
            throw error
        }
        try await Callbacks.whole { try await store.complete(key) }
        return Reply(status: 200, text: "ok")
    }

    /// The lease as stores take it, at least one millisecond.
    private static func leaseMs(_ lease: TimeInterval) throws -> Int {
        // The largest is more than any handler takes, and fits into what every store counts in.
        guard lease > 0, lease <= 365 * 24 * 3600 else {
            throw ConfigurationError("lease: must be a number of seconds, above 0 and at most a year")
        }
        return max(Int((lease * 1000).rounded()), 1)
    }

    /// Does it also when the request's task is cancelled meanwhile: an event that was handled must not come again.
    private static func whole(_ act: @escaping @Sendable () async throws -> Void) async throws {
        try await Task { try await act() }.value
    }

    @Sendable private static func say(_ error: any CryptopayError) {
        try? FileHandle.standardError.write(contentsOf: Data("cryptopay: a callback was refused: \(error)\n".utf8))
    }

    /// What to answer to the request.
    public struct Reply: Sendable, Hashable {
        /// The HTTP status.
        public let status: Int
        /// A few words for whoever reads the delivery.
        public let text: String
    }

    private func refusal(_ json: JSON?) -> any CryptopayError {
        errorOf(
            code: json?["code"]?.string ?? "invalid_signature",
            ErrorDetails(text: json?["text"]?.string ?? "the callback cannot be read"))
    }
}

extension Callbacks: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "Callbacks(\(secrets.count) secrets)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["secrets": secrets.count]) }
}

/// A callback that was verified, unless `parse` read it. Before money moves, read the object again: callbacks may come late and out of order.
public struct Event: Sendable {
    /// `Invoice`, `ChannelPayment`, `CoinWithdrawal`, `Subscription`, or one that is new.
    public let type: String
    /// `status_changed`, `created` and so on.
    public let event: String
    /// The object's id.
    public let id: String?
    /// The object's status.
    public let status: String?
    /// What the status means more closely, where the object has that.
    public let statusContext: String?
    /// Whether this version knows type and event.
    public let known: Bool
    /// The same for every delivery of one event, different for two events.
    public let dedupeKey: String
    /// Which secret fitted, from 0: when it is never an old one any more, that one can go. `nil`: it was not verified.
    public let secret: Int?
    /// The JSON text of `data`.
    public let raw: Data

    fileprivate init(_ json: JSON, body: Data, secret: Int?) {
        type = json["type"]?.string ?? ""
        event = json["event"]?.string ?? ""
        id = json["id"]?.string
        status = json["status"]?.string
        statusContext = json["status_context"]?.string
        known = json["known"] == .bool(true)
        dedupeKey = json["dedupe_key"]?.string ?? ""
        raw =
            json["data"]?.range.map {
                body.subdata(in: body.startIndex + $0.lowerBound..<body.startIndex + $0.upperBound)
            } ?? Data()
        self.secret = secret
    }

    /// The object: `CallbackInvoice` for an `Invoice`, and so on.
    ///
    /// - Parameter model: Its type.
    /// - Returns: The object.
    /// - Throws: `DecodingError` when it does not fit.
    public func data<Model: Decodable>(as model: Model.Type) throws -> Model {
        try JSON(raw).decode(model)
    }

    /// Whether this event can be news to someone who knows the object as `status`. What this version does not know may
    /// follow anything.
    ///
    /// - Parameter status: The status that you know, such as `new`.
    /// - Returns: False: the event is late.
    public func mayFollow(_ status: String) -> Bool {
        let told = try? CryptopayNative.mayFollow(
            kind: Data(type.utf8), before: Data(status.utf8), after: Data((self.status ?? "").utf8))
        // An event that cannot be judged is looked at.
        return told ?? true
    }
}
