package cryptopay.client

import java.time.Duration
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertTrue
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory

/** Cancelling and interrupting end a call at once in every state, and leave nothing behind. */
class CancelTest {
    /** A state of a call in which somebody waits: how to get there, and how to tell that it is reached. */
    private class State(val name: String, val write: Boolean, val act: (java.net.Socket, Int, () -> Unit) -> Unit)

    private val stall = State("an answer that does not come", false) { _, _, reached -> reached() }
    private val states =
        listOf(
            stall,
            State("a write whose answer does not come", true) { _, _, reached -> reached() },
            State("a body that does not end", false) { socket, _, reached ->
                socket.say("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
                reached()
            },
            State("the wait before a retry", false) { socket, _, reached ->
                socket.say("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 20\r\nContent-Length: 0\r\n\r\n")
                reached()
            },
            State("the wait before a look", true) { socket, _, reached ->
                socket.reset()
                reached()
            },
        )

    @TestFactory
    fun `a cancelled coroutine ends in 20 ms`(): List<DynamicTest> =
        states.map { state ->
            dynamicTest(state.name) {
                judge("coroutine, ${state.name}") {
                    var reached = CompletableDeferred<Unit>()
                    Wire { socket, n -> state.act(socket, n) { reached.complete(Unit) } }
                        .use { wire ->
                            Cryptopay(wire.url, "k", "s").use { client ->
                                runBlocking(Dispatchers.Default) {
                                    val call = launch { if (state.write) pay(client) else client.coins.list() }
                                    reached.await()
                                    settle()
                                    timed { call.cancelAndJoin() }
                                }
                            }
                        }
                }
            }
        }

    @TestFactory
    fun `an interrupted thread ends in 20 ms`(): List<DynamicTest> =
        states.map { state ->
            dynamicTest(state.name) {
                judge("thread, ${state.name}") {
                    val reached = CountDownLatch(1)
                    Wire { socket, n -> state.act(socket, n) { reached.countDown() } }
                        .use { wire ->
                            BlockingCryptopay.builder(wire.url, "k", "s").build().use { client ->
                                val caller = thread {
                                    runCatching { if (state.write) pay(client) else client.coins.list() }
                                }
                                assertTrue(reached.await(10, TimeUnit.SECONDS))
                                settle()
                                timed {
                                    caller.interrupt()
                                    caller.join()
                                }
                            }
                        }
                }
            }
        }

    @Test
    fun `so do waits for the limit, one's own and a shared one`() {
        judge("coroutine, the limit") {
            Wire { _, _ -> }
                .use { wire ->
                    Cryptopay(wire.url, "k", "s", rateLimit = 1).use { client ->
                        runBlocking(Dispatchers.Default) {
                            val calls = List(2) { launch { client.coins.list() } }
                            while (wire.requests.get() == 0) settle()
                            settle()
                            timed { calls.forEach { it.cancelAndJoin() } }
                        }
                    }
                }
        }
        judge("coroutine, a shared limit") {
            val asked = CompletableDeferred<Unit>()
            val store =
                object : PermitStore {
                    override suspend fun permit(permit: Permit): Long {
                        asked.complete(Unit)
                        awaitCancellation()
                    }
                }
            Cryptopay("http://127.0.0.1:1", "k", "s", sharedLimit = store).use { client ->
                runBlocking(Dispatchers.Default) {
                    val call = launch { client.coins.list() }
                    asked.await()
                    timed { call.cancelAndJoin() }
                }
            }
        }
    }

    @Test
    fun `cancelled calls leave no socket and no thread`() {
        Wire { _, _ -> }
            .use { wire ->
                val before = ours()
                Cryptopay(wire.url, "k", "s").use { client ->
                    runBlocking(Dispatchers.Default) {
                        repeat(20) { n ->
                            val call = launch { if (n % 2 == 0) pay(client) else client.coins.list() }
                            while (wire.requests.get() <= n) settle()
                            call.cancelAndJoin()
                        }
                    }
                    until("every socket is closed") { wire.closed.get() == 20 }
                }
                until("every thread has ended: ${ours() - before}") { (ours() - before).isEmpty() }
            }
    }

    @Test
    fun `writes leave no thread of their own connection`() {
        Wire { socket, _ -> socket.say("HTTP/1.1 422 Unprocessable\r\nContent-Length: 2\r\n\r\n{}") }
            .use { wire ->
                val before = ours()
                BlockingCryptopay.builder(wire.url, "k", "s").build().use { client ->
                    repeat(20) { runCatching { refund(client) } }
                    assertTrue(wire.requests.get() >= 20)
                    until("at most the thread of the kept connections: ${ours() - before}") {
                        (ours() - before).count { "SelectorManager" in it } <= 1
                    }
                }
            }
    }

    @Test
    fun `a blocking client that is closed leaves no thread`() {
        Wire { socket, _ -> socket.say("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"data\":[]}") }
            .use { wire ->
                val before = ours()
                BlockingCryptopay.builder(wire.url, "k", "s").build().use { client ->
                    repeat(3) { client.coins.list() }
                }
                until("every thread has ended: ${ours() - before}") { (ours() - before).isEmpty() }
            }
    }

    @Test
    fun `a value that is thrown away by a withTimeout leaves its record`() {
        Sandbox().use { sandbox ->
            lateinit var stop: () -> Unit
            // The cancellation comes after the answer and before the call returns.
            val late =
                object : Fetch {
                    val inner = JdkFetch()

                    override suspend fun fetch(request: Request) = inner.fetch(request).also { stop() }

                    override fun close() = inner.close()
                }
            Cryptopay(sandbox.url, sandbox.apiKey, sandbox.apiSecret, fetch = late).use { client ->
                runBlocking(Dispatchers.Default) {
                    var ended: Throwable? = null
                    val call =
                        launch(start = kotlinx.coroutines.CoroutineStart.LAZY) {
                            try {
                                pay(client)
                            } catch (error: Throwable) {
                                ended = error
                                throw error
                            }
                        }
                    stop = { call.cancel() }
                    call.join()
                    val record = assertNotNull(pendingOf(assertNotNull(ended)))
                    stop = {}
                    assertEquals(Resolution.State.APPLIED, client.resolve(record).state)
                }
            }
        }
    }

    @Test
    fun `a withTimeout of one's own carries the record`() {
        Wire { _, _ -> }
            .use { wire ->
                Cryptopay(wire.url, "k", "s").use { client ->
                    val stopped = runCatching { runBlocking { withTimeout(100) { pay(client) } } }.exceptionOrNull()
                    assertTrue(stopped is TimeoutCancellationException)
                    assertTrue("p-1" in assertNotNull(pendingOf(stopped)))
                }
            }
    }

    /** The median of nine: what else runs on this machine does not count. */
    private fun judge(name: String, once: () -> Double) {
        val took = List(9) { once() }.sorted()
        println("%s: %.2f ms (%.2f to %.2f)".format(name, took[4], took[0], took[8]))
        assertTrue(took[4] < 20, "$name: $took")
    }

    private inline fun timed(act: () -> Unit): Double {
        val began = System.nanoTime()
        act()
        return (System.nanoTime() - began) / 1e6
    }

    /** Lets the client get from the bytes that arrived to the state that they lead to. */
    private fun settle() = Thread.sleep(15)

    private fun ours() =
        Thread.getAllStackTraces().keys.map { it.name }.filter { "HttpClient-" in it || "cryptopay" in it }.toSet()

    private fun until(what: String, so: () -> Boolean) {
        for (round in 1..500) if (so()) return else Thread.sleep(10)
        throw AssertionError("not within 5 s: $what")
    }

    private fun refund(client: BlockingCryptopay) =
        client.subscriptions.cancel(java.util.UUID.randomUUID(), WriteOptions(timeout = Duration.ofSeconds(5)))
}
