package cryptopay.client

import cryptopay.client.binding.Begun
import cryptopay.client.binding.InternalException
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonObjectBuilder
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/** Where whoever operates this hears what no caller is told. */
internal val log: System.Logger = System.getLogger("cryptopay.client")

/** A call on its way: its step, the last body, and the host's exception that came last. */
internal class Running(
    private val operation: String,
    private val begun: Begun,
    private val now: () -> Moment,
    private val observers: List<Observer>,
) : AutoCloseable {
    private var body = ByteArray(0)
    /** The last exception of the host: the cause of what the call may end with. */
    var failure: Throwable? = null

    /** What `resolve` takes if the answer of a write never reaches its caller. */
    var record: String? = null
        private set

    /** Whether a write was given to the transport. */
    private var sent = false

    /** Whether the core broke off: what it knows of the call does not count any more. */
    private var lost = false

    /** What to do next. */
    var step: Step = crossed(operation) { step(begun.step) }
        private set

    init {
        observed()
    }

    fun answered(response: Response) {
        body = response.body
        tell(response.body) {
            put(
                "response",
                buildJsonObject {
                    put("status", response.status)
                    put("headers", JsonArray(response.headers.map { header -> header.json() }))
                },
            )
        }
    }

    /** The exchange failed. What is no [FetchException] may have been sent. */
    fun failed(error: Throwable) {
        val told = error as? FetchException ?: FetchException(FetchException.Kind.BROKEN, sent = true, error)
        failure = told.cause ?: told
        tell {
            put(
                "failed",
                buildJsonObject {
                    put("kind", told.kind.word)
                    put("sent", if (told.sent) "maybe" else "no")
                    put("detail", failure?.javaClass?.simpleName.orEmpty())
                },
            )
        }
    }

    fun woken() = tell { put("woken", NOTHING) }

    fun permitted(waitMs: Long) = tell {
        put("permitted", buildJsonObject { put("wait_ms", JsonPrimitive(waitMs.coerceAtLeast(0))) })
    }

    fun permitFailed(error: Throwable) {
        log.log(System.Logger.Level.WARNING) {
            "the shared rate limit cannot be asked, the client's own decides: ${error.javaClass.simpleName}"
        }
        tell { put("permit_failed", NOTHING) }
    }

    /** Whether nothing of the exchange that is on its way can have left. */
    var unsent = false

    /** The caller goes away. */
    fun cancelled() {
        val sent = if (unsent && step is Step.Fetch) "no" else "maybe"
        if (step !is Step.Done) tell { put("cancelled", buildJsonObject { put("sent", sent) }) }
    }

    /**
     * What ends the call from outside: a cancellation, or an [Error] that nobody can be asked about. It goes on, with
     * the record of a write that may have been applied.
     */
    fun left(stop: Throwable): Throwable {
        if (stop is CryptopayException) return stop
        val before = if (lost || step is Step.Done) record else pending()
        val told =
            try {
                if (!lost) cancelled()
                (step as? Step.Done)?.done?.error
            } catch (broken: CryptopayException) {
                broken.told
            }
        return carrying(stop, if (told == null) before else told.record)
    }

    /** The same where the call has ended, and its value does not reach the caller. */
    fun carrying(stop: Throwable, record: String? = this.record): Throwable {
        if (record == null) return stop
        stop.addSuppressed(Pending(record))
        // An OutOfMemoryError that the JVM made takes nothing along: the record is worth more than its class.
        return if (record in pendingsOf(stop)) stop else unknown(operation, brokenOff(operation, stop), record)
    }

    /** The end, or its exception with the host's own as cause. */
    fun ended(done: Done): Done {
        done.error?.let { throw exception(it, failure) }
        return done
    }

    /** Reads what the call answered. What breaks here does not hide that a write was applied. */
    fun <T> handing(done: Done, at: Moment, read: (Ended) -> T): T =
        try {
            read(Ended(done, done.outcome(text(done.data), text(done.meta), at.unixMs), ::unfit))
        } catch (broken: Error) {
            throw carrying(broken)
        }

    /** What a success is told as that cannot be handed back: what does not fit its model, or null for no object. */
    private fun unfit(misfit: String?, data: String): Told =
        try {
            val text = lend(data.encodeToByteArray()) { begun.call.unfit(misfit, it) }
            told(requireNotNull(words(text).inner("error")) { "no error is told" })
        } catch (broken: Exception) {
            val misuse = brokenOff(operation, broken)
            throw if (sent) unknown(operation, misuse, record) else misuse
        }

    private fun text(range: IntRange?): String =
        if (range == null) "" else String(body, range.first, range.last - range.first + 1, Charsets.UTF_8)

    override fun close() = begun.call.close()

    private fun tell(body: ByteArray = NO_BODY, event: JsonObjectBuilder.() -> Unit) {
        val at = now()
        val text = buildJsonObject {
            put("unix_ms", at.unixMs)
            put("tick_ms", at.tickMs)
            event()
        }
        if (operation in WRITES) {
            // Known before the core takes the event in: should it break off, it may not know any more.
            pending()?.let { record = it }
            (step as? Step.Fetch)?.let { sent = sent || it.request.purpose == "send" }
        }
        step =
            try {
                step(lend(text.toString().encodeToByteArray(), body) { one, two -> begun.call.advance(one, two) })
            } catch (broken: Throwable) {
                lost = true
                record = pending() ?: record
                if (broken is Error) throw broken
                val misuse = brokenOff(operation, broken)
                throw if (sent || record != null) unknown(operation, misuse, record) else misuse
            }
        observed()
    }

    /** The record as the core has it now. */
    private fun pending(): String? =
        try {
            begun.call.pending()
        } catch (_: InternalException) {
            null
        }

    private fun observed() {
        if (observers.isEmpty()) return
        // Whatever goes wrong here must not end the call.
        val failed = { error: Throwable ->
            log.log(System.Logger.Level.ERROR, "an observer failed; the call goes on", error)
        }
        runCatching { seen(words(begun.call.seen())) }
            .onFailure(failed)
            .onSuccess { seen -> observers.forEach { runCatching { it.see(seen) }.onFailure(failed) } }
    }
}

private val NOTHING = JsonObject(emptyMap())
private val NO_BODY = ByteArray(0)

private fun Header.json() = JsonArray(listOf(JsonPrimitive(name), JsonPrimitive(value)))

private fun seen(it: Words) =
    Seen(
        operation = it.text("operation").orEmpty(),
        step = it.text("step").orEmpty(),
        detail = it.text("detail").orEmpty(),
        customId = it.text("custom_id"),
        waitMs = it.long("wait_ms"),
        sends = it.int("sends") ?: 0,
        looks = it.int("looks") ?: 0,
        read =
            it.inner("read")?.let { read ->
                SeenResponse(
                    read.int("status") ?: 0,
                    read.text("request_id"),
                    read.long("clock_offset_ms"),
                    read.int("places_left"),
                )
            },
    )
