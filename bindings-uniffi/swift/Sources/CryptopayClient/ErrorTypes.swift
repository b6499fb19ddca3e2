// One type for each code, so that `catch` tells them apart. What they hold is in `CryptopayError`.

/// One of the types below: it is made of what is known.
protocol Coded: CryptopayError {
    init(details: ErrorDetails)
}

/// 400: the request itself is malformed.
public struct BadRequestError: CryptopayError, Coded {
    public static let code = "bad_request"
    public let details: ErrorDetails
}

/// 401: keys, signature, environment or clock; `signed` tells what was signed.
public struct UnauthenticatedError: CryptopayError, Coded {
    public static let code = "unauthenticated"
    public let details: ErrorDetails
}

/// 403: the key lacks the permission.
public struct ForbiddenError: CryptopayError, Coded {
    public static let code = "forbidden"
    public let details: ErrorDetails
}

/// The caller's address is not on the key's whitelist.
public struct IpNotAllowedError: CryptopayError, Coded {
    public static let code = "ip_not_allowed"
    public let details: ErrorDetails
}

/// The network in front of the API refused.
public struct EdgeBlockedError: CryptopayError, Coded {
    public static let code = "edge_blocked"
    public let details: ErrorDetails
}

/// 404.
public struct NotFoundError: CryptopayError, Coded {
    public static let code = "not_found"
    public let details: ErrorDetails
}

/// 409: this `custom_id` was used before; `existingId` where the object was read: it may be your own earlier call.
public struct DuplicateCustomIdError: CryptopayError, Coded {
    public static let code = "duplicate_custom_id"
    public let details: ErrorDetails
}

/// 409 for any other reason.
public struct ConflictError: CryptopayError, Coded {
    public static let code = "conflict"
    public let details: ErrorDetails
}

/// 422: `fields` say what is wrong.
public struct ValidationError: CryptopayError, Coded {
    public static let code = "validation"
    public let details: ErrorDetails
}

/// 429, or a wait for the limit that does not fit; `retryAt` says when to come back.
public struct RateLimitedError: CryptopayError, Coded {
    public static let code = "rate_limited"
    public let details: ErrorDetails
}

/// 5xx.
public struct ServerError: CryptopayError, Coded {
    public static let code = "server_error"
    public let details: ErrorDetails
}

/// 503.
public struct MaintenanceError: CryptopayError, Coded {
    public static let code = "maintenance"
    public let details: ErrorDetails
}

/// A status that the API does not document.
public struct UnexpectedStatusError: CryptopayError, Coded {
    public static let code = "unexpected_status"
    public let details: ErrorDetails
}

/// A success of a read or a quote without what it must carry.
public struct InvalidResponseError: CryptopayError, Coded {
    public static let code = "invalid_response"
    public let details: ErrorDetails
}

/// No connection, and nothing was sent, or it was a read.
public struct ConnectionFailedError: CryptopayError, Coded {
    public static let code = "connection"
    public let details: ErrorDetails
}

/// The deadline, and nothing was sent, or it was a read.
public struct TimeoutExceededError: CryptopayError, Coded {
    public static let code = "timeout"
    public let details: ErrorDetails
}

/// The write may have been applied. Store `record` and `resolve` it. Never pay under another `custom_id`; the same create
/// under the same `custom_id` is safe, for payouts, invoices and channels only.
public struct OutcomeUnknownError: CryptopayError, Coded {
    public static let code = "outcome_unknown"
    public let details: ErrorDetails
    /// How the call went, when the API took the request (202) but has not finished it. `nil`: nobody knows whether it was
    /// taken.
    public var accepted: Outcome? { details.accepted }
}

/// Another object was found under the same `custom_id`; `differing` says where it differs. Read it before paying.
public struct ParameterMismatchError: CryptopayError, Coded {
    public static let code = "parameter_mismatch"
    public let details: ErrorDetails
}

/// The task was cancelled, and nothing was applied. Where a write may have been, it is an `OutcomeUnknownError` with its
/// record; both have a `CancellationError` as `cause`. A call never throws `CancellationError` itself: `catch is
/// CancellationError` misses it.
public struct CallCancelledError: CryptopayError, Coded {
    public static let code = "cancelled"
    public let details: ErrorDetails
}

/// An argument is wrong; nothing was sent.
public struct InvalidArgumentError: CryptopayError, Coded {
    public static let code = "invalid_argument"
    public let details: ErrorDetails
}

/// The client is configured wrongly.
public struct ConfigurationError: CryptopayError, Coded {
    public static let code = "configuration"
    public let details: ErrorDetails
}

/// A defect of this package, or a panic in its core. Once a write may have been sent, that is an `OutcomeUnknownError`
/// instead.
public struct MisuseError: CryptopayError, Coded {
    public static let code = "misuse"
    public let details: ErrorDetails
}

/// A callback that is not proven to come from the API.
public struct InvalidSignatureError: CryptopayError, Coded {
    public static let code = "invalid_signature"
    public let details: ErrorDetails
}

/// A code of a core that is newer than this file.
public struct UnknownError: CryptopayError, Coded {
    public static let code = "unknown"
    public let details: ErrorDetails
}

/// The error with this code.
func errorOf(code: String, _ details: ErrorDetails) -> any CryptopayError {
    (types[code] ?? UnknownError.self).init(details: details)
}

private let types: [String: any Coded.Type] = {
    let all: [any Coded.Type] = [
        BadRequestError.self, UnauthenticatedError.self, ForbiddenError.self, IpNotAllowedError.self,
        EdgeBlockedError.self, NotFoundError.self, DuplicateCustomIdError.self, ConflictError.self,
        ValidationError.self, RateLimitedError.self, ServerError.self, MaintenanceError.self,
        UnexpectedStatusError.self, InvalidResponseError.self, ConnectionFailedError.self, TimeoutExceededError.self,
        OutcomeUnknownError.self, ParameterMismatchError.self, CallCancelledError.self, InvalidArgumentError.self,
        ConfigurationError.self, MisuseError.self, InvalidSignatureError.self,
    ]
    return Dictionary(uniqueKeysWithValues: all.map { ($0.code, $0) })
}()
