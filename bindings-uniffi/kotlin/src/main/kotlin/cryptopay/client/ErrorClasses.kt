package cryptopay.client

/** 400: the request itself is malformed. */
public class BadRequestException internal constructor(told: Told, cause: Throwable?) : CryptopayException(told, cause)

/** 401: keys, signature, environment or clock; [signed] tells what was signed. */
public class UnauthenticatedException internal constructor(told: Told, cause: Throwable?) :
    CryptopayException(told, cause)

/** 403: the key lacks the permission. */
public class ForbiddenException internal constructor(told: Told, cause: Throwable?) : CryptopayException(told, cause)

/** The caller's address is not on the key's whitelist. */
public class IpNotAllowedException internal constructor(told: Told, cause: Throwable?) :
    CryptopayException(told, cause)

/** The network in front of the API refused. */
public class EdgeBlockedException internal constructor(told: Told, cause: Throwable?) : CryptopayException(told, cause)

/** 404. */
public class NotFoundException internal constructor(told: Told, cause: Throwable?) : CryptopayException(told, cause)

/** 409: this `custom_id` was used before; [existingId] where the object was read: it may be your own earlier call. */
public class DuplicateCustomIdException internal constructor(told: Told, cause: Throwable?) :
    CryptopayException(told, cause)

/** 409 for any other reason. */
public class ConflictException internal constructor(told: Told, cause: Throwable?) : CryptopayException(told, cause)

/** 422: [fields] say what is wrong. */
public class ValidationException internal constructor(told: Told, cause: Throwable?) : CryptopayException(told, cause)

/** 429, or a wait for the limit that does not fit; [retryAt] says when to come back. */
public class RateLimitedException internal constructor(told: Told, cause: Throwable?) : CryptopayException(told, cause)

/** 5xx. */
public class ServerException internal constructor(told: Told, cause: Throwable?) : CryptopayException(told, cause)

/** 503. */
public class MaintenanceException internal constructor(told: Told, cause: Throwable?) : CryptopayException(told, cause)

/** A status that the API does not document. */
public class UnexpectedStatusException internal constructor(told: Told, cause: Throwable?) :
    CryptopayException(told, cause)

/** A success of a read or a quote without what it must carry. */
public class InvalidResponseException internal constructor(told: Told, cause: Throwable?) :
    CryptopayException(told, cause)

/** No connection, and nothing was sent, or it was a read. */
public class ConnectionFailedException internal constructor(told: Told, cause: Throwable?) :
    CryptopayException(told, cause)

/** The deadline, and nothing was sent, or it was a read. */
public class TimeoutExceededException internal constructor(told: Told, cause: Throwable?) :
    CryptopayException(told, cause)

/**
 * The write may have been applied. Store [record] and `resolve` it. Never pay under another `custom_id`; the same
 * create under the same `custom_id` is safe, for payouts, invoices and channels only.
 */
public open class OutcomeUnknownException internal constructor(told: Told, cause: Throwable?) :
    CryptopayException(told, cause)

/** Another object was found under the same `custom_id`; [differing] says where it differs. Read it before paying. */
public class ParameterMismatchException internal constructor(told: Told, cause: Throwable?) :
    CryptopayException(told, cause)

/** The call was cancelled and nothing can have been applied. */
public class CallCancelledException internal constructor(told: Told, cause: Throwable?) :
    CryptopayException(told, cause)

/** An argument is wrong; nothing was sent. */
public class InvalidArgumentException internal constructor(told: Told, cause: Throwable?) :
    CryptopayException(told, cause)

/** The client is configured wrongly. */
public class ConfigurationException internal constructor(told: Told, cause: Throwable?) :
    CryptopayException(told, cause)

/** The client was used wrongly: closed before, or driven out of order. */
public class MisuseException internal constructor(told: Told, cause: Throwable?) : CryptopayException(told, cause)

/** A callback that is not proven to come from the API. */
public class InvalidSignatureException internal constructor(told: Told, cause: Throwable?) :
    CryptopayException(told, cause)

/** The error with this code; a code of a newer core is a plain [CryptopayException]. */
internal fun exception(told: Told, cause: Throwable? = null): CryptopayException =
    when (told.code) {
        "bad_request" -> BadRequestException(told, cause)
        "unauthenticated" -> UnauthenticatedException(told, cause)
        "forbidden" -> ForbiddenException(told, cause)
        "ip_not_allowed" -> IpNotAllowedException(told, cause)
        "edge_blocked" -> EdgeBlockedException(told, cause)
        "not_found" -> NotFoundException(told, cause)
        "duplicate_custom_id" -> DuplicateCustomIdException(told, cause)
        "conflict" -> ConflictException(told, cause)
        "validation" -> ValidationException(told, cause)
        "rate_limited" -> RateLimitedException(told, cause)
        "server_error" -> ServerException(told, cause)
        "maintenance" -> MaintenanceException(told, cause)
        "unexpected_status" -> UnexpectedStatusException(told, cause)
        "invalid_response" -> InvalidResponseException(told, cause)
        "connection" -> ConnectionFailedException(told, cause)
        "timeout" -> TimeoutExceededException(told, cause)
        "outcome_unknown" -> OutcomeUnknownException(told, cause)
        "parameter_mismatch" -> ParameterMismatchException(told, cause)
        "cancelled" -> CallCancelledException(told, cause)
        "invalid_argument" -> InvalidArgumentException(told, cause)
        "configuration" -> ConfigurationException(told, cause)
        "misuse" -> MisuseException(told, cause)
        "invalid_signature" -> InvalidSignatureException(told, cause)
        else -> CryptopayException(told, cause)
    }

internal fun invalidArgument(operation: String, message: String): CryptopayException =
    exception(
        Told(
            "invalid_argument",
            text = listOf(operation, message).filter(String::isNotEmpty).joinToString(": "),
            message = message,
            operation = operation,
            hint = "nothing was sent: correct the argument",
        )
    )

internal fun misuse(text: String): CryptopayException = exception(Told("misuse", text))
