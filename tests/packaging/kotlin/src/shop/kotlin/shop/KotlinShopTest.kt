package shop

import cryptopay.client.CallbackInvoice
import cryptopay.client.Cryptopay
import cryptopay.client.InvalidSignatureException
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Test

/** A shop in Kotlin: its invoice is paid, and the callback that tells so is the sandbox's own. */
class KotlinShopTest {
    @Test
    fun `an invoice is made and paid, and its callback is believed`() = runBlocking {
        Cryptopay.fromEnv().use { client ->
            val invoice = client.invoices.create("25".toBigDecimal(), "EUR", "BTC", customId = "kotlin-1")
            control("pay", """{"invoice_id": "${invoice.id}", "amount": "exact"}""")
            val told = Json.parseToJsonElement(control("callbacks")).jsonArray.last().jsonObject
            val body = told.getValue("body").jsonPrimitive.content.encodeToByteArray()
            val signature = told.getValue("signature").jsonPrimitive.content
            val event = client.callbacks.verify(body, signature)
            assertEquals("completed", event.status)
            assertEquals(invoice.id, assertIs<CallbackInvoice>(event.data).id)
            body[body.size / 2] = '!'.code.toByte()
            assertFailsWith<InvalidSignatureException> { client.callbacks.verify(body, signature) }
        }
        Unit
    }
}

/** Asks the sandbox for something that is not the API's. */
internal fun control(name: String, json: String? = null): String {
    val request = HttpRequest.newBuilder(URI("${System.getenv("CRYPTOPAY_ENVIRONMENT")}/_sandbox/$name"))
    if (json != null) request.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(json))
    return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString()).body()
}
