package cryptopay.client

import java.io.Serializable
import java.time.Instant

/**
 * Anything that a call throws. There is one class for each [code]; code, fields and text are the same in every
 * language. What a person can do about it is in the text. No error holds a secret or an `Authorization` header.
 */
public open class CryptopayException internal constructor(internal val told: Told, cause: Throwable?) :
    RuntimeException(told.text, cause) {
    /** Stable, for programs. */
    public val code: String
        get() = told.code

    /** What happened, in one phrase. */
    public val phrase: String
        get() = told.message

    /** What to do about it. */
    public val hint: String
        get() = told.hint

    /** The operation, `invoices.create`. */
    public val operation: String
        get() = told.operation

    /** The HTTP status of the response that decided, if one did. */
    public val status: Int?
        get() = told.status

    /** The request id to tell the API's support. */
    public val requestId: String?
        get() = told.requestId

    /** The API's own error code. */
    public val apiCode: String?
        get() = told.apiCode

    /** What was said about single fields. */
    public val fields: List<FieldError>
        get() = told.fields

    /** The id of the object that stands in the way, or the last good row of a list. */
    public val existingId: String?
        get() = told.existingId

    /** The fields in which a found object differs from the request. */
    public val differing: List<String>
        get() = told.differing

    /** When to come back. */
    public val retryAt: Instant?
        get() = told.retryAtMs?.let(Instant::ofEpochMilli)

    /** What `resolve` takes: JSON text without a secret; set whenever the write may have been applied. */
    public val record: String?
        get() = told.record

    /** What stopped a call whose outcome is unknown. The transport's own exception is [cause]. */
    public val reason: Cause?
        get() = told.reason

    /** For a 401: what was signed. */
    public val signed: Signed?
        get() = told.signed

    /** How the call went. */
    public val trace: Trace
        get() = told.trace

    /** How often the request was sent. */
    public val attempts: Int
        get() = trace.sends
}

/**
 * What the API said about one field.
 *
 * @property target The field, as on the wire.
 * @property code The API's code for what is wrong with it.
 * @property message The same in words.
 * @property args The arguments of the message, as JSON text.
 */
public data class FieldError(
    public val target: String,
    public val code: String,
    public val message: String,
    public val args: String,
) : Serializable

/**
 * What stopped a call whose outcome is unknown.
 *
 * @property code The code that this alone would have had.
 * @property message What happened, in one phrase.
 * @property status The HTTP status, if a response was had.
 * @property requestId The request id of that response.
 */
public data class Cause(
    public val code: String,
    public val message: String,
    public val status: Int?,
    public val requestId: String?,
) : Serializable

/**
 * What was signed in a request that was refused with 401. Holds no secret.
 *
 * @property stringToSign The exact text that was signed; its lines are method, body hash, content type, date and path.
 * @property clockDifferenceMs The server's time minus the time that was signed, in ms; null where the answer had no
 *   usable `Date`.
 * @property likely Which part is most likely wrong.
 */
public data class Signed(
    public val stringToSign: String,
    public val clockDifferenceMs: Long?,
    public val likely: String,
) : Serializable

/**
 * A wait of a call and why.
 *
 * @property ms How long, in ms.
 * @property reason What for: `retry`, `retry_after`, `limit` or `look`.
 */
public data class Wait(public val ms: Long, public val reason: String) : Serializable

/**
 * How a call went.
 *
 * @property sends How often the operation itself was sent: the attempts.
 * @property looks How many rounds of reading followed, to find out how a write ended.
 * @property waits Every wait, in order.
 */
public data class Trace(public val sends: Int, public val looks: Int, public val waits: List<Wait>) : Serializable

/** What an error is made of. */
internal class Told(
    val code: String,
    val text: String,
    val message: String = text,
    val operation: String = "",
    val hint: String = "",
    val status: Int? = null,
    val requestId: String? = null,
    val apiCode: String? = null,
    val fields: List<FieldError> = emptyList(),
    val existingId: String? = null,
    val differing: List<String> = emptyList(),
    val retryAtMs: Long? = null,
    val record: String? = null,
    val reason: Cause? = null,
    val signed: Signed? = null,
    val trace: Trace = Trace(0, 0, emptyList()),
) : Serializable
