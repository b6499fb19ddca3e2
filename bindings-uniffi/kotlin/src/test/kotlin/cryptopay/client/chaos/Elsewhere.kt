package cryptopay.client.chaos

import cryptopay.client.Control
import cryptopay.client.FastTime
import cryptopay.client.get
import cryptopay.client.string
import kotlin.random.Random
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.add
import kotlinx.serialization.json.buildJsonArray
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import kotlinx.serialization.json.put

/**
 * Another process, which resolves the records of writes that it knows nothing else about: a line of JSON in for each
 * run, a line out. It is told the records as a database would keep them.
 */
internal class Elsewhere : AutoCloseable {
    private val process =
        ProcessBuilder(
                "${System.getProperty("java.home")}/bin/java",
                "-cp",
                System.getProperty("java.class.path"),
                "cryptopay.client.chaos.ElsewhereKt",
            )
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start()
    private val out = process.outputWriter()
    private val answers = process.inputReader()

    @Synchronized
    fun resolve(keys: Keys, time: FastTime, seed: Int, writes: List<Write>) {
        val told = buildJsonObject {
            put("url", keys.url)
            put("api_key", keys.apiKey)
            put("api_secret", keys.apiSecret)
            put("rate_limit", keys.rateLimit)
            put("passed_ms", time.passedMs)
            put("seed", seed)
            put(
                "records",
                buildJsonArray {
                    writes.forEach { add(JsonArray(listOf(JsonPrimitive(it.record), JsonPrimitive(it.resolved)))) }
                },
            )
        }
        out.write("$told\n")
        out.flush()
        val answer = Json.parseToJsonElement(checkNotNull(answers.readLine()) { "the other process is gone" })
        time.passedMs = answer["passed_ms"]!!.jsonPrimitive.long
        for ((write, came) in writes.zip(answer["resolved"]!!.jsonArray)) {
            write.resolved = came["state"].string()
            came["named"]!!.jsonArray.forEach { write.named += it.string()!! }
            came["log"]!!.jsonArray.forEach {
                write.log += it.jsonArray[0].jsonPrimitive.long to it.jsonArray[1].string()!!
            }
        }
    }

    override fun close() {
        out.close()
        process.waitFor()
    }
}

/**
 * How long is waited between two records: the quota for looks (T6) is one of a client, and many records that are asked
 * for at once would use it up.
 */
private const val PAUSE_MS = 30_000L

private suspend fun resolved(told: JsonElement): JsonElement {
    val control = Control(told["url"].string()!!)
    val seed = told["seed"]!!.jsonPrimitive.int
    val time =
        FastTime(Random(seed + 1000), told["passed_ms"]!!.jsonPrimitive.long) {
            control.ask("POST clock", Json.parseToJsonElement("""{"advance_ms": $it}"""))
        }
    time.join()
    val writes =
        told["records"]!!.jsonArray.map { pair ->
            Write(Kind.PAYOUT, "").apply {
                record = pair.jsonArray[0].string()
                resolved = pair.jsonArray[1].string()
            }
        }
    val limit = told["rate_limit"]?.jsonPrimitive?.int
    val keys = Keys(control.url, told["api_key"].string()!!, told["api_secret"].string()!!, limit)
    (if (seed % 2 == 0) SuspendApi(keys, time) else BlockingApi(keys, time)).use { api ->
        val caller = Caller(api, time) { _, _ -> JsonNull }
        for (write in writes) {
            write.resolve(caller)
            time.sleep(PAUSE_MS)
        }
    }
    return buildJsonObject {
        put("passed_ms", time.passedMs)
        put(
            "resolved",
            buildJsonArray {
                for (write in writes) {
                    add(
                        buildJsonObject {
                            put("state", write.resolved)
                            put("named", JsonArray(write.named.map(::JsonPrimitive)))
                            put(
                                "log",
                                buildJsonArray {
                                    write.log.forEach { (at, line) ->
                                        add(
                                            buildJsonArray {
                                                add(at)
                                                add("elsewhere $line")
                                            }
                                        )
                                    }
                                },
                            )
                        }
                    )
                }
            },
        )
    }
}

fun main() {
    generateSequence(::readLine).forEach { line -> println(runBlocking { resolved(Json.parseToJsonElement(line)) }) }
}
