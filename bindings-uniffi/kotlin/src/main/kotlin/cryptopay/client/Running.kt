package cryptopay.client

import cryptopay.client.binding.Begun
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

    /** What to do next. */
    var step: Step = step(begun.step)
        private set

    init {
        observed()
    }

    fun answered(response: Response) {
        body = response.body
        if (operation in WRITES) record = begun.call.pending()
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

    /** The caller goes away: the record of what may have been sent, or null. */
    fun stopped(): String? {
        val record = begun.call.pending()
        if (step !is Step.Done) tell { put("cancelled", NOTHING) }
        return (step as? Step.Done)?.done?.error?.record ?: record
    }

    /** The end, or its exception with the host's own as cause. */
    fun ended(done: Done): Done {
        done.error?.let { throw exception(it, failure) }
        return done
    }

    fun text(range: IntRange?): String =
        if (range == null) "" else String(body, range.first, range.last - range.first + 1, Charsets.UTF_8)

    override fun close() = begun.call.close()

    private fun tell(body: ByteArray = NO_BODY, event: JsonObjectBuilder.() -> Unit) {
        val at = now()
        val text = buildJsonObject {
            put("unix_ms", at.unixMs)
            put("tick_ms", at.tickMs)
            event()
        }
        step = step(lend(text.toString().encodeToByteArray(), body) { one, two -> begun.call.advance(one, two) })
        observed()
    }

    private fun observed() {
        if (observers.isEmpty()) return
        val seen = seen(words(begun.call.seen()))
        for (observer in observers) {
            try {
                observer.see(seen)
            } catch (error: Exception) {
                log.log(System.Logger.Level.ERROR, "an observer failed; the call goes on", error)
            }
        }
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
