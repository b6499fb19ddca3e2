package cryptopay.client

import java.io.File
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.util.concurrent.TimeUnit
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject

private val http = HttpClient.newHttpClient()

/** A running sandbox, a process of its own. */
class Sandbox(seed: Long = 7, rateLimit: Long = 0) : AutoCloseable {
    private val process: Process
    private val told: JsonObject

    init {
        val binary = System.getenv("CRYPTOPAY_SANDBOX_BINARY").orEmpty()
        require(File(binary).exists()) {
            "CRYPTOPAY_SANDBOX_BINARY names no file: build it with `cargo build -p cryptopay-sandbox`"
        }
        process =
            ProcessBuilder(binary, "--exit-on-stdin-close", "--seed", "$seed", "--rate-limit", "$rateLimit")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()
        told = Json.parseToJsonElement(process.inputReader().readLine()) as JsonObject
    }

    val url: String
        get() = told["url"].string()!!

    val apiKey: String
        get() = told["api_key"].string()!!

    val apiSecret: String
        get() = told["api_secret"].string()!!

    val callbackSecret: String
        get() = told["callback_secret"].string()!!

    internal fun control(asked: String, json: JsonElement? = null): JsonElement = Control(url).ask(asked, json)

    internal fun control(asked: String, json: String): JsonElement = control(asked, Json.parseToJsonElement(json))

    override fun close() {
        process.outputStream.close()
        if (!process.waitFor(5, TimeUnit.SECONDS)) process.destroyForcibly()
    }
}

/** What a sandbox does at a test's wish. */
internal class Control(val url: String) {
    fun ask(asked: String, json: JsonElement? = null): JsonElement {
        val (method, name) = asked.split(' ')
        val body =
            if (json == null || json is JsonNull) HttpRequest.BodyPublishers.noBody()
            else HttpRequest.BodyPublishers.ofString("$json")
        val request =
            HttpRequest.newBuilder(URI("$url/_sandbox/$name"))
                .header("Content-Type", "application/json")
                .method(method, body)
                .build()
        val answer = http.send(request, HttpResponse.BodyHandlers.ofString())
        check(answer.statusCode() < 300) { "$asked: ${answer.body()}" }
        return answer.body().ifEmpty { null }?.let(Json::parseToJsonElement) ?: JsonNull
    }
}
