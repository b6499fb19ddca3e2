package cryptopay.client.callbacks

import cryptopay.client.CALLBACKS
import cryptopay.client.CryptopayException
import cryptopay.client.Misfit
import cryptopay.client.Model
import cryptopay.client.Told
import cryptopay.client.Words
import cryptopay.client.binding.mayFollow
import cryptopay.client.binding.signCallback
import cryptopay.client.binding.verifyCallback
import cryptopay.client.exception
import cryptopay.client.lend
import cryptopay.client.parsed
import cryptopay.client.words
import java.nio.ByteBuffer
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/**
 * Verifies callbacks: whether one came from Cryptopay, and what it says.
 *
 * @param secrets The callback secrets of the dashboard, the current one first; several while one is replaced.
 */
public class Callbacks(secrets: List<String>) {
    /** Java, and `System.getenv` in Kotlin, may have left a null in it: that is a secret that is missing. */
    private val secrets: List<String?> = secrets.toList()

    /**
     * Checks that the raw body came from Cryptopay, and reads it.
     *
     * @param body The bytes of the request, before anything parsed them.
     * @param signature The value of the header [SIGNATURE_HEADER].
     * @throws cryptopay.client.InvalidSignatureException It is not proven; the text says why.
     * @throws cryptopay.client.ConfigurationException There is no secret, or a wrong one.
     */
    public fun verify(body: ByteArray, signature: String?): Event {
        val given = buildJsonObject {
            put("signature", signature)
            put("secrets", JsonArray(secrets.map { JsonPrimitive(it.orEmpty()) }))
        }
        val told = words(lend(body, given.toString().encodeToByteArray()) { one, two -> verifyCallback(one, two) })
        val event = told.inner("event") ?: throw refused(told)
        return event(event, body, told.int("secret") ?: 0)
    }

    /** Signs a body with the current secret, for tests of a handler: the value of [SIGNATURE_HEADER]. */
    public fun sign(body: ByteArray): String {
        val secret = secrets.firstOrNull().orEmpty().encodeToByteArray()
        val told = words(lend(body, secret) { one, two -> signCallback(one, two) })
        return told.text("signature") ?: throw refused(told)
    }

    /**
     * Verifies a callback and hands it to [handler] once only. Answer the request with what this returns: the API
     * delivers again until it gets a 200. When the handler throws, the exception goes on to you after the event was
     * freed; answer 500.
     *
     * It throws nothing else: what [verify] would throw is answered, 400 for a signature that does not fit, 500 where
     * the secret is missing.
     *
     * @param body The bytes of the request, before anything parsed them.
     * @param signature The value of the header [SIGNATURE_HEADER]; null where there is none.
     */
    public fun receive(body: ByteArray, signature: String?, store: Store, handler: Handler): Reply {
        val event =
            try {
                verify(body, signature)
            } catch (error: CryptopayException) {
                return refusal(error)
            }
        when (store.claim(event.dedupeKey, LEASE_MS)) {
            Store.Claim.DONE -> return Reply(200, "handled before")
            Store.Claim.IN_PROGRESS -> return Reply(503, "being handled, come again")
            Store.Claim.NEW -> {}
        }
        try {
            handler.handle(event)
        } catch (failed: Throwable) {
            store.release(event.dedupeKey)
            throw failed
        }
        store.complete(event.dedupeKey)
        return Reply(200, "ok")
    }

    /** The same for a coroutine. */
    public suspend fun receiveSuspending(
        body: ByteArray,
        signature: String?,
        store: SuspendStore,
        handler: suspend (Event) -> Unit,
    ): Reply {
        val event =
            try {
                verify(body, signature)
            } catch (error: CryptopayException) {
                return refusal(error)
            }
        when (store.claim(event.dedupeKey, LEASE_MS)) {
            Store.Claim.DONE -> return Reply(200, "handled before")
            Store.Claim.IN_PROGRESS -> return Reply(503, "being handled, come again")
            Store.Claim.NEW -> {}
        }
        try {
            handler(event)
        } catch (failed: Throwable) {
            kotlinx.coroutines.withContext(kotlinx.coroutines.NonCancellable) { store.release(event.dedupeKey) }
            throw failed
        }
        kotlinx.coroutines.withContext(kotlinx.coroutines.NonCancellable) { store.complete(event.dedupeKey) }
        return Reply(200, "ok")
    }

    override fun toString(): String = "Callbacks(${secrets.size} secrets)"

    public companion object {
        /** The header that carries the signature. */
        public const val SIGNATURE_HEADER: String = "X-Cryptopay-Signature"

        /** The largest body that is looked at, in bytes. */
        public const val MAX_BODY: Int = 1 shl 20

        /** How long a handler may take before its event is given to another delivery. */
        internal const val LEASE_MS: Long = 5 * 60 * 1000
    }
}

/** Handles an event. */
public fun interface Handler {
    /** Once for every event. */
    public fun handle(event: Event)
}

/** What to answer to the request. */
public data class Reply(public val status: Int, public val text: String)

/**
 * A callback that was verified. Before money moves, read the object again: callbacks may come late and out of order.
 *
 * @property type `Invoice`, `ChannelPayment`, `CoinWithdrawal`, `Subscription`, or one that is new.
 * @property event `status_changed`, `created` and so on.
 * @property isKnown Whether this version knows type and event.
 * @property dedupeKey The same for every delivery of one event, different for two events.
 * @property secret Which secret fitted, from 0: when it is never an old one any more, that one can go.
 * @property data The object: `CallbackInvoice` and so on; null for what this version cannot read.
 * @property raw The JSON text of `data`.
 */
public class Event
internal constructor(
    public val type: String,
    public val event: String,
    public val id: String?,
    public val status: String?,
    public val statusContext: String?,
    public val isKnown: Boolean,
    public val dedupeKey: String,
    public val secret: Int,
    public val data: Model?,
    public val raw: String,
) {
    /** Whether this event can be news to someone who knows the object as [before]; false: it is late. */
    public fun mayFollow(before: String): Boolean = mayFollow(direct(type), direct(before), direct(status.orEmpty()))

    override fun toString(): String = "Event($type $event, id=$id, status=$status)"
}

private fun direct(text: String): ByteBuffer {
    val bytes = text.encodeToByteArray()
    return ByteBuffer.allocateDirect(bytes.size).put(bytes).flip()
}

private fun event(it: Words, body: ByteArray, secret: Int): Event {
    val range = it.range("data")
    val raw = if (range == null) "" else String(body, range.first, range.last - range.first + 1, Charsets.UTF_8)
    val type = it.text("type").orEmpty()
    val data =
        try {
            CALLBACKS[type]?.takeIf { raw.startsWith("{") }?.read(parsed(raw), true)
        } catch (_: Misfit) {
            null
        }
    return Event(
        type,
        it.text("event").orEmpty(),
        it.text("id"),
        it.text("status"),
        it.text("status_context"),
        it.flag("known"),
        it.text("dedupe_key").orEmpty(),
        secret,
        data,
        raw,
    )
}

private fun refused(told: Words): CryptopayException {
    val error = told.inner("error")
    val text = error?.text("text") ?: "the callback cannot be read"
    return exception(Told(error?.text("code") ?: "invalid_signature", text))
}

private fun refusal(error: CryptopayException): Reply =
    if (error.code == "configuration") Reply(500, "not configured") else Reply(400, error.message.orEmpty())
