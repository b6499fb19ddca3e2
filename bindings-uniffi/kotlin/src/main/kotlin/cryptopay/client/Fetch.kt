package cryptopay.client

/**
 * What moves the bytes, in coroutines. A fetch sends one request once and answers its response, or throws
 * [FetchException]. It repeats nothing, follows no redirect and signs nothing; everything else is decided elsewhere.
 * When its coroutine is cancelled it closes its connection.
 */
public interface Fetch : AutoCloseable {
    /**
     * Sends exactly these bytes, once.
     *
     * @param request What to send, and by when.
     * @return The response, whatever its status.
     * @throws FetchException None came; it says whether anything was sent.
     */
    public suspend fun fetch(request: Request): Response

    /** It may be called while exchanges run: let them end, what they carry may be a payment. */
    override fun close() {}
}

/**
 * What moves the bytes, blocking, from any thread. It runs in a thread beside the caller, who stops waiting when the
 * time is up; then, and when the caller is interrupted, that thread is interrupted. [keepsTime] promises that the fetch
 * does both by itself.
 */
public fun interface BlockingFetch : AutoCloseable {
    /**
     * Sends exactly these bytes, once.
     *
     * @param request What to send, and by when.
     * @return The response, whatever its status.
     * @throws FetchException None came; it says whether anything was sent.
     */
    public fun fetch(request: Request): Response

    /** Whether it ends by [Request.timeoutMs] in every state, and at once when its thread is interrupted. */
    public val keepsTime: Boolean
        get() = false

    /** It may be called while exchanges run: let them end, what they carry may be a payment. */
    override fun close() {}
}

/**
 * A signed request. Its text leaves headers and body out: whoever holds the `Authorization` can send it again for up to
 * 15 minutes.
 *
 * @property method `GET`, `POST` or `PATCH`.
 * @property url Percent-encoded as signed: a fetch must not normalise it.
 * @property headers Each is signed or needed: send them all.
 * @property body The text to send, in UTF-8; null: there is no body.
 * @property timeoutMs How long the exchange may take, body included, in ms.
 * @property maxBody Read no more of the body than this, in bytes; longer is [FetchException.Kind.TOO_LARGE].
 * @property fresh Use a connection that was never used before.
 * @property purpose `send`, `look` or `before`.
 */
public class Request
internal constructor(
    public val method: String,
    public val url: String,
    public val headers: List<Header>,
    public val body: String?,
    public val timeoutMs: Long,
    public val maxBody: Long,
    public val fresh: Boolean,
    public val purpose: String,
) {
    override fun toString(): String = "Request($method $url)"
}

/**
 * A header of a request or a response. Its text leaves the value out.
 *
 * @property name In any case.
 * @property value As on the wire.
 */
public class Header(public val name: String, public val value: String) {
    override fun toString(): String = "Header($name)"
}

/**
 * A response, body complete.
 *
 * @property status The HTTP status.
 * @property headers Names in any case; at least those of [NAMES].
 * @property body The whole body, as long as [Request.maxBody] allows.
 */
public class Response(public val status: Int, public val headers: List<Header>, public val body: ByteArray) {
    override fun toString(): String = "Response($status, ${body.size} bytes)"

    public companion object {
        /** The headers that the core reads; a fetch may pass on only these. */
        @JvmField
        public val NAMES: Set<String> =
            setOf("age", "cf-ray", "content-type", "date", "etag", "last-modified", "location", "retry-after")
    }
}

/**
 * An exchange that brought no response. Any other exception of a fetch counts as [Kind.BROKEN] that may have been sent.
 *
 * @property kind What went wrong.
 * @property sent False only when it is certain that nothing was sent: name, connect, proxy or TLS of a new connection
 *   failed.
 */
public class FetchException
@JvmOverloads
constructor(public val kind: Kind, public val sent: Boolean, cause: Throwable? = null) : Exception(kind.word, cause) {
    /** What went wrong. */
    public enum class Kind(internal val word: String) {
        /** No connection. */
        CONNECT("connect"),
        /** It took too long. */
        TIMEOUT("timeout"),
        /** The connection broke, or anything else. */
        BROKEN("broken"),
        /** The body is longer than allowed. */
        TOO_LARGE("too_large"),
    }
}
