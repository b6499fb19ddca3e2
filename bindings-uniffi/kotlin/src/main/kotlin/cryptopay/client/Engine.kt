package cryptopay.client

import cryptopay.client.binding.Begun
import cryptopay.client.binding.Client
import cryptopay.client.binding.Refused
import java.util.HexFormat
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/** A call that ended well. */
internal class Ended(val operation: String, val done: Done, val outcome: Outcome)

/** The core's client. The secret is in it alone. */
internal class Core(config: JsonObject) : AutoCloseable {
    private val client =
        try {
            lend(config.toString().encodeToByteArray()) { Client(it) }
        } catch (refused: Refused.Configuration) {
            throw exception(Told("configuration", "configuration: ${refused.text}", refused.text))
        }

    @Volatile private var closed = false

    fun begin(operation: String, params: JsonElement, options: CallOptions?, at: Moment, entropy: ByteArray): Begun {
        val start = buildJsonObject {
            put("unix_ms", at.unixMs)
            put("tick_ms", at.tickMs)
            put("entropy", HexFormat.of().formatHex(entropy))
            put("params", params)
            put("options", options?.json() ?: JsonObject(emptyMap()))
        }
        val text = start.toString().encodeToByteArray()
        return alive {
            crossed(operation) {
                if (operation == RESOLVE) lend(text) { client.resolve(it) }
                else lend(operation.encodeToByteArray(), text) { name, given -> client.begin(name, given) }
            }
        }
    }

    fun pages(operation: String, params: JsonObject): Walk = alive {
        Walk(
            lend(operation.encodeToByteArray(), params.toString().encodeToByteArray()) { name, given ->
                client.pages(name, given)
            }
        )
    }

    override fun close() {
        closed = true
        client.close()
    }

    /** Another thread may close the client while [act] runs: the binding then says it in the same way. */
    private inline fun <T> alive(act: () -> T): T =
        try {
            check(!closed)
            act()
        } catch (gone: IllegalStateException) {
            throw if (closed) misuse("the client is closed: make a new one") else gone
        }
}

internal const val RESOLVE = "resolve"

/** Runs the calls of a client. */
internal class Engine(
    private val core: Core,
    private val fetch: Fetch,
    private val time: Time,
    private val observers: List<Observer>,
    private val permits: PermitStore?,
) : AutoCloseable {
    suspend fun run(operation: String, params: JsonElement, options: CallOptions?): Ended =
        run(operation, params, options) { it }

    /** Runs a call and reads what it answered. */
    suspend fun <T> run(operation: String, params: JsonElement, options: CallOptions?, read: (Ended) -> T): T =
        Running(operation, core.begin(operation, params, options, time.now(), time.entropy()), time::now, observers)
            .use {
                val value = it.handing(drive(it, fetch, time, permits), time.now(), read)
                handedOver(it)
                value
            }

    suspend fun <T : Model> one(operation: String, given: Given, options: CallOptions, model: Reader<T>): T =
        run(operation, given.json(), options) { one(it, model, options) }

    suspend fun <T> rows(operation: String, given: Given, options: CallOptions, model: Reader<T>): Rows<T> =
        run(operation, given.json(), options) { rows(it, model) }

    suspend fun <T> table(operation: String, given: Given, options: CallOptions, model: Reader<T>): Table<T> =
        run(operation, given.json(), options) { table(it, model) }

    fun <T> pages(operation: String, given: Given, options: CallOptions, model: Reader<T>): Pages<T> =
        Pages({ core.pages(operation, given.json()) }, { run(operation, it, options) }, model)

    override fun close() {
        core.close()
        fetch.close()
    }
}

/** The same, blocking. */
internal class BlockingEngine(
    private val core: Core,
    private val fetch: BlockingFetch,
    private val time: BlockingTime,
    private val observers: List<Observer>,
    private val permits: BlockingPermitStore?,
) : AutoCloseable {
    fun run(operation: String, params: JsonElement, options: CallOptions?): Ended =
        run(operation, params, options) { it }

    /** Runs a call and reads what it answered. */
    fun <T> run(operation: String, params: JsonElement, options: CallOptions?, read: (Ended) -> T): T =
        Running(operation, core.begin(operation, params, options, time.now(), time.entropy()), time::now, observers)
            .use { it.handing(drive(it, fetch, time, permits), time.now(), read) }

    fun <T : Model> one(operation: String, given: Given, options: CallOptions, model: Reader<T>): T =
        run(operation, given.json(), options) { one(it, model, options) }

    fun <T> rows(operation: String, given: Given, options: CallOptions, model: Reader<T>): Rows<T> =
        run(operation, given.json(), options) { rows(it, model) }

    fun <T> table(operation: String, given: Given, options: CallOptions, model: Reader<T>): Table<T> =
        run(operation, given.json(), options) { table(it, model) }

    fun <T> pages(operation: String, given: Given, options: CallOptions, model: Reader<T>): BlockingPages<T> =
        BlockingPages({ core.pages(operation, given.json()) }, { run(operation, it, options) }, model)

    override fun close() {
        core.close()
        fetch.close()
    }
}

