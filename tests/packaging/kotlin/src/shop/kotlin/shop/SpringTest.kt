package shop

import cryptopay.client.callbacks.Callbacks
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import kotlin.test.assertEquals
import org.junit.jupiter.api.Test
import org.springframework.boot.builder.SpringApplicationBuilder
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext
import readme.Payments

/** The README's application for Spring. */
class SpringTest {
    @Test
    fun `callbacks come in through Spring MVC`() {
        // Two secrets, as while one is replaced.
        val secrets = "next,${System.getenv("CRYPTOPAY_CALLBACK_SECRET")}"
        val application = SpringApplicationBuilder(Payments::class.java).properties("server.port=0")
        val context = application.run("--CRYPTOPAY_CALLBACK_SECRET=$secrets")
        context.use { judge((it as ServletWebServerApplicationContext).webServer.port) }
    }
}

/** Whether the server on a port takes what is signed, as often as it comes, and nothing else. */
internal fun judge(port: Int) {
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
