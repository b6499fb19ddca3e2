package cryptopay.example

import cryptopay.client.Cryptopay
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.time.Duration
import java.util.UUID
import java.util.concurrent.TimeUnit
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/** The scene of the demo: a local Cryptopay, and what makes its customers pay and its connections break. */
class Shop : AutoCloseable {
    private val process =
        ProcessBuilder(
                System.getenv("CRYPTOPAY_SANDBOX_BINARY") ?: "cryptopay-sandbox",
                "--port=0",
                "--rate-limit=0",
                "--exit-on-stdin-close",
            )
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start()
    private val told = Json.parseToJsonElement(process.inputReader().readLine())
    private val http = HttpClient.newHttpClient()
    val url = told.text("url")
    val apiKey = told.text("api_key")
    val apiSecret = told.text("api_secret")

    fun client(apiSecret: String = this.apiSecret, rateLimit: Int? = 195): Cryptopay =
        Cryptopay(url, apiKey, apiSecret, listOf(told.text("callback_secret")), rateLimit = rateLimit)

    /** A customer pays an invoice. */
    fun paid(invoice: UUID) {
        control("POST", "pay", """{"invoice_id": "$invoice", "amount": "exact"}""")
    }

    /** The callbacks that were sent: body and signature. */
    fun deliveries(): List<Pair<String, String>> =
        control("GET", "callbacks").jsonArray.map { it.text("body") to it.text("signature") }

    /** The answer of the next such request is lost after it was carried out, and another operation fails. */
    fun loses(operation: String, andFails: String? = null) {
        val lost = """{"operation": "$operation", "kind": "apply_then_drop", "times": 1}"""
        val fails = andFails?.let { """, {"operation": "$it", "kind": "status", "status": 500}""" }.orEmpty()
        control("POST", "faults", "[$lost$fails]")
    }

    /** Nothing goes wrong any more. */
    fun works() {
        control("DELETE", "faults")
    }

    /** The clock of the server goes wrong. */
    fun skewed(by: Duration) {
        control("POST", "clock", """{"skew_ms": ${by.toMillis()}}""")
    }

    /** The `custom_id` of every payout in the ledger, which must balance. */
    fun payouts(): List<String> {
        val ledger = control("GET", "ledger").jsonObject
        check(ledger.getValue("balanced").jsonPrimitive.boolean)
        val committed =
            ledger.getValue("withdrawals").jsonArray.filter {
                it.jsonObject.getValue("committed").jsonPrimitive.boolean
            }
        return committed.map { it.text("custom_id") }
    }

    private fun control(method: String, name: String, body: String = ""): JsonElement {
        val request =
            HttpRequest.newBuilder(URI("$url/_sandbox/$name"))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build()
        val answer = http.send(request, HttpResponse.BodyHandlers.ofString())
        check(answer.statusCode() < 300) { answer.body() }
        return if (answer.body().isEmpty()) JsonNull else Json.parseToJsonElement(answer.body())
    }

    private fun JsonElement.text(name: String): String = jsonObject.getValue(name).jsonPrimitive.content

    override fun close() {
        process.outputStream.close()
        process.waitFor(5, TimeUnit.SECONDS)
    }
}
