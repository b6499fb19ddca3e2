package cryptopay.client.callbacks

import cryptopay.client.CALLBACKS
import cryptopay.client.CryptopayException
import cryptopay.client.Misfit
import cryptopay.client.Model
import cryptopay.client.Told
import cryptopay.client.Words
import cryptopay.client.binding.mayFollow
import cryptopay.client.binding.readCallback
import cryptopay.client.binding.signCallback
import cryptopay.client.binding.verifyCallback
import cryptopay.client.exception
import cryptopay.client.lend
import cryptopay.client.log
import cryptopay.client.milliseconds
import cryptopay.client.parsed
import cryptopay.client.words
import java.lang.System.Logger.Level.WARNING
import java.time.Duration
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.withContext
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
     * @param signature The value of the header [SIGNATURE_HEADER]; null where there is none.
     * @return What happened, and to which object.
     * @throws cryptopay.client.InvalidSignatureException It is not proven; the text says why.
     * @throws cryptopay.client.ConfigurationException There is no secret, or a wrong one.
     */
    public fun verify(body: ByteArray, signature: String?): Event {
        val given = buildJsonObject {
            put("signature", signature)
            put("secrets", texts())
        }
        val told = words(lend(body, given.toString().encodeToByteArray()) { one, two -> verifyCallback(one, two) })
        val event = told.inner("event") ?: throw refused(told)
        return event(event, body, told.int("secret") ?: 0)
    }

    /**
     * Reads a body without verifying it, for tools that show what came. Nothing in it is to be believed: anybody may
     * have sent it.
     *
     * @param body The bytes of the request, before anything parsed them.
     * @return What the body says; its [Event.secret] is -1.
     * @throws cryptopay.client.InvalidResponseException It is not a JSON object.
     */
    public fun parse(body: ByteArray): Event {
        val read = lend(body) { readCallback(it) }
        if (read == "null") throw exception(Told("invalid_response", "the body is not a JSON object"))
        return event(words(read), body, -1)
    }

    /**
     * Signs a body with the current secret, for tests of a handler: the value of [SIGNATURE_HEADER].
     *
     * @param body The bytes to sign.
     * @return 64 hex digits.
     * @throws cryptopay.client.ConfigurationException There is no secret, or a wrong one.
     */
    public fun sign(body: ByteArray): String {
        val told = words(lend(body, texts().toString().encodeToByteArray()) { one, two -> signCallback(one, two) })
        return told.text("signature") ?: throw refused(told)
    }

    private fun texts() = JsonArray(secrets.map { JsonPrimitive(it.orEmpty()) })

    /**
     * Verifies a callback and hands it to [handler] once only. Answer the request with what this returns: the API
     * delivers again until it gets a 200. When the handler throws, the exception goes on to you after the event was
     * freed; answer 500.
     *
     * What [verify] would throw is answered, 400 for a signature that does not fit, 500 where the secret is missing,
     * and logged as a warning, with what is wrong, by the `System.Logger` named `cryptopay.client`.
     *
     * @param body The bytes of the request, before anything parsed them.
     * @param signature The value of the header [SIGNATURE_HEADER]; null where there is none.
     * @param store Remembers what was handled; processes that take callbacks side by side share one.
     * @param lease How long the handler may take before its event is given to another delivery. Default five minutes.
     *   Longer than the slowest handler, or an event is handled twice; as short as can be, for a process that dies
     *   holds it so long.
     * @param handler Gets the event. The API waits 10 s and then delivers again; meanwhile it gets 503: put slow work
     *   into a queue of yours and return.
     * @return 200: it was handled, now or before. 503: another delivery of the same event is being handled.
     * @throws cryptopay.client.ConfigurationException The lease is none.
     */
    @JvmOverloads
    public fun receive(
        body: ByteArray,
        signature: String?,
        store: Store,
        lease: Duration = LEASE,
        handler: Handler,
    ): Reply {
        val leaseMs = leaseMs(lease)
        return once(
            body,
            signature,
            leaseMs,
            claim = { store.claim(it, leaseMs) },
            complete = { store.complete(it) },
            release = { store.release(it) },
            handle = { handler.handle(it) },
        )
    }

    /** The same for a coroutine. */
    public suspend fun receiveSuspending(
        body: ByteArray,
        signature: String?,
        store: SuspendStore,
        lease: Duration = LEASE,
        handler: suspend (Event) -> Unit,
    ): Reply {
        val leaseMs = leaseMs(lease)
        return once(
            body,
            signature,
            leaseMs,
            claim = { store.claim(it, leaseMs) },
            complete = { withContext(NonCancellable) { store.complete(it) } },
            release = { withContext(NonCancellable) { store.release(it) } },
            handle = { handler(it) },
        )
    }

    /** Both ways of receiving: inlined, so that what it is given may suspend where its caller may. */
    private inline fun once(
        body: ByteArray,
        signature: String?,
        leaseMs: Long,
        claim: (String) -> Store.Claim,
        complete: (String) -> Unit,
        release: (String) -> Unit,
        handle: (Event) -> Unit,
    ): Reply {
        val event =
            try {
                verify(body, signature)
            } catch (error: CryptopayException) {
                return refusal(error)
            }
        val ends = System.currentTimeMillis() + leaseMs
        when (claim(event.dedupeKey)) {
            Store.Claim.DONE -> return Reply(200, "handled before")
            Store.Claim.IN_PROGRESS -> return Reply(503, "being handled, come again")
            Store.Claim.NEW -> {}
        }
        try {
            handle(event)
        } catch (failed: Throwable) {
            // After its lease the claim has ended by itself, and the key may be another delivery's.
            if (System.currentTimeMillis() >= ends) throw failed
            // A store that fails too does not hide why.
            runCatching { release(event.dedupeKey) }.onFailure { if (it !== failed) failed.addSuppressed(it) }
            throw failed
        }
        complete(event.dedupeKey)
        return Reply(200, "ok")
    }

    override fun toString(): String = "Callbacks(${secrets.size} secrets)"

    public companion object {
        /** The header that carries the signature. */
        public const val SIGNATURE_HEADER: String = "X-Cryptopay-Signature"

        /** The largest body that is looked at, in bytes. */
        public const val MAX_BODY: Int = 1 shl 20

        /** How long a handler may take, unless another time is given. */
        internal val LEASE: Duration = Duration.ofMinutes(5)

        /** The lease as stores take it; the largest is more than any handler takes. */
        private fun leaseMs(lease: Duration): Long {
            if (lease <= Duration.ZERO || lease > Duration.ofDays(365)) {
                val text = "lease: must be a time above zero and at most a year"
                throw exception(Told("configuration", "configuration: $text", text))
            }
            return milliseconds(lease)
        }
    }
}

