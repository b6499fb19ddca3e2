// What every error knows. The code, the fields and the text are the same in every language; what a person can do about
// an error is in its text. No error holds a secret or an `Authorization` header.
import Foundation

/// Anything that a call throws, but for `NotModified`; a call of a cancelled task too, which throws no `CancellationError`.
/// `code` is stable; `description` is the sentence for people.
public protocol CryptopayError: LocalizedError, CustomStringConvertible, Sendable {
    /// The stable code, the same in every language.
    static var code: String { get }
    /// Everything that is known.
    var details: ErrorDetails { get }
}

/// What is known of an error, whatever its code.
public struct ErrorDetails: Sendable {
    /// The sentence for people.
    public var text: String
    /// What happened, in one phrase.
    public var message: String = ""
    /// What to do about it.
    public var hint: String = ""
    /// The operation, `invoices.create`.
    public var operation: String = ""
    /// The HTTP status of the response that decided, if one did.
    public var status: Int?
    /// The request id to tell the API's support.
    public var requestId: String?
    /// The API's own error code.
    public var apiCode: String?
    /// What was said about single fields.
    public var fields: [FieldError] = []
    /// The id of the object that stands in the way, or the last good row of a list.
    public var existingId: String?
    /// The fields in which a found object differs from the request.
    public var differing: [String] = []
    /// When to come back.
    public var retryAt: Date?
    /// What `resolve` takes; set whenever the write may have been applied.
    public var record: PendingRecord?
    /// What stopped a call whose outcome is unknown.
    public var reason: Cause?
    /// For a 401: what was signed.
    public var signed: Signed?
    /// How the call went whose request the API took (202) but has not finished.
    public var accepted: Outcome?
    /// How the call went.
    public var trace: Trace = Trace()
    /// The transport's own error.
    public var cause: (any Error)?
}

extension CryptopayError {
    /// The stable code, the same in every language.
    public var code: String { Self.code }
    /// What happened, in one phrase.
    public var message: String { details.message }
    /// What to do about it.
    public var hint: String { details.hint }
    /// The operation, `invoices.create`.
    public var operation: String { details.operation }
    /// The HTTP status of the response that decided, if one did.
    public var status: Int? { details.status }
    /// The request id to tell the API's support.
    public var requestId: String? { details.requestId }
    /// The API's own error code.
    public var apiCode: String? { details.apiCode }
    /// What was said about single fields.
    public var fields: [FieldError] { details.fields }
    /// The id of the object that stands in the way, or the last good row of a list.
    public var existingId: String? { details.existingId }
    /// The fields in which a found object differs from the request.
    public var differing: [String] { details.differing }
    /// When to come back.
    public var retryAt: Date? { details.retryAt }
    /// What `resolve` takes; set whenever the write may have been applied.
    public var record: PendingRecord? { details.record }
    /// What stopped a call whose outcome is unknown.
    public var reason: Cause? { details.reason }
    /// For a 401: what was signed.
    public var signed: Signed? { details.signed }
    /// How the call went.
    public var trace: Trace { details.trace }
    /// How often the request was sent.
    public var attempts: Int { details.trace.sends }
    /// The transport's own error.
    public var cause: (any Error)? { details.cause }
    /// The sentence for people: what happened, and what to do about it.
    public var description: String { details.text }
    /// The sentence for people, as `localizedDescription` has it too.
    public var errorDescription: String? { details.text }
}

extension ErrorDetails {
    /// What this package finds by itself, said as the core says what it finds.
    ///
    /// - Parameters:
    ///   - message: What happened, in one phrase.
    ///   - hint: What to do about it.
    init(_ code: String, _ operation: String, _ message: String, _ hint: String) {
        self.init(
            text: "\(operation): \(code): \(message); \(hint)", message: message, hint: hint, operation: operation)
    }
}

/// What the API said about one field.
public struct FieldError: Sendable, Hashable, Codable {
    /// The field, as on the wire.
    public let target: String
    /// The API's code for what is wrong with it.
    public let code: String
    /// The same in words.
    public let message: String
    /// The arguments of the message, as JSON text.
    public let args: String
}

/// What stopped a call whose outcome is unknown.
public struct Cause: Sendable, Hashable {
    /// The code that this alone would have had.
    public let code: String
    /// What happened, in one phrase.
    public let message: String
    /// The HTTP status, if a response was had.
    public let status: Int?
    /// The request id of that response.
    public let requestId: String?
}

/// What was signed in a request that was refused with 401. Holds no secret.
public struct Signed: Sendable, Hashable {
    /// The exact text that was signed; its lines are method, body hash, content type, date and path.
    public let stringToSign: String
    /// Server time minus signed time in ms, where the response had a usable `Date`.
    public let clockDifferenceMs: Int?
    /// Which part is most likely wrong.
    public let likely: String
}

/// How a call went.
public struct Trace: Sendable, Hashable {
    /// How often the operation itself was sent: the attempts.
    public var sends = 0
    /// How many rounds of reading followed, to find out how a write ended.
    public var looks = 0
    /// Every wait, in order.
    public var waits: [Wait] = []

    /// A wait, and why.
    public struct Wait: Sendable, Hashable, Codable {
        /// How long, in ms.
        public let ms: Int
        /// What for: `retry`, `retry_after`, `limit` or `look`.
        public let reason: String
    }
}
