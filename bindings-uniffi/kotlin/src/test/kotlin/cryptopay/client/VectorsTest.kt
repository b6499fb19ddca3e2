package cryptopay.client

import cryptopay.client.binding.Client
import cryptopay.client.binding.classify
import cryptopay.client.binding.dedupeKey
import cryptopay.client.binding.mayFollow
import cryptopay.client.binding.readAmount
import cryptopay.client.binding.retryDelay
import cryptopay.client.binding.sameAmount
import cryptopay.client.binding.sign
import cryptopay.client.binding.signCallback
import cryptopay.client.binding.verifyCallback
import java.nio.ByteBuffer
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonArray
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.put
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory

/** Gives the contract's vectors to the core's pure functions, and to the public API where it has a form of its own. */
class VectorsTest {
    private val all = readAll("vectors")

    @Test
    fun `there are vectors`() {
        assertTrue(all.size >= 12)
    }

    @TestFactory
    fun vectors(): List<DynamicTest> =
        all.flatMap { (name, vector) ->
            val function = vector["function"].string()!!
            val cases = vector.getValue("cases").jsonArray
            val file = "vectors/$name.json".also { Ledger.expects(it, cases.size) }
            cases.map { case ->
                dynamicTest("$name: ${case["name"].string()}") {
                    judge(function, case, answer(function, case["in"]!!))
                    Ledger.passed(file)
                }
            }
        }

    private fun judge(function: String, case: JsonElement, answer: JsonElement) {
        val code = case["error"].string()
        if (code != null) {
            assertTrue(answer["error"] != null, "$answer")
            assertTrue(code == "*" || code == answer["error"]["code"].string(), "$answer")
        } else if (function == "error") {
            assertEquals(case["out"]["code"], answer["code"])
            val texts = { name: String -> case["out"][name]?.jsonArray.orEmpty().map { it.string()!! } }
            texts("message_has").forEach { assertTrue(it in answer["text"].string()!!, "$it in $answer") }
            texts("never").forEach { assertTrue(it !in answer["shown"].string()!!, "$it in $answer") }
        } else {
            assertEquals(emptyList(), differences(case["out"], answer))
        }
    }

    private fun answer(function: String, given: JsonElement): JsonElement =
        when (function) {
            "sign" -> parse(sign(direct(given)))
            "request" -> request(given)
            "classify" -> classified(given)
            "retry" -> parse(retryDelay(direct(chosen(given, "status", "attempt", "entropy", "look"))))
            "verify_callback" -> {
                val asked = chosen(given, "signature", "secrets", headers = false)
                val told = parse(verifyCallback(direct(textOf(given["body"])), direct(asked)))
                told["event"] ?: told
            }
            "sign_callback" -> {
                val secrets = buildJsonArray { add(given["secret"]!!) }.toString().encodeToByteArray()
                parse(signCallback(direct(textOf(given["body"])), direct(secrets)))
            }
            "dedupe_key" -> buildJsonObject { put("key", dedupeKey(direct(textOf(given["body"])))) }
            "may_follow" -> {
                val (type, from, to) = listOf("type", "from", "to").map { direct(textOf(given[it])) }
                buildJsonObject { put("may", mayFollow(type, from, to)) }
            }
            "amount" -> amount(given)
            "decode" -> decode(given)
            "error" -> {
                val error = assertFailsWith<CryptopayException> { called(given) }
                buildJsonObject {
                    put("code", error.code)
                    put("text", error.message)
                    put("shown", "$error ${error.stackTraceToString()} ${error.signed} ${error.record} ${error.fields}")
                }
            }
            "resolve_record" -> resolved(given)
            else -> error("there is no function $function")
        }

    private fun classified(given: JsonElement): JsonElement {
        val asked = chosen(given, "status", "expect", "conditional", "write")
        val told = parse(classify(direct(asked), direct(bodyOf(given)))).jsonObject
        val retry = if (told["retry"].string() in listOf("wait", "backoff")) "wait" else "never"
        return JsonObject(told + ("retry" to JsonPrimitive(retry)))
    }

    private fun amount(given: JsonElement): JsonElement {
        val a =
            given["a"]
                ?: return parse(readAmount(direct(textOf(given["text"] ?: given["json"])), given["json"] != null))
        return buildJsonObject { put("equal", sameAmount(direct(textOf(a)), direct(textOf(given["b"])))) }
    }

    private fun request(given: JsonElement): JsonElement {
        val named = "custom_id" !in given["params"]!!.jsonObject
        val unnamed = buildJsonObject { put("custom_id", buildJsonObject { put("generated", false) }) }
        var options: JsonElement = if (named) unnamed else JsonNull
        var step = begun(given, options).first
        if (step["done"] != null) {
            options = JsonNull
            step = begun(given, options).first
        }
        if (step["fetch"]["purpose"].string() == "before") {
            // What a forced write reads first is no part of the vector.
            val answered = buildJsonObject {
                put("unix_ms", given["unix_ms"]!!)
                put("tick_ms", 0)
                put("response", Json.parseToJsonElement("""{"status":200,"headers":[]}"""))
            }
            val empty = """{"data":[],"meta":{"total":0,"has_more":false}}""".encodeToByteArray()
            step = parse(begun(given, options).second.advance(direct(answered), direct(empty)))
        }
        step["done"]?.let {
            return JsonObject(mapOf("error" to it["error"]!!))
        }
        val fetch = spelt(step["fetch"]!!.jsonObject)
        // `path` of a vector is asked for under the names of the step itself.
        return JsonObject(
            step["fetch"]!!.jsonObject + mapOf("headers" to fetch["headers"]!!, "body" to fetch["body"]!!)
        )
    }

