package cryptopay.client

import java.time.Duration
import java.util.concurrent.ConcurrentHashMap
import kotlin.coroutines.cancellation.CancellationException
import kotlin.random.Random
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import kotlinx.serialization.json.put
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory

/**
 * Plays the contract's stories against a sandbox through the typed client, in both styles, with time that jumps over
 * waits.
 */
class ScenariosTest {
    private val all = readAll("scenarios")

    @Test
    fun `there are scenarios`() {
        assertTrue(all.size > 100)
    }

    @TestFactory
    fun scenarios(): List<DynamicTest> =
        all.map { (name, story) ->
            val file = "scenarios/$name.json".also { Ledger.expects(it, 1) }
            dynamicTest(name) {
                // A story waits more than it works: both styles wait together.
                runBlocking(Dispatchers.IO) {
                    STYLES.map { (style, client) -> async { told(style) { play(story, client) } } }.awaitAll()
                }
                Ledger.passed(file)
            }
        }

    /** Of calls that are made at once, each must sleep before time jumps. */
    @Test
    fun `calls at once share time`() {
        val story = all.single { it.first == "l1-own-limit" }.second
        repeat(System.getProperty("cryptopay.repeat", "3").toInt()) {
            runBlocking { STYLES.forEach { (style, client) -> told(style) { play(story, client) } } }
        }
    }

    private inline fun told(style: String, play: () -> Unit) {
        try {
            play()
        } catch (wrong: Throwable) {
            throw AssertionError("$style: ${wrong.message}", wrong)
        }
    }

    private suspend fun play(story: JsonObject, client: (Wanted, FastTime) -> Style) {
        val limit = story["sandbox"]["rate_limit"]?.jsonPrimitive?.long ?: 200
        Sandbox(story["sandbox"]["seed"]?.jsonPrimitive?.long ?: 7, limit).use { sandbox ->
            Scene(story, sandbox, client).use { scene -> withContext(Dispatchers.Default) { scene.play() } }
        }
    }
}

/** What `$w.id` (of the value), `$w@etag` (of the ending) or a quote `$w` stands for. */
private class Saved(val value: JsonElement, val done: JsonObject, val model: Model? = null)