private fun <T : Model> one(ended: Ended, model: Reader<T>, options: CallOptions): T {
    val outcome = ended.outcome
    // A recovered recalculation has no object of its own: the quote is what was committed.
    val quote = (options as? CommitOptions)?.quote?.outcome?.data.takeIf { outcome.recovered }
    val data = outcome.data.ifEmpty { quote } ?: throw without(ended)
    return fitting(ended) { model.read(parsed(data), it) }.also { it.outcome = outcome }
}

private fun <T> rows(ended: Ended, model: Reader<T>): Rows<T> {
    if (ended.outcome.data.isEmpty()) throw without(ended)
    return Rows(fitting(ended) { Read.list(model).read(parsed(ended.outcome.data), it) }, ended.outcome)
}

private fun <T> table(ended: Ended, model: Reader<T>): Table<T> {
    if (ended.outcome.data.isEmpty()) throw without(ended)
    val rows =
        fitting(ended) { lenient ->
            val members = parsed(ended.outcome.data) as? JsonObject ?: throw Misfit("an object is expected")
            members.mapValues { model.read(it.value, lenient) }
        }
    return Table(rows, ended.outcome)
}

/** What a success without an object ends as: there is nothing to hand back for it. */
internal fun without(ended: Ended): RuntimeException {
    val outcome = ended.outcome
    if (outcome.notModified) return NotModified(outcome)
    if (!outcome.accepted) {
        return exception(told(ended, "invalid_response", "the answer has no object", "tell the makers of this client"))
    }
    val hint =
        if (outcome.record == null) "nothing has moved: ask again later"
        else "do not repeat it: give the record to resolve later, it finds out how the write ended"
    return Accepted(outcome, told(ended, "outcome_unknown", "the API took the request, but has not finished it", hint))
}

/** Reads an answer. Of a write nothing optional hides the object: it was applied (W2). */
internal fun <T> fitting(ended: Ended, read: (lenient: Boolean) -> T): T {
    val write = ended.operation in WRITES
    try {
        return read(write)
    } catch (misfit: Misfit) {
        val hint =
            if (write) "the API applied the request: do not repeat it, read the object later, and report this"
            else "tell the makers of this client"
        val id = runCatching { Fields(parsed(ended.outcome.data), true).may("id", Read.text) }.getOrNull()
        val message = "the answer does not fit its model: ${misfit.message}"
        throw exception(told(ended, "invalid_response", message, hint, id), misfit)
    }
}

/** What this package finds by itself, said as the core says what it finds. */
private fun told(ended: Ended, code: String, message: String, hint: String, existingId: String? = null): Told {
    val outcome = ended.outcome
    val request = outcome.requestId?.let { "request $it, " }.orEmpty()
    val sends = outcome.trace.sends
    val attempts = "$sends attempt${if (sends == 1) "" else "s"}"
    return Told(
        code,
        "${ended.operation}: $code (status ${outcome.status}, $request$attempts): $message; $hint",
        message,
        ended.operation,
        hint,
        outcome.status,
        outcome.requestId,
        existingId = existingId,
        record = outcome.record,
        trace = outcome.trace,
    )
}

/** How the write of a record ended. */
internal fun resolution(ended: Ended, record: String): Resolution {
    val operation = runCatching { words(record).text("operation") }.getOrNull()
    val data = ended.outcome.data
    val value =
        if (data.isEmpty()) null else WRITES[operation]?.let { fitting(ended) { _ -> it.read(parsed(data), true) } }
    value?.outcome = ended.outcome
    val why = ended.done.unresolved
    val state =
        when (ended.done.resolved) {
            "applied" -> Resolution.State.APPLIED
            "not_applied" -> Resolution.State.NOT_APPLIED
            else -> Resolution.State.UNKNOWN
        }
    return Resolution(
        state,
        value,
        why?.reason,
        why?.retryAtMs?.let(java.time.Instant::ofEpochMilli),
        why?.differing.orEmpty(),
        ended.outcome,
    )
}

/** A record as the core takes it; it refuses an object that is none. */
internal fun record(text: String): JsonElement {
    val record =
        try {
            parsed(text)
        } catch (_: Misfit) {
            null
        }
    return record as? JsonObject
        ?: throw invalidArgument(RESOLVE, "record: is no JSON object, give the text that the error had, unchanged")
}
