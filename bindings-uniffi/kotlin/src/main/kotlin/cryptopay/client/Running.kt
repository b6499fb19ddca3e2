package cryptopay.client

import cryptopay.client.binding.Begun
import java.nio.ByteBuffer
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonObjectBuilder
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

private val log = System.getLogger("cryptopay.client")

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
        failure = (error as? FetchException)?.cause ?: error
        val kind = (error as? FetchException)?.kind ?: FetchException.Kind.BROKEN
        val sent = (error as? FetchException)?.sent ?: true
        tell {
            put(
                "failed",
                buildJsonObject {
                    put("kind", kind.word)
                    put("sent", if (sent) "maybe" else "no")
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

/** Bytes cross in direct buffers, which each thread keeps: making them costs more than filling them. */
private class Lent {
    private val buffers = Array(2) { ByteBuffer.allocateDirect(SMALL) }

    fun of(at: Int, bytes: ByteArray): ByteBuffer {
        var buffer = buffers[at]
        if (buffer.capacity() < bytes.size) {
            buffer = ByteBuffer.allocateDirect(bytes.size)
            // A thread does not keep the room of its largest body.
            if (bytes.size <= LARGE) buffers[at] = buffer
        }
        buffer.clear()
        buffer.put(bytes)
        return buffer.flip()
    }

    companion object {
        const val SMALL = 4096
        const val LARGE = 1 shl 20
    }
}

private val lent = ThreadLocal.withInitial(::Lent)

/** Lends bytes to the core for one crossing. */
internal fun <T> lend(one: ByteArray, two: ByteArray, cross: (ByteBuffer, ByteBuffer) -> T): T {
    val mine = lent.get()
    return native { cross(mine.of(0, one), mine.of(1, two)) }
}

/** The same for one. */
internal fun <T> lend(one: ByteArray, cross: (ByteBuffer) -> T): T = native { cross(lent.get().of(0, one)) }

private inline fun <T> native(cross: () -> T): T =
    try {
        cross()
    } catch (missing: LinkageError) {
        throw unloaded(missing)
    }

/** A native library that cannot be loaded is a matter of the machine, and says what it needs. */
internal fun unloaded(missing: LinkageError): CryptopayException {
    val machine = "${System.getProperty("os.name")} on ${System.getProperty("os.arch")}"
    val text =
        if (missing.message.orEmpty().startsWith("com/sun/jna/")) {
            "JNA is not on the class path: add net.java.dev.jna:jna, which this package's POM names"
        } else {
            "the native library cannot be loaded ($machine): the jar needs its folder for it, and Linux glibc; " +
                "where ~/.cache or /tmp is mounted noexec, set -Djna.tmpdir to another folder"
        }
    return exception(Told("configuration", "configuration: $text", text), missing)
}
