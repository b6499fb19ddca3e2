package cryptopay.client

import java.net.InetSocketAddress
import java.net.Proxy
import java.net.ProxySelector
import java.net.SocketAddress
import java.net.URI
import java.net.http.HttpClient
import java.util.UUID
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import kotlin.concurrent.thread
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.measureTimedValue
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.jupiter.api.Test

/** The look-up of a name is part of an attempt's time. */
class NamesTest {
    private val ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

    private fun request(url: String, timeoutMs: Long) =
        Request("POST", "$url/x", emptyList(), "{}", timeoutMs, 1000, false, "send")

    /** Both transports, with a resolver of our own. */
    private fun both(configure: (HttpClient.Builder) -> Unit = {}, look: (String) -> Unit, act: (send: Send) -> Unit) {
        BlockingJdkFetch(Clients(configure, look)).use { fetch -> act(fetch::fetch) }
        JdkFetch(Clients(configure, look)).use { fetch ->
            act { request ->
                // As the driver bounds it.
                runBlocking { withTimeoutOrNull(request.timeoutMs) { fetch.fetch(request) } }
                    ?: throw FetchException(FetchException.Kind.TIMEOUT, sent = true)
            }
        }
    }

    private fun interface Send {
        fun send(request: Request): Response
    }

    @Test
    fun `what a slow look-up takes is taken from the attempt`() {
        Wire { _, _ -> }
            .use { wire ->
                both(look = { Thread.sleep(1500) }) {
                    val (ended, took) =
                        measureTimedValue { assertFailsWith<FetchException> { it.send(request(wire.url, 2000)) } }
                    assertEquals(FetchException.Kind.TIMEOUT, ended.kind)
                    assertTrue(took.inWholeMilliseconds in 1500..2300, "$took")
                }
            }
    }

    @Test
    fun `a look-up that does not end sent nothing`() {
        val end = CountDownLatch(1)
        both(look = { end.await() }) {
            val (ended, took) =
                measureTimedValue { assertFailsWith<FetchException> { it.send(request("http://127.0.0.1:9", 500)) } }
            assertEquals(FetchException.Kind.CONNECT to false, ended.kind to ended.sent)
            assertTrue(took.inWholeMilliseconds < 1000, "$took")
        }
        end.countDown()
    }

    @Test
    fun `a payout that is cancelled while its name is looked up was not sent`() {
        val end = CountDownLatch(1)
        val looking = CountDownLatch(2)
        val look = { _: String ->
            looking.countDown()
            end.await()
        }
        BlockingCryptopay.builder("sandbox", "k", "s").fetch(BlockingJdkFetch(Clients({}, look))).build().use {
            var ended: Throwable? = null
            val caller = thread {
                ended = runCatching { it.coinWithdrawals.commit(UUID.randomUUID()) }.exceptionOrNull()
            }
            while (looking.count == 2L) Thread.sleep(5)
            caller.interrupt()
            caller.join()
            assertTrue(ended is CallCancelledException, "$ended")
            assertNull(pendingOf(ended!!))
        }
        Cryptopay("sandbox", "k", "s", fetch = JdkFetch(Clients({}, look))).use {
            runBlocking(Dispatchers.Default) {
                var ended: Throwable? = null
                val caller = launch {
                    ended = runCatching { it.coinWithdrawals.commit(UUID.randomUUID()) }.exceptionOrNull()
                }
                while (looking.count == 1L) delay(5)
                caller.cancelAndJoin()
                assertTrue(ended is CancellationException, "$ended")
                assertNull(pendingOf(ended!!))
            }
        }
        end.countDown()
    }

    @Test
    fun `a name is looked up once a second`() {
        Wire { socket, _ -> socket.say(ok) }
            .use { wire ->
                val looked = CopyOnWriteArrayList<String>()
                both(look = looked::add) { repeat(3) { _ -> it.send(request(wire.url, 5000)) } }
                assertEquals(List(2) { "127.0.0.1" }, looked.take(2))
                assertTrue(looked.size < 6, "$looked")
            }
    }

    @Test
    fun `behind a proxy only the proxy has to be found`() {
        Wire { socket, _ -> socket.say(ok) }
            .use { wire ->
                val port = URI(wire.url).port
                val known = InetSocketAddress("127.0.0.1", port)
                val unknown = InetSocketAddress.createUnresolved("127.0.0.1", port)
                for ((proxy, expected) in listOf(known to emptyList(), unknown to listOf("127.0.0.1"))) {
                    val looked = CopyOnWriteArrayList<String>()
                    both({ it.proxy(Selecting(proxy)) }, looked::add) {
                        looked.clear()
                        assertEquals(200, it.send(request("http://api.invalid", 5000)).status)
                        assertEquals(expected, looked)
                    }
                }
                val before = ProxySelector.getDefault()
                ProxySelector.setDefault(Selecting(known))
                val looked = CopyOnWriteArrayList<String>()
                try {
                    both(look = looked::add) { assertEquals(200, it.send(request("http://api.invalid", 5000)).status) }
                } finally {
                    ProxySelector.setDefault(before)
                }
                assertEquals(emptyList(), looked)
            }
    }

    private class Selecting(private val address: InetSocketAddress) : ProxySelector() {
        override fun select(uri: URI) = listOf(Proxy(Proxy.Type.HTTP, address))

        override fun connectFailed(uri: URI, address: SocketAddress, failed: java.io.IOException) = Unit
    }
}
