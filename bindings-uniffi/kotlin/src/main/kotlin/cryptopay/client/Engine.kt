package cryptopay.client

import cryptopay.client.binding.Begun
import cryptopay.client.binding.Client
import cryptopay.client.binding.Refused
import java.util.HexFormat
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/** A call that ended well; [unfit] says what it is told as where it cannot be handed back. */
internal class Ended(val done: Done, val outcome: Outcome, val unfit: (misfit: String?, data: String) -> Told)

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
        Pages({ core.pages(operation, given.json()) }, { params, read -> run(operation, params, options, read) }, model)

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
        BlockingPages(
            { core.pages(operation, given.json()) },
            { params, read -> run(operation, params, options, read) },
            model,
        )

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
    return fitting(ended) { model.read(parsed(data), true) }.also { it.outcome = outcome }
}

private fun <T> rows(ended: Ended, model: Reader<T>): Rows<T> {
    if (ended.outcome.data.isEmpty()) throw without(ended)
    return Rows(fitting(ended) { Read.list(model).read(parsed(ended.outcome.data), true) }, ended.outcome)
}

private fun <T> table(ended: Ended, model: Reader<T>): Table<T> {
    if (ended.outcome.data.isEmpty()) throw without(ended)
    val rows =
        fitting(ended) {
            val members = parsed(ended.outcome.data) as? JsonObject ?: throw Misfit("an object is expected")
            members.mapValues { model.read(it.value, true) }
        }
    return Table(rows, ended.outcome)
}

/** What a success without an object ends as: there is nothing to hand back for it. */
private fun without(ended: Ended): RuntimeException {
    val outcome = ended.outcome
    if (outcome.notModified) return NotModified(outcome)
    val told = ended.unfit(null, "")
    return if (outcome.accepted) Accepted(outcome, told) else exception(told)
}

/** Reads an answer, leniently: what may be left out hides no object. */
internal fun <T> fitting(ended: Ended, read: () -> T): T =
    try {
        read()
    } catch (misfit: Misfit) {
        throw exception(ended.unfit(misfit.message.orEmpty(), ended.outcome.data), misfit)
    }

/** How the write of a record ended. */
internal fun resolution(ended: Ended, record: String): Resolution {
    val operation = runCatching { words(record).text("operation") }.getOrNull()
    val data = ended.outcome.data
    val value =
        try {
            if (data.isEmpty()) null else WRITES[operation]?.read(parsed(data), true)
        } catch (_: Misfit) {
            // How it ended is worth more than the object.
            null
        }
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
        ?: throw invalidArgument(RESOLVE, "record: is not a JSON object, give the text that the error had, unchanged")
}
