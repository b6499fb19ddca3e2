// One type for each code. The code, the fields and the text are the same in every language; what a person can do about
// an error is in its text. No error holds a secret or an `Authorization` header.
import Foundation

/// Anything that a call throws. `code` is stable; `description` is the sentence for people.
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
    /// How the call went.
    public var trace: Trace = Trace()
    /// The transport's own error.
    public var cause: (any Error)?
}

extension CryptopayError {
    public var code: String { Self.code }
    public var message: String { details.message }
    public var hint: String { details.hint }
    public var operation: String { details.operation }
    public var status: Int? { details.status }
    public var requestId: String? { details.requestId }
    public var apiCode: String? { details.apiCode }
    public var fields: [FieldError] { details.fields }
    public var existingId: String? { details.existingId }
    public var differing: [String] { details.differing }
    public var retryAt: Date? { details.retryAt }
    public var record: PendingRecord? { details.record }
    public var reason: Cause? { details.reason }
    public var signed: Signed? { details.signed }
    public var trace: Trace { details.trace }
    /// How often the request was sent.
    public var attempts: Int { details.trace.sends }
    /// The transport's own error.
    public var cause: (any Error)? { details.cause }
    public var description: String { details.text }
    public var errorDescription: String? { details.text }
}

/// What the API said about one field.
public struct FieldError: Sendable, Hashable, Codable {
    public let target: String
    public let code: String
    public let message: String
    /// The arguments of the message, as JSON text.
    public let args: String
}

/// What stopped a call whose outcome is unknown.
public struct Cause: Sendable, Hashable {
    public let code: String
    public let message: String
    public let status: Int?
    public let requestId: String?
}

/// What was signed in a request that was refused with 401. Holds no secret.
public struct Signed: Sendable, Hashable {
    public let stringToSign: String
    public let clockDifferenceMs: Int?
    public let likely: String
}

/// How a call went: how often it was sent, how many rounds of reading followed, which waits there were.
public struct Trace: Sendable, Hashable {
    public var sends = 0
    public var looks = 0
    public var waits: [Wait] = []

    /// A wait, and why.
    public struct Wait: Sendable, Hashable, Codable {
        public let ms: Int
        public let reason: String
    }
}

/// What finds out later how a write ended: plain data without a secret. Store it as JSON (it is `Codable`), and give it to
/// `Cryptopay.resolve`, from any process.
public struct PendingRecord: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The record's JSON.
    public let json: JSON

    /// A record that was stored.
    public init(json: JSON) { self.json = json }
    public init(from decoder: Decoder) throws { json = try JSON(from: decoder) }
    public func encode(to encoder: Encoder) throws { try json.encode(to: encoder) }

    /// The operation, `coin_withdrawals.create`.
    public var operation: String { json["operation"]?.string ?? "" }
    /// The `custom_id` of the write.
    public var customId: String? { json["custom_id"]?.string }
    public var description: String { json.text }
}

/// 400: the request itself is malformed.
public struct BadRequestError: CryptopayError {
    public static let code = "bad_request"
    public let details: ErrorDetails
}

/// 401: keys, signature, environment or clock; `signed` tells what was signed.
public struct UnauthenticatedError: CryptopayError {
    public static let code = "unauthenticated"
    public let details: ErrorDetails
}

/// 403: the key lacks the permission.
public struct ForbiddenError: CryptopayError {
    public static let code = "forbidden"
    public let details: ErrorDetails
}

/// The caller's address is not on the key's whitelist.
public struct IpNotAllowedError: CryptopayError {
    public static let code = "ip_not_allowed"
    public let details: ErrorDetails
}

/// The network in front of the API refused.
public struct EdgeBlockedError: CryptopayError {
    public static let code = "edge_blocked"
    public let details: ErrorDetails
}

/// 404.
public struct NotFoundError: CryptopayError {
    public static let code = "not_found"
    public let details: ErrorDetails
}

/// 409: this `custom_id` was used before; `existingId` where the object was read.
public struct DuplicateCustomIdError: CryptopayError {
    public static let code = "duplicate_custom_id"
    public let details: ErrorDetails
}

/// 409 for any other reason.
public struct ConflictError: CryptopayError {
    public static let code = "conflict"
    public let details: ErrorDetails
}

/// 422: `fields` say what is wrong.
public struct ValidationError: CryptopayError {
    public static let code = "validation"
    public let details: ErrorDetails
}

