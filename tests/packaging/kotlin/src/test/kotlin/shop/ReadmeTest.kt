package shop

import cryptopay.client.BlockingCryptopay
import cryptopay.client.CryptopayException
import cryptopay.client.callbacks.Callbacks
import io.ktor.server.application.Application
import io.ktor.server.engine.embeddedServer
import io.ktor.server.netty.Netty
import java.io.File
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import org.springframework.boot.builder.SpringApplicationBuilder
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext
import readme.OkHttpFetch
import readme.Payments
import readme.SNIPPETS
import readme.coins
import readme.payments

/** Every snippet of the README runs as it stands; what it declares is used. */
class ReadmeTest {
    private val readme = File("../../../bindings-uniffi/kotlin/README.md").readText()

    @TestFactory
    fun snippets(): List<DynamicTest> =
        SNIPPETS.map { (name, run) -> dynamicTest(name) { runBlocking { run() } } }

    @Test
    fun `a transport of one's own is short, and works`() {
        val source = readme.substringAfter("class OkHttpFetch").substringBefore("```")
        assertTrue(source.lines().count(String::isNotBlank) < 30, source)
        val variables = System.getenv()
        BlockingCryptopay.fromEnv(variables).fetch(OkHttpFetch()).build().use { client ->
            assertTrue(client.coins.list().size > 3)
            val made = client.invoices.create("3".toBigDecimal(), "EUR", "BTC", customId = "okhttp-1")
            assertEquals(made.id, client.invoices.retrieveByCustomId("okhttp-1").id)
        }
    }

    @Test
    fun `callbacks come in through Ktor`() {
        val server = embeddedServer(Netty, port = 0, module = Application::payments).start()
        try {
            judge(runBlocking { server.engine.resolvedConnectors().first().port })
        } finally {
            server.stop(0, 0)
        }
    }

    @Test
    fun `callbacks come in through Spring MVC`() {
        val context = SpringApplicationBuilder(Payments::class.java).properties("server.port=0").run()
        context.use { judge((it as ServletWebServerApplicationContext).webServer.port) }
    }

    @Test
    fun `the table of errors names classes`() {
        val told = Regex("(?m)^\\| `(\\w+)` \\| `(\\w+)` \\|").findAll(readme).map { it.groupValues }.toList()
        assertTrue(told.size > 20, "${told.size}")
        for ((_, code, name) in told) {
            val type = Class.forName("cryptopay.client.$name")
            assertTrue(CryptopayException::class.java.isAssignableFrom(type), code)
        }
    }

    @Test
    fun `a transport that answers what a test wants`() {
        assertEquals(0, runBlocking { coins() })
    }

    private fun judge(port: Int) {
        val callbacks = Callbacks(listOf(System.getenv("CRYPTOPAY_CALLBACK_SECRET")))
        val body = """{"type":"Invoice","event":"created","data":{"id":"i-$port","status":"new"}}"""
        val signature = callbacks.sign(body.encodeToByteArray())
        assertEquals(200, post(port, body, signature))
        assertEquals(200, post(port, body, signature))
        assertEquals(400, post(port, body, "00"))
        assertEquals(400, post(port, body, null))
    }

    private fun post(port: Int, body: String, signature: String?): Int {
        val request =
            HttpRequest.newBuilder(URI("http://127.0.0.1:$port/callbacks")).POST(HttpRequest.BodyPublishers.ofString(body))
        signature?.let { request.header(Callbacks.SIGNATURE_HEADER, it) }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode()
    }
}
