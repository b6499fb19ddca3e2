package cryptopay.client

import java.util.concurrent.Callable
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import java.util.concurrent.Future
import java.util.concurrent.Semaphore
import java.util.concurrent.TimeUnit
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotNull
import kotlin.test.assertTrue
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.runInterruptible
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout

/**
 * A client that is closed while calls run: what waits for an answer gets it, its threads and connections go then, and
 * what is asked afterwards is refused. An answer that is thrown away may be a payout's.
 */
@Timeout(30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClosingTest {
    private val id = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd"
    private val payout =
        """{"data":{"id":"$id","address":"a","charged_amount":"1","charged_currency":"EUR","received_amount":"1",""" +
            """"received_currency":"BTC","network_fee":"0","fee":"0","fee_currency":"EUR","custom_id":"p-1",""" +
            """"network_fee_level":"fast","created_at":"2026-01-01T00:00:00+00:00","status":"completed"}}"""
    private val created = "HTTP/1.1 201 Created\r\nContent-Length: ${payout.length}\r\n\r\n$payout"

    /** A server that answers only when it is told to, and a thread pool for those who wait. */
    private inner class Held : AutoCloseable {
        val came = Semaphore(0)
        val let = Semaphore(0)
        val callers = Executors.newCachedThreadPool { act -> Thread(act, "caller").apply { isDaemon = true } }
        val wire = Wire { socket, _ ->
            came.release()
            let.acquire()
            socket.say(created)
        }
        private val before = threads()

        fun arrived(requests: Int = 1) = assertTrue(came.tryAcquire(requests, 10, TimeUnit.SECONDS), "no request came")

        fun <T> elsewhere(act: () -> T): Future<T> = callers.submit(Callable { act() })

        fun gone(connections: Int = 1) {
            until("every connection is closed") { wire.closed.get() == connections }
            until("every thread has ended: ${threads() - before}") { (threads() - before).isEmpty() }
        }

        override fun close() {
            callers.shutdown()
            wire.close()
        }
    }

    private fun threads() =
        Thread.getAllStackTraces().keys.filter { "HttpClient-" in it.name || "cryptopay-http" in it.name }.toSet()

    private fun until(what: String, so: () -> Boolean) {
        for (round in 1..500) if (so()) return else Thread.sleep(10)
        throw AssertionError("not within 5 s: $what")
    }

    private fun <T> Future<T>.soon(): T = get(10, TimeUnit.SECONDS)

    private fun request(url: String, fresh: Boolean = false, ms: Long = 5000) =
        Request("POST", "$url/x", listOf(Header("Date", "now")), "{}", ms, 10_000, fresh, "send")

    private fun blocking(url: String) = BlockingCryptopay.builder(url, "k", "s").maxRetries(0).build()

    @Test
    fun `a blocking payout that waits is answered after another thread closed its client`() {
        Held().use { held ->
            val client = blocking(held.wire.url)
            val paying = held.elsewhere { pay(client) }
            held.arrived()
            client.close()
            client.close()
            val refused = assertFailsWith<MisuseException> { client.coins.list() }
            assertContains(refused.message.orEmpty(), "the client is closed: make a new one")
            assertEquals(0, held.wire.closed.get())
            held.let.release()
            assertEquals(id, "${paying.soon().id}")
            held.gone()
            assertEquals(1, held.wire.requests.get())
        }
    }

    @Test
    fun `an exchange that nobody answers ends in time after its transport was closed`() {
        Held().use { held ->
            val fetch = BlockingJdkFetch()
            val asking = held.elsewhere { runCatching { fetch.fetch(request(held.wire.url, ms = 500)) } }
            held.arrived()
            fetch.close()
            val late = asking.soon().exceptionOrNull() as FetchException
            assertEquals(FetchException.Kind.TIMEOUT to true, late.kind to late.sent)
            held.let.release()
            held.gone()
        }
    }

    @Test
    fun `an interruption ends a blocking payout whose client was closed`() {
        Held().use { held ->
            val client = blocking(held.wire.url)
            val caller = CompletableFuture<Thread>()
            val paying =
                held.elsewhere {
                    caller.complete(Thread.currentThread())
                    runCatching { pay(client) }.exceptionOrNull()
                }
            held.arrived()
            client.close()
            caller.soon().interrupt()
            val error = paying.soon() as OutcomeUnknownException
            assertContains(assertNotNull(error.record), "p-1")
            held.let.release()
            held.gone()
        }
    }

    @Test
    fun `coroutines that wait for their payouts get them after the client was closed beside them`() {
        Held().use { held ->
            runBlocking(Dispatchers.Default) {
                val client = Cryptopay(held.wire.url, "k", "s", maxRetries = 0)
                val paying = List(3) { async { pay(client) } }
                runInterruptible(Dispatchers.IO) { held.arrived(3) }
                client.close()
                assertFailsWith<MisuseException> { client.coins.list() }
                held.let.release(3)
                withTimeout(10_000) { assertEquals(listOf(id, id, id), paying.awaitAll().map { "${it.id}" }) }
            }
            held.gone(connections = 3)
        }
    }

    @Test
    fun `a coroutine that is cancelled after its client was closed leaves nothing`() {
        Held().use { held ->
            runBlocking(Dispatchers.Default) {
                val client = Cryptopay(held.wire.url, "k", "s", maxRetries = 0)
                var ended: Throwable? = null
                val paying = launch { ended = runCatching { pay(client) }.exceptionOrNull() }
                runInterruptible(Dispatchers.IO) { held.arrived() }
                client.close()
                withTimeout(10_000) { paying.cancelAndJoin() }
                assertContains(assertNotNull(pendingOf(assertNotNull(ended))), "p-1")
            }
            held.let.release()
            held.gone()
        }
    }

    @Test
    fun `the last of several exchanges takes what is left with it, whichever connection it has`() {
        Held().use { held ->
            val fetch = BlockingJdkFetch()
            val running = listOf(false, false, true).map { held.elsewhere { fetch.fetch(request(held.wire.url, it)) } }
            held.arrived(3)
            fetch.close()
            repeat(3) {
                val refused = assertFailsWith<FetchException> { fetch.fetch(request(held.wire.url)) }
                assertEquals(FetchException.Kind.CONNECT to false, refused.kind to refused.sent)
                assertEquals("the transport is closed", refused.cause?.message)
                held.let.release()
                until("one more is answered") { running.count { it.isDone } == it + 1 }
            }
            assertEquals(listOf(201, 201, 201), running.map { it.soon().status })
            held.gone(connections = 3)
            assertEquals(3, held.wire.requests.get())
        }
    }

    @Test
    fun `a transport in coroutines that was closed sends nothing`() {
        Held().use { held ->
            val fetch = JdkFetch()
            fetch.close()
            for (fresh in listOf(false, true)) {
                val refused =
                    assertFailsWith<FetchException> { runBlocking { fetch.fetch(request(held.wire.url, fresh)) } }
                assertEquals(FetchException.Kind.CONNECT to false, refused.kind to refused.sent)
                assertEquals("the transport is closed", refused.cause?.message)
            }
            held.gone(connections = 0)
            assertEquals(0, held.wire.requests.get())
        }
    }

    @Test
    fun `a retry of a call whose client was closed is not sent`() {
        val closed = CountDownLatch(1)
        Wire { socket, _ ->
                closed.await()
                socket.say("HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n")
            }
            .use { wire ->
                val client = BlockingCryptopay.builder(wire.url, "k", "s").maxRetries(1).build()
                val callers = Executors.newSingleThreadExecutor()
                val reading = callers.submit(Callable { runCatching { client.coins.list() }.exceptionOrNull() })
                until("the request came") { wire.requests.get() == 1 }
                client.close()
                closed.countDown()
                val error = reading.soon() as CryptopayException
                assertEquals("connection", error.code)
                assertEquals(1, wire.requests.get())
                callers.shutdown()
            }
    }
}