/** Handles an event. */
public fun interface Handler {
    /** Once for every event. */
    public fun handle(event: Event)
}

/**
 * What to answer to the request.
 *
 * @property status The HTTP status.
 * @property text A few words for whoever reads the delivery.
 */
public data class Reply(public val status: Int, public val text: String)

/**
 * A callback, verified unless [Callbacks.parse] read it. Before money moves, read the object again: callbacks may come
 * late and out of order.
 *
 * @property type `Invoice`, `ChannelPayment`, `CoinWithdrawal`, `Subscription`, or one that is new.
 * @property event `status_changed`, `created` and so on.
 * @property id The object's id.
 * @property status The object's status.
 * @property statusContext What the status means more closely, where the object has that.
 * @property isKnown Whether this version knows type and event.
 * @property dedupeKey The same for every delivery of one event, different for two events.
 * @property secret Which secret fitted, from 0: when it is never an old one any more, that one can go. -1: it was not
 *   verified.
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
    public fun mayFollow(before: String): Boolean {
        val (kind, known, told) = listOf(type, before, status.orEmpty()).map(String::encodeToByteArray)
        return lend(kind, known, told) { one, two, three -> mayFollow(one, two, three) }
    }

    override fun toString(): String = "Event($type $event, id=$id, status=$status)"
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

/** A signature that does not fit is the sender's; all else is for us to repair, and not for others to read. */
private fun refusal(error: CryptopayException): Reply {
    log.log(WARNING, "a callback was refused: ${error.message}")
    return if (error.code == "invalid_signature") Reply(400, error.message.orEmpty()) else Reply(500, "not configured")
}
