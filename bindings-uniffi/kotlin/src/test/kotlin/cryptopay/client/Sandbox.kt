package cryptopay.client

import java.io.File
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicLong
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
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

/** Time that runs with the real one and jumps over waits, on both sides. */
internal class VirtualTime(private val sandbox: Sandbox, private val flying: AtomicInteger) : Time {
    private val wall = System.currentTimeMillis()
    private val began = System.nanoTime()
    private val jumped = AtomicLong()
    private val drawn = AtomicLong()
    private val turn = Mutex()

    override fun now(): Moment {
        val tick = (System.nanoTime() - began) / 1_000_000 + jumped.get()
        return Moment(wall + tick, tick)
    }

    /** Another number for every call, the same ones in every run. */
    override fun entropy(): ByteArray {
        val n = drawn.incrementAndGet()
        return ByteArray(16) { (n * 0x9E3779B9 + it * 31).shr(it % 4 * 8).toByte() }
    }

    /** Of two who wait at once, the later only jumps over what is left. */
    override suspend fun sleep(ms: Long) {
        val until = now().tickMs + ms
        turn.withLock {
            // Answers that are on their way arrive before time jumps.
            for (round in 1..100) if (flying.get() > 0) delay(5)
            val left = until - now().tickMs
            if (left > 0) {
                jumped.addAndGet(left)
                withContext(Dispatchers.IO) { sandbox.control("POST clock", """{"advance_ms":$left}""") }
            }
        }
    }
}

/** Counts the requests that are on their way. */
internal class Counting(private val inner: Fetch, private val flying: AtomicInteger) : Fetch {
    override suspend fun fetch(request: Request): Response {
        flying.incrementAndGet()
        try {
            return inner.fetch(request)
        } finally {
            flying.decrementAndGet()
        }
    }

    override fun close() = inner.close()
}