private class Scene(private val story: JsonObject, private val sandbox: Sandbox, style: (Wanted, FastTime) -> Style) :
    AutoCloseable {
    private val time = FastTime(Random(7)) { sandbox.control("POST clock", """{"advance_ms": $it}""") }
    private val saved = ConcurrentHashMap<String, Saved>()
    private val client: Style
    private var callbacks = 0

    init {
        for (name in listOf("quirks", "key")) story["sandbox"][name]?.let { sandbox.control("POST $name", it) }
        val settings = story["client"]
        (settings as? JsonObject)?.keys?.forEach { assertTrue(it in KNOWN, "the client has no setting $it") }
        fun number(name: String) = settings[name]?.jsonPrimitive?.long
        val wanted =
            Wanted(
                sandbox.url,
                sandbox.apiKey,
                settings["api_secret"].string() ?: sandbox.apiSecret,
                listOf(sandbox.callbackSecret),
                timeout = Duration.ofMillis(number("deadline_ms") ?: 90_000),
                attemptTimeout = Duration.ofMillis(number("attempt_timeout_ms") ?: 15_000),
                maxRetries = (number("max_retries") ?: 3).toInt(),
                rateLimit =
                    if ((settings as? JsonObject)?.get("rate_limit") is JsonNull) null
                    else (number("rate_limit") ?: 195).toInt(),
            )
        client = style(wanted, time)
    }

    suspend fun play() {
        for ((index, step) in story.getValue("do").jsonArray.withIndex()) {
            try {
                val once = step["parallel"]?.jsonArray ?: listOf(step)
                val together = List(step["times"]?.jsonPrimitive?.int ?: 1) { once }.flatten()
                // All of them count as awake before the first begins: time jumps when every one of them sleeps.
                time.join(together.size)
                coroutineScope { together.map { async { judged(it) } }.awaitAll() }
            } catch (wrong: Throwable) {
                throw AssertionError("step ${index + 1}: $step: ${wrong.message}", wrong)
            }
        }
        val expected = story["journal"] ?: return
        var found = emptyList<String>()
        // The last entries of requests that nobody waits for any more are closed a moment later.
        for (round in 1..50) {
            found = journal(expected, sandbox.control("GET journal").jsonArray)
            if (found.isEmpty()) return
            delay(20)
        }
        assertEquals(emptyList(), found, "journal")
    }

    private fun journal(expected: JsonElement, came: JsonArray): List<String> {
        val told = came.map { JsonArray(listOf(it["operation"] ?: JsonNull, it["fault"] ?: it["status"] ?: JsonNull)) }
        val unordered = expected["unordered"]?.jsonArray ?: return differences(expected, JsonArray(told))
        return differences(JsonArray(unordered.sortedBy { "$it" }), JsonArray(told.sortedBy { "$it" }))
    }

    /** A step that expects neither an error nor a resolution nor a cancellation must succeed. */
    private suspend fun judged(step: JsonElement) {
        val came =
            try {
                one(step)
            } finally {
                time.leave()
            }
        val expected = filled(step["expect"])
        val found = if (expected == null) emptyList() else differences(expected, came.done)
        val ended =
            listOf("error", "resolved", "cancelled").filter {
                (expected[it] != null) != (came.done[it].orNothing() != null)
            }
        assertEquals(emptyList(), found + ended.map { "$it: it ended with ${came.done}" })
        step["save"].string()?.let { saved[it] = came }
    }

    private suspend fun one(step: JsonElement): Saved {
        step["control"].string()?.let { asked ->
            val body = filled(step["json"])
            val advance = body["advance_ms"].takeIf { asked.endsWith(" clock") }
            if (advance != null) time.suspending.sleep(advance.jsonPrimitive.long)
            return Saved(if (advance != null) JsonNull else sandbox.control(asked, body), NOTHING)
        }
        if (step["callback"] != null) {
            val next = sandbox.control("GET callbacks").jsonArray[callbacks++]
            val body = next["body"].string()!!
            val event = client.callbacks.verify(body.encodeToByteArray(), next["signature"].string())
            val value = buildJsonObject {
                put("type", event.type)
                put("event", event.event)
                put("value", Json.parseToJsonElement(body))
            }
            assertTrue(event.data != null, "a callback's object is read")
            return Saved(value, value)
        }
        val after = step["cancel_after_ms"]?.jsonPrimitive?.long
        return try {
            if (after == null) called(step) else withTimeout(after) { called(step) }
        } catch (stopped: CancellationException) {
            if (after == null) throw stopped
            cancelled(pendingOf(stopped))
        } catch (accepted: Accepted) {
            Saved(JsonNull, done(accepted.outcome, JsonNull))
        } catch (error: CryptopayException) {
            if (after != null && error.cause is InterruptedException) return cancelled(error.record)
            val told = spelt(error)
            Saved(told, JsonObject(mapOf("error" to told)))
        } catch (same: NotModified) {
            Saved(JsonNull, done(same.outcome, JsonNull))
        }
    }

    private fun cancelled(record: String?): Saved {
        val kept = record?.let(Json::parseToJsonElement) ?: JsonNull
        return Saved(JsonObject(mapOf("record" to kept)), buildJsonObject { put("cancelled", true) })
    }

    private suspend fun called(step: JsonElement): Saved {
        step["resolve"].string()?.let { place ->
            val found = client.resolve(value(place).toString())
            val shown = found.outcome.data.ifEmpty { null }?.let(Json::parseToJsonElement) ?: JsonNull
            val told = buildJsonObject {
                put("resolved", found.state.name.lowercase())
                put("value", shown)
                put("unresolved", buildJsonObject { put("retry_at_ms", found.retryAt?.toEpochMilli()) })
            }
            return Saved(shown, JsonObject(done(found.outcome, shown) + told))
        }
        val quote = step["options"]["quote"].string()?.let { saved.getValue(it.drop(1)).model }
        val given = (step["options"] as? JsonObject)?.filterKeys { it != "quote" }?.let(::JsonObject)
        val asked = Asked((filled(step["params"]) as? JsonObject) ?: NOTHING, filled(given) as? JsonObject, quote)
        val came = client.call((step["call"] ?: step["list"]).string()!!, asked)
        client.rows(came, step["take"]?.jsonPrimitive?.int)?.let { rows ->
            val value = written(rows)
            val counted = mapOf("count" to JsonPrimitive(rows.size), "value" to value)
            val page = rows as? Page<*> ?: return Saved(value, JsonObject(counted))
            return Saved(value, JsonObject(done(page.outcome, value) + counted))
        }
        val model = came as? Model
        val outcome = model?.outcome ?: (came as? Rows<*>)?.outcome ?: (came as Table<*>).outcome
        // A typed object and all that its model does not know.
        val raw = outcome.data.ifEmpty { null }?.let(Json::parseToJsonElement)
        val typed = written(came)
        val value = if (typed is JsonObject) JsonObject((raw as? JsonObject).orEmpty() + typed) else typed
        return Saved(value, done(outcome, value), model)
    }

    private fun value(text: String): JsonElement? {
        val (name, path) = Regex("\\$(\\w+)[.@]?(.*)").matchEntire(text)!!.destructured
        val from: JsonElement = saved.getValue(name).let { if ('@' in text) it.done else it.value }
        return path.split('.').filter(String::isNotEmpty).fold(from as JsonElement?) { inner, part ->
            if (inner is JsonArray) inner[part.toInt()] else inner[part]
        }
    }

    private fun filled(json: JsonElement?): JsonElement? =
        when {
            json == null -> null
            json.string()?.startsWith("$") == true -> value(json.string()!!)
            json is JsonArray -> JsonArray(json.map { filled(it) ?: JsonNull })
            json is JsonObject -> JsonObject(json.mapValues { filled(it.value) ?: JsonNull })
            else -> json
        }

    override fun close() = client.close()

    private companion object {
        val KNOWN = setOf("api_secret", "deadline_ms", "attempt_timeout_ms", "max_retries", "rate_limit")
        val NOTHING = JsonObject(emptyMap())
    }
}
