package cryptopay.client

import java.net.ServerSocket
import java.time.Duration
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.measureTime
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test

/** What goes wrong on a socket, in both styles: the right code, in time, and what may have been sent. */
class TransportTest {
    private val ok = "HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n{\"data\":{\"id\":\"c-1\"}} "

    private fun request(
        url: String,
        method: String = "POST",
        timeoutMs: Long = 300,
        maxBody: Long = 1000,
        body: String? = "{}",
    ) = Request(method, "$url/x", listOf(Header("Date", "now")), body, timeoutMs, maxBody, false, "send")

    private fun both(request: Request, judge: (FetchException) -> Unit) {
        JdkFetch().use { fetch -> judge(assertFailsWith { runBlocking { fetch.fetch(request) } }) }
        BlockingJdkFetch().use { fetch -> judge(assertFailsWith { fetch.fetch(request) }) }
    }

    @Test
    fun `a refused connection sent nothing`() {
        val port = ServerSocket(0).use { it.localPort }
        both(request("http://127.0.0.1:$port")) {
            assertEquals(FetchException.Kind.CONNECT, it.kind)
            assertEquals(false, it.sent)
        }
    }

    @Test
    fun `a reset after the request may have been sent`() {
        Wire { socket, _ -> socket.reset() }
            .use { wire ->
                both(request(wire.url)) {
                    assertEquals(FetchException.Kind.BROKEN, it.kind)
                    assertEquals(true, it.sent)
                }
                assertEquals(2, wire.requests.get())
            }
    }

    @Test
    fun `a write on a connection that is reset after it was read is sent once`() {
        for (body in listOf("{}", null)) {
            Wire { socket, n -> if (n == 1) socket.say(ok) else socket.reset() }
                .use { wire ->
                    JdkFetch().use { fetch ->
                        runBlocking { fetch.fetch(request(wire.url, body = body)) }
                        val error =
                            assertFailsWith<FetchException> {
                                runBlocking { fetch.fetch(request(wire.url, body = body)) }
                            }
                        assertEquals(true, error.sent)
                    }
                    assertEquals(2, wire.requests.get())
                }
        }
    }

    @Test
    fun `a body that is too long is not read to its end`() {
        Wire { socket, _ -> socket.say("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + "x".repeat(5000)) }
            .use { wire -> both(request(wire.url)) { assertEquals(FetchException.Kind.TOO_LARGE, it.kind) } }
    }

    @Test
    fun `a redirect is an answer`() {
        Wire { socket, _ -> socket.say("HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n") }
            .use { wire ->
                JdkFetch().use {
                    assertEquals(302, runBlocking { it.fetch(request(wire.url, "GET", body = null)) }.status)
                }
                assertEquals(1, wire.requests.get())
            }
    }

    @Test
    fun `a stall and a drip end in time`() {
        val stall = Wire { _, _ -> }
        val drip = Wire { socket, _ ->
            socket.say("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for (n in 1..1000) {
                socket.say("x")
                Thread.sleep(20)
            }
        }
        for (wire in listOf(stall, drip)) {
            wire.use {
                val took = measureTime {
                    Cryptopay(wire.url, "k", "s", maxRetries = 0, attemptTimeout = Duration.ofMillis(200)).use { client
                        ->
                        assertEquals(
                            "timeout",
                            assertFailsWith<CryptopayException> { runBlocking { client.coins.list() } }.code,
                        )
                    }
                }
                assertTrue(took.inWholeMilliseconds < 2000, "$took")
                BlockingCryptopay.builder(wire.url, "k", "s")
                    .maxRetries(0)
                    .attemptTimeout(Duration.ofMillis(200))
                    .build()
                    .use { assertEquals("timeout", assertFailsWith<CryptopayException> { it.coins.list() }.code) }
            }
        }
    }

    @Test
    fun `a fetch that never ends is left by a blocking client`() {
        val client =
            BlockingCryptopay.builder("sandbox", "k", "s")
                .maxRetries(0)
                .attemptTimeout(Duration.ofMillis(100))
                .fetch {
                    Thread.sleep(60_000)
                    error("it slept through")
                }
                .build()
        client.use { assertEquals("timeout", assertFailsWith<CryptopayException> { it.coins.list() }.code) }
    }

    @Test
    fun `cancelling a payout ends it at once and hands out the record`() {
        val asked = CompletableDeferred<Unit>()
        Wire { _, _ -> asked.complete(Unit) }
            .use { wire ->
                Cryptopay(wire.url, "k", "s").use { client ->
                    runBlocking(Dispatchers.Default) {
                        val seen = CompletableDeferred<Throwable>()
                        val call = async {
                            try {
                                pay(client)
                            } catch (stop: CancellationException) {
                                seen.complete(stop)
                                throw stop
                            }
                        }
                        asked.await()
                        val took = measureTime { call.cancelAndJoin() }
                        assertTrue(took.inWholeMilliseconds < 500, "$took")
                        assertTrue("p-1" in assertNotNull(pendingOf(seen.await())))
                    }
                }
            }
    }

    @Test
    fun `interrupting a blocking payout ends it at once and leaves the thread interrupted`() {
        val caller = Thread.currentThread()
        Wire { _, _ -> caller.interrupt() }
            .use { wire ->
                BlockingCryptopay.builder(wire.url, "k", "s").build().use { client ->
                    val error =
                        assertFailsWith<OutcomeUnknownException> {
                            client.coinWithdrawals.create(
                                address = "a",
                                chargedCurrency = "EUR",
                                receivedCurrency = "BTC",
                                receivedAmount = "1".toBigDecimal(),
                                customId = "p-1",
                                forceCommit = true,
                            )
                        }
                    assertTrue(Thread.interrupted())
                    assertTrue("p-1" in assertNotNull(error.record))
                }
            }
    }

    @Test
    fun `a cancelled read has no record`() {
        assertNull(pendingOf(CancellationException("x")))
    }

    @Test
    fun `a payout that is accepted without an object has its record`() {
        val accepting =
            object : Fetch {
                override suspend fun fetch(request: Request) = Response(202, emptyList(), ByteArray(0))
            }
        Cryptopay("sandbox", "key", "secret", fetch = accepting).use { client ->
            val accepted = assertFailsWith<Accepted> { runBlocking { pay(client) } }
            assertTrue("p-1" in assertNotNull(accepted.record))
            assertEquals(accepted.record, pendingOf(accepted))
            val unknown: OutcomeUnknownException = accepted
            assertEquals(listOf("outcome_unknown", 202), listOf(unknown.code, unknown.status))
            assertTrue("store the record and resolve it later" in unknown.message.orEmpty())
        }
    }
}