/// 429, or a wait for the limit that does not fit; `retryAt` says when to come back.
public struct RateLimitedError: CryptopayError {
    public static let code = "rate_limited"
    public let details: ErrorDetails
}

/// 5xx.
public struct ServerError: CryptopayError {
    public static let code = "server_error"
    public let details: ErrorDetails
}

/// 503.
public struct MaintenanceError: CryptopayError {
    public static let code = "maintenance"
    public let details: ErrorDetails
}

/// A status that the API does not document.
public struct UnexpectedStatusError: CryptopayError {
    public static let code = "unexpected_status"
    public let details: ErrorDetails
}

/// A success without what a success must carry.
public struct InvalidResponseError: CryptopayError {
    public static let code = "invalid_response"
    public let details: ErrorDetails
}

/// No connection, and nothing was sent, or it was a read.
public struct ConnectionFailedError: CryptopayError {
    public static let code = "connection"
    public let details: ErrorDetails
}

/// The deadline, and nothing was sent, or it was a read.
public struct TimeoutExceededError: CryptopayError {
    public static let code = "timeout"
    public let details: ErrorDetails
}

/// The write may have been applied. Keep `record` and give it to `resolve`; do not pay under another id.
public struct OutcomeUnknownError: CryptopayError {
    public static let code = "outcome_unknown"
    public let details: ErrorDetails
}

/// Another object was found under the same `custom_id`; `differing` says where it differs. Read it before paying.
public struct ParameterMismatchError: CryptopayError {
    public static let code = "parameter_mismatch"
    public let details: ErrorDetails
}

/// The task was cancelled, and nothing was applied. Where a write may have been, it is an `OutcomeUnknownError` with its
/// record.
public struct CallCancelledError: CryptopayError {
    public static let code = "cancelled"
    public let details: ErrorDetails
}

/// An argument is wrong; nothing was sent.
public struct InvalidArgumentError: CryptopayError {
    public static let code = "invalid_argument"
    public let details: ErrorDetails
}

/// The client is configured wrongly.
public struct ConfigurationError: CryptopayError {
    public static let code = "configuration"
    public let details: ErrorDetails
}

/// A defect, also one inside the core: a panic there is this error.
public struct MisuseError: CryptopayError {
    public static let code = "misuse"
    public let details: ErrorDetails
}

/// A callback that is not proven to come from the API.
public struct InvalidSignatureError: CryptopayError {
    public static let code = "invalid_signature"
    public let details: ErrorDetails
}

/// A code of a core that is newer than this file.
public struct UnknownError: CryptopayError {
    public static let code = "unknown"
    public let details: ErrorDetails
}

/// The error with this code.
func errorOf(code: String, _ details: ErrorDetails) -> any CryptopayError {
    makers[code]?(details) ?? UnknownError(details: details)
}

private let makers: [String: @Sendable (ErrorDetails) -> any CryptopayError] = [
    BadRequestError.code: { BadRequestError(details: $0) },
    UnauthenticatedError.code: { UnauthenticatedError(details: $0) },
    ForbiddenError.code: { ForbiddenError(details: $0) },
    IpNotAllowedError.code: { IpNotAllowedError(details: $0) },
    EdgeBlockedError.code: { EdgeBlockedError(details: $0) },
    NotFoundError.code: { NotFoundError(details: $0) },
    DuplicateCustomIdError.code: { DuplicateCustomIdError(details: $0) },
    ConflictError.code: { ConflictError(details: $0) },
    ValidationError.code: { ValidationError(details: $0) },
    RateLimitedError.code: { RateLimitedError(details: $0) },
    ServerError.code: { ServerError(details: $0) },
    MaintenanceError.code: { MaintenanceError(details: $0) },
    UnexpectedStatusError.code: { UnexpectedStatusError(details: $0) },
    InvalidResponseError.code: { InvalidResponseError(details: $0) },
    ConnectionFailedError.code: { ConnectionFailedError(details: $0) },
    TimeoutExceededError.code: { TimeoutExceededError(details: $0) },
    OutcomeUnknownError.code: { OutcomeUnknownError(details: $0) },
    ParameterMismatchError.code: { ParameterMismatchError(details: $0) },
    CallCancelledError.code: { CallCancelledError(details: $0) },
    InvalidArgumentError.code: { InvalidArgumentError(details: $0) },
    ConfigurationError.code: { ConfigurationError(details: $0) },
    MisuseError.code: { MisuseError(details: $0) },
    InvalidSignatureError.code: { InvalidSignatureError(details: $0) },
]