    private fun begun(given: JsonElement, options: JsonElement): Pair<JsonElement, cryptopay.client.binding.Call> {
        val config = buildJsonObject {
            put("environment", given["base_url"]!!)
            put("api_key", given["api_key"]!!)
            put("api_secret", given["api_secret"]!!)
        }
        val start = buildJsonObject {
            put("unix_ms", given["unix_ms"]!!)
            put("tick_ms", 0)
            put("entropy", "0".repeat(32))
            put("params", given["params"]!!)
            put("options", options)
        }
        val begun = Client(direct(config)).begin(direct(textOf(given["operation"])), direct(start))
        return parse(begun.step) to begun.call
    }

    private fun resolved(given: JsonElement): JsonElement {
        val config = Json.parseToJsonElement("""{"environment":"sandbox","api_key":"k","api_secret":"s"}""")
        val start = buildJsonObject {
            put("unix_ms", 0)
            put("tick_ms", 0)
            put("entropy", "0".repeat(32))
            put("params", given["record"] ?: JsonNull)
            put("options", JsonNull)
        }
        val begun = Client(direct(config)).resolve(direct(start))
        parse(begun.step)["done"]["error"]?.let {
            return JsonObject(mapOf("error" to it))
        }
        return begun.call.pending()?.let(::parse) ?: JsonNull
    }

    private fun decode(given: JsonElement): JsonElement {
        val value =
            try {
                called(given)
            } catch (error: CryptopayException) {
                return buildJsonObject { put("error", buildJsonObject { put("code", error.code) }) }
            }
        val typed = written(value)
        val raw = (value as? Model)?.outcome?.data?.let(::parse)?.jsonObject
        val extra = raw?.filterKeys { it !in typed.jsonObject }.orEmpty()
        val whole = if (typed is JsonObject) JsonObject(typed + extra) else typed
        return JsonObject(mapOf("value" to whole, "extra" to JsonObject(extra)))
    }

    /** Calls the operation through the public API, with made-up ids, over a transport that always answers the same. */
    private fun called(given: JsonElement): Any {
        val fetch =
            object : Fetch {
                override suspend fun fetch(request: Request): Response {
                    given["failure"]?.let { failure ->
                        val kind = FetchException.Kind.valueOf(failure["kind"].string()!!.uppercase())
                        throw FetchException(kind, failure["sent"].string() != "no")
                    }
                    val headers = (given["headers"] as? JsonObject).orEmpty().map { (n, v) -> Header(n, v.string()!!) }
                    return Response(given["status"]?.jsonPrimitive?.int ?: 200, headers, bodyOf(given))
                }
            }
        val secret = given["api_secret"].string() ?: "s"
        return Cryptopay("sandbox", "k", secret, maxRetries = 0, fetch = fetch).use { client ->
            val operation = given["operation"].string()!!
            val asked = Asked(MadeUp(operation, given["params"] as? JsonObject).json, null, null)
            runBlocking {
                val came =
                    try {
                        dispatch(client, operation, asked)
                    } catch (_: Misfit) {
                        // What Kotlin's types cannot say is refused by the core all the same.
                        client.engine.run(operation, given["params"]!!, WriteOptions()) { it }
                    }
                if (came is Pages<*>) came.first() else came
            }
        }
    }

    private fun chosen(given: JsonElement, vararg names: String, headers: Boolean = true): JsonObject {
        val picked = given.jsonObject.filterKeys { it in names }
        return JsonObject(if (headers) picked + ("headers" to pairs(given["headers"])) else picked)
    }
}

/** Parameters that a method needs, where a case gives none. */
private class MadeUp(operation: String, given: JsonObject?) {
    val json: JsonObject =
        JsonObject(NEEDED.getValue("") + (NEEDED[operation].takeIf { given == null }).orEmpty() + given.orEmpty())

    private companion object {
        const val ID = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd"
        val IDS =
            listOf(
                    "invoice",
                    "channel",
                    "coin_withdrawal",
                    "customer",
                    "account",
                    "subscription",
                    "exchange_transfer",
                    "recalculation",
                    "channel_payment",
                    "payment",
                    "transaction",
                )
                .associate { "${it}_id" to ID } + mapOf("base_currency" to "BTC", "quote_currency" to "EUR")
        val NEEDED: Map<String, Map<String, JsonElement>> =
            mapOf(
                    "" to IDS,
                    "coin_withdrawals.create" to
                        mapOf(
                            "address" to "a",
                            "charged_currency" to "EUR",
                            "received_currency" to "BTC",
                            "received_amount" to "1",
                            "custom_id" to "c",
                        ),
                    "invoices.create" to
                        mapOf("price_amount" to "1", "price_currency" to "EUR", "pay_currency" to "BTC"),
                )
                .mapValues { (_, all) -> all.mapValues { JsonPrimitive(it.value) } }
    }
}

private fun parse(text: String): JsonElement = Json.parseToJsonElement(text)

private fun direct(json: JsonElement): ByteBuffer = direct(json.toString().encodeToByteArray())

private fun direct(bytes: ByteArray): ByteBuffer = ByteBuffer.allocateDirect(bytes.size).put(bytes).flip()
