package cryptopay.client

import cryptopay.client.binding.Begun
import cryptopay.client.binding.Client
import java.net.URI
import java.net.URLDecoder
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonArray
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import kotlinx.serialization.json.put
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory

/** Plays the contract's transcripts through the border, as the drivers do. */
class TranscriptsTest {
    private val all = readAll("transcripts")

    @Test
    fun `there are transcripts`() {
        assertTrue(all.size > 100)
    }

    @TestFactory
    fun transcripts(): List<DynamicTest> =
        all.map { (name, transcript) ->
            val file = "transcripts/$name.json".also { Ledger.expects(it, 1) }
            dynamicTest(name) {
                Play(transcript).run()
                Ledger.passed(file)
            }
        }
}

private val EVENTS = listOf("failed", "woken", "cancelled", "permitted", "permit_failed")

private class Played(val begun: Begun) {
    var body = ByteArray(0)
    var fetch: JsonObject? = null
    var record: JsonElement? = null
    var done: JsonElement? = null
}

private class Play(private val transcript: JsonObject) {
    private val client =
        lend(
            buildJsonObject {
                    put("environment", "sandbox")
                    put("api_key", "key")
                    put("api_secret", "secret")
                    (transcript["client"] as? JsonObject)?.forEach { (name, value) ->
                        put(if (name == "base_url") "environment" else name, value)
                    }
                }
                .toString()
                .encodeToByteArray()
        ) {
            Client(it)
        }
    private val calls = HashMap<String, Played>()

    fun run() {
        var wall = transcript["wall"]?.jsonPrimitive?.long ?: 0
        for (line in transcript.getValue("play").jsonArray) {
            val name = line["call"].string() ?: "a"
            wall = line["wall"]?.jsonPrimitive?.long ?: wall
            val at = line["at"]!!.jsonPrimitive.long
            val clocks = mapOf("unix_ms" to JsonPrimitive(maxOf(at + wall, 0)), "tick_ms" to JsonPrimitive(at))
            val start = line["start"]
            val answered =
                if (start != null) {
                    calls[name] = Played(begin(transcript["calls"][name]!!, start, clocks))
                    calls.getValue(name).begun.step
                } else {
                    advance(calls.getValue(name), line, clocks)
                }
            val found = judge(calls.getValue(name), line, Json.parseToJsonElement(answered).jsonObject)
            assertEquals(emptyList(), found, "at $at, call $name: $line\n$answered")
        }
        (transcript["ends"] as? JsonObject)?.forEach { (name, expected) ->
            assertEquals(emptyList(), differences(expected, calls.getValue(name).done ?: JsonNull))
        }
    }

    private fun begin(asked: JsonElement, start: JsonElement, clocks: Map<String, JsonElement>): Begun {
        val resolve = asked["resolve"]
        val record =
            if (resolve.string() == null) resolve
            else calls.getValue(resolve.string()!!.removePrefix("$").substringBefore('.')).record
        val text =
            JsonObject(
                    clocks +
                        mapOf(
                            "entropy" to (start["entropy"] ?: JsonPrimitive("0".repeat(32))),
                            "options" to (asked["options"] ?: JsonNull),
                            "params" to (record ?: asked["params"] ?: JsonObject(emptyMap())),
                        )
                )
                .toString()
                .encodeToByteArray()
        if (resolve != null) return lend(text) { client.resolve(it) }
        val operation = asked["operation"].string()!!.encodeToByteArray()
        return lend(operation, text) { one, two -> client.begin(one, two) }
    }

    private fun advance(running: Played, line: JsonElement, clocks: Map<String, JsonElement>): String {
        val event = LinkedHashMap(clocks)
        EVENTS.forEach { name -> line[name]?.let { event[name] = it } }
        line["for"]?.let { assertEquals(emptyList(), differences(it, running.fetch)) }
        val given = line["response"]
        val body = given?.let(::bodyOf) ?: ByteArray(0)
        if (given != null) {
            event["response"] = buildJsonObject {
                put("status", given["status"]!!)
                put("headers", pairs(given["headers"]))
            }
        }
        val answered =
            lend(JsonObject(event).toString().encodeToByteArray(), body) { one, two ->
                running.begun.call.advance(one, two)
            }
        if (given != null && "misuse" !in Json.parseToJsonElement(answered).jsonObject) running.body = body
        return answered
    }

    private fun judge(running: Played, line: JsonElement, came: JsonObject): List<String> {
        var answered = came
        if (came["misuse"] == null) {
            running.fetch = (came["fetch"] as? JsonObject)?.let(::spelt)
            running.fetch?.let { answered = JsonObject(mapOf("fetch" to it)) }
        }
        (came["done"] as? JsonObject)?.let { done ->
            val parts =
                mapOf("value" to "data", "meta" to "meta").mapValues { (_, place) ->
                    (done[place] as? JsonArray)?.let { (from, until) ->
                        val size = (until.jsonPrimitive.long - from.jsonPrimitive.long).toInt()
                        Json.parseToJsonElement(String(running.body, from.jsonPrimitive.long.toInt(), size))
                    } ?: JsonNull
                }
            running.done = JsonObject(done + parts)
            answered = JsonObject(mapOf("done" to running.done!!))
        }
        val pending = running.begun.call.pending()?.let(Json::parseToJsonElement)
        val done = answered["done"]
        running.record = done["error"]["record"] ?: done["record"] ?: pending
        return buildList {
            line["step"]?.let { step ->
                addAll(differences(step, answered))
                val expected = step["done"] as? JsonObject
                if (expected != null && "error" !in expected && "resolved" !in expected && done["error"] != null) {
                    add("it ended with ${done["error"]}")
                }
            }
            line["misuse"]?.let { addAll(differences(it, answered["misuse"])) }
            (line as JsonObject)["pending"]?.let { addAll(differences(it, pending)) }
        }
    }
}

internal fun pairs(headers: JsonElement?): JsonArray = buildJsonArray {
    (headers as? JsonObject)?.forEach { (name, value) ->
        add(JsonArray(listOf(JsonPrimitive(name.lowercase()), value)))
    }
}

internal fun spelt(fetch: JsonObject): JsonObject {
    val url = URI(fetch["url"].string()!!)
    val query =
        url.rawQuery.orEmpty().split('&').filter(String::isNotEmpty).associate {
            val (name, value) = it.split('=', limit = 2)
            URLDecoder.decode(name, Charsets.UTF_8) to JsonPrimitive(URLDecoder.decode(value, Charsets.UTF_8))
        }
    val headers = fetch["headers"]!!.jsonArray.associate { it.jsonArray[0].string()!!.lowercase() to it.jsonArray[1] }
    return JsonObject(
        fetch +
            mapOf(
                "route" to JsonPrimitive(url.rawPath),
                "path" to JsonPrimitive(url.rawPath + url.rawQuery?.let { "?$it" }.orEmpty()),
                "query" to JsonObject(query),
                "headers" to JsonObject(headers),
                "body" to
                    (fetch["body"].string()?.takeIf(String::isNotEmpty)?.let(Json::parseToJsonElement) ?: JsonNull),
            )
    )
}
