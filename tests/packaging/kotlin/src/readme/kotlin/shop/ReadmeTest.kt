package shop

import cryptopay.client.BlockingCryptopay
import cryptopay.client.CryptopayException
import com.sun.net.httpserver.HttpServer
import io.ktor.server.application.Application
import io.ktor.server.engine.embeddedServer
import io.ktor.server.netty.Netty
import java.io.File
import java.net.InetSocketAddress
import java.util.UUID
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.Executors
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import readme.OkHttpFetch
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
    fun `a write of one's own transport has a connection of its own, whatever reads go on beside it`() {
        val ports = ConcurrentHashMap<String, MutableList<Int>>()
        val server = HttpServer.create(InetSocketAddress("127.0.0.1", 0), 0)
        val threads = Executors.newCachedThreadPool()
        server.executor = threads
        server.createContext("/") { asked ->
            ports.computeIfAbsent(asked.requestMethod) { CopyOnWriteArrayList() } += asked.remoteAddress.port
            asked.requestBody.readAllBytes()
            val (status, answer) = if (asked.requestMethod == "GET") 200 to """{"data":[]}""" else 422 to "{}"
            asked.sendResponseHeaders(status, answer.length.toLong())
            asked.responseBody.use { it.write(answer.encodeToByteArray()) }
        }
        server.start()
        try {
            val url = "http://127.0.0.1:${server.address.port}"
            BlockingCryptopay.builder(url, "k", "s").rateLimit(null).fetch(OkHttpFetch()).build().use { client ->
                val reading = List(3) { threads.submit { repeat(200) { client.coins.list() } } }
                repeat(100) { runCatching { client.coinWithdrawals.commit(UUID.randomUUID()) } }
                reading.forEach { it.get() }
            }
        } finally {
            server.stop(0)
            threads.shutdown()
        }
        val writes = ports.filterKeys { it != "GET" }.values.flatten()
        val reads = ports["GET"].orEmpty()
        assertTrue(writes.size >= 100, "${writes.size}")
        assertEquals(emptySet(), writes.toSet() intersect reads.toSet())
        assertTrue(reads.toSet().size < reads.size / 2, "reads keep their connections: ${reads.toSet().size}")
    }

    @Test
    fun `a write of one's own transport is sent once, whatever its answer asks for`() {
        val came = CopyOnWriteArrayList<String>()
        val server = HttpServer.create(InetSocketAddress("127.0.0.1", 0), 0)
        server.createContext("/") { asked ->
            came += asked.requestMethod
            asked.requestBody.readAllBytes()
            asked.responseHeaders.add("Retry-After", "0")
            asked.sendResponseHeaders(503, -1)
            asked.close()
        }
        server.start()
        try {
            val url = "http://127.0.0.1:${server.address.port}"
            BlockingCryptopay.builder(url, "k", "s").maxRetries(0).fetch(OkHttpFetch()).build().use { client ->
                runCatching { client.invoices.create("3".toBigDecimal(), "EUR", "BTC", customId = "once") }
                runCatching { client.coinWithdrawals.commit(UUID.randomUUID()) }
            }
        } finally {
            server.stop(0)
        }
        assertEquals(2, came.count { it == "POST" }, "$came")
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
}
