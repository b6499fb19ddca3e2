package cryptopay.client

import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject

/** What the core says to do next. Only translation: nothing is decided here. */
internal sealed interface Step {
    class Fetch(val request: Request) : Step

    class Sleep(val ms: Long) : Step

    class Ask(val permit: Permit, val timeoutMs: Long) : Step

    class Done(val done: cryptopay.client.Done) : Step
}

/** How a call ended; ranges are bytes of the last body. */
internal class Done(
    val error: Told?,
    val outcome: (data: String, meta: String, receivedMs: Long) -> Outcome,
    val data: IntRange?,
    val meta: IntRange?,
    val resolved: String?,
    val unresolved: Unresolved?,
)

/** Why it is still not known how a write ended. */
internal class Unresolved(val reason: Cause?, val retryAtMs: Long?, val differing: List<String>)

/** One object of the core's own JSON; what is not there has its natural emptiness. */
internal class Words(private val json: JsonObject) {
    operator fun get(name: String): JsonElement? = json[name].takeUnless { it is JsonNull }

    fun inner(name: String): Words? = (get(name) as? JsonObject)?.let(::Words)

    fun text(name: String): String? = get(name)?.let { Read.text.read(it, false) }

    fun long(name: String): Long? = get(name)?.let { Read.integer.read(it, false) }

    fun int(name: String): Int? = long(name)?.toInt()

    fun flag(name: String): Boolean = get(name)?.let { Read.bool.read(it, false) } ?: false

    fun texts(name: String): List<String> = get(name)?.let { Read.list(Read.text).read(it, false) }.orEmpty()

    fun all(name: String): List<Words> =
        get(name)?.let { list -> Read.list { one, _ -> Words(one as JsonObject) }.read(list, false) }.orEmpty()

    fun range(name: String): IntRange? =
        get(name)
            ?.let { Read.list(Read.integer).read(it, false) }
            ?.let { (from, until) -> from.toInt() until until.toInt() }
}

internal fun words(text: String) = Words(parsed(text) as JsonObject)

internal fun step(text: String): Step {
    val it = words(text)
    it.inner("fetch")?.let {
        return Step.Fetch(request(it))
    }
    it.inner("done")?.let {
        return Step.Done(done(it))
    }
    it.inner("sleep")?.let {
        return Step.Sleep(it.long("ms") ?: 0)
    }
    it.inner("permit")?.let {
        val permit = Permit(it.int("cost") ?: 1, it.text("priority").orEmpty(), it.long("frozen_ms") ?: 0)
        return Step.Ask(permit, it.long("timeout_ms") ?: 0)
    }
    val wrong = it.inner("misuse")
    throw misuse("a call that is ${wrong?.text("state")} was told ${wrong?.text("event")}")
}

private fun request(it: Words) =
    Request(
        method = it.text("method").orEmpty(),
        url = it.text("url").orEmpty(),
        headers =
            it["headers"]
                ?.let { Read.list(Read.list(Read.text)).read(it, false) }
                .orEmpty()
                .map { (name, value) -> Header(name, value) },
        body = it.text("body"),
        timeoutMs = it.long("timeout_ms") ?: 0,
        maxBody = it.long("max_body") ?: 0,
        fresh = it.flag("fresh"),
        purpose = it.text("purpose").orEmpty(),
    )

private fun done(it: Words): Done {
    val outcome = { data: String, meta: String, receivedMs: Long ->
        Outcome(
            status = it.int("status") ?: 0,
            requestId = it.text("request_id"),
            customId = it.text("custom_id"),
            recovered = it.flag("recovered"),
            accepted = it.flag("accepted"),
            notModified = it.flag("not_modified"),
            unverified = it.texts("unverified"),
            etag = it.text("etag"),
            lastModified = it.text("last_modified"),
            record = it["record"]?.toString(),
            trace = trace(it.inner("trace")),
            data = data,
            meta = meta,
            receivedMs = receivedMs,
        )
    }
    val unresolved = it.inner("unresolved")
    return Done(
        error = it.inner("error")?.let(::told),
        outcome = outcome,
        data = it.range("data"),
        meta = it.range("meta"),
        resolved = it.text("resolved"),
        unresolved =
            unresolved?.let { why ->
                Unresolved(why.inner("cause")?.let(::reason), why.long("retry_at_ms"), why.texts("differing"))
            },
    )
}

internal fun told(it: Words) =
    Told(
        code = it.text("code").orEmpty(),
        text = it.text("text").orEmpty(),
        message = it.text("message").orEmpty(),
        operation = it.text("operation").orEmpty(),
        hint = it.text("hint").orEmpty(),
        status = it.int("status"),
        requestId = it.text("request_id"),
        apiCode = it.text("api_code"),
        fields =
            it.all("fields").map { field ->
                FieldError(
                    field.text("target").orEmpty(),
                    field.text("code").orEmpty(),
                    field.text("message").orEmpty(),
                    field.text("args").orEmpty(),
                )
            },
        existingId = it.text("existing_id"),
        differing = it.texts("differing"),
        retryAtMs = it.long("retry_at_ms"),
        record = it["record"]?.toString(),
        reason = it.inner("cause")?.let(::reason),
        signed =
            it.inner("signed")?.let { signed ->
                Signed(
                    signed.text("string_to_sign").orEmpty(),
                    signed.long("clock_difference_ms"),
                    signed.text("likely").orEmpty(),
                )
            },
        trace = trace(it.inner("trace")),
    )

private fun reason(it: Words) =
    Cause(it.text("code").orEmpty(), it.text("message").orEmpty(), it.int("status"), it.text("request_id"))

private fun trace(it: Words?) =
    Trace(
        it?.int("sends") ?: 0,
        it?.int("looks") ?: 0,
        it?.all("waits").orEmpty().map { wait -> Wait(wait.long("ms") ?: 0, wait.text("reason").orEmpty()) },
    )
