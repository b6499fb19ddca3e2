package cryptopay.client

import java.time.Duration
import java.util.UUID
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.measureTime
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test

/** What a driver tells of a call that ends otherwise than with an object, in both styles. */
class EndingsTest {
    private val id = UUID.randomUUID()
    private val account = """{"id":"$id","currency":"EUR","balance":"1.0","project_id":"$id"}"""

    private fun answering(body: String) = Response(200, emptyList(), body.encodeToByteArray())

    /** A client of each style over a transport that answers the same; [act] gets the two ways to make a call. */
    private fun both(body: String, act: (Calls) -> Unit) {
        val fetch =
            object : Fetch {
                override suspend fun fetch(request: Request) = answering(body)
            }
        Cryptopay("sandbox", "k", "s", fetch = fetch).use { client ->
            act(Calls({ runBlocking { pay(client) } }, { runBlocking { client.accounts.list().first() } }))
        }
        BlockingCryptopay.builder("sandbox", "k", "s")
            .fetch { answering(body) }
            .build()
            .use { client -> act(Calls({ pay(client) }, { client.accounts.list().first() })) }
    }

    private class Calls(val pay: () -> Any, val read: () -> List<Account>)

    @Test
    fun `a payout whose answer does not fit was applied`() {
        both("""{"data":{"id":"$id","status":1}}""") {
            val error = assertFailsWith<OutcomeUnknownException> { it.pay() }
            assertContains(assertNotNull(error.record), "p-1")
            assertEquals("$id", error.existingId)
            assertEquals(listOf(200, 1), listOf(error.status, error.attempts))
            assertEquals("invalid_response", error.reason?.code)
            assertContains(error.message.orEmpty(), "the request was applied, but its answer does not fit its model: ")
        }
    }

    @Test
    fun `a read whose answer does not fit is an invalid response`() {
        both("""{"data":[${account.replace("currency", "coin")}],"meta":{"has_more":false}}""") {
            val error = assertFailsWith<InvalidResponseException> { it.read() }
            assertNull(error.record)
            assertContains(error.message.orEmpty(), "the answer does not fit its model: currency is missing")
        }
    }

    @Test
    fun `what may be left out hides no object`() {
        val channel =
            """{"data":{"id":"$id","status":"enabled","name":"Shop","description":7,"receiver_currency":"EUR",""" +
                """"pay_currency":"BTC","address":"a","network":[],"project_id":"p","custom_id":"c-1",""" +
                """"uri":"u","hosted_page_url":"h"}}"""
        val fetch =
            object : Fetch {
                override suspend fun fetch(request: Request) = answering(channel)
            }
        val read =
            Cryptopay("sandbox", "k", "s", fetch = fetch).use { client -> runBlocking { client.channels.retrieve(id) } }
        assertEquals(listOf("c-1", null, null), listOf(read.customId, read.description, read.network))
    }

    @Test
    fun `a shared limit that does not answer holds no payout up`() {
        val store =
            object : PermitStore {
                override suspend fun permit(permit: Permit): Long = awaitCancellation()
            }
        val fetch =
            object : Fetch {
                override suspend fun fetch(request: Request) = Response(422, emptyList(), "{}".encodeToByteArray())
            }
        val brief = Duration.ofMillis(3500)
        // With so little time the store's delay may leave none to send: that it ends is what counts.
        val took = measureTime {
            Cryptopay("sandbox", "k", "s", timeout = brief, sharedLimit = store, fetch = fetch).use { client ->
                assertFailsWith<CryptopayException> { runBlocking { pay(client) } }
            }
            BlockingCryptopay.builder("sandbox", "k", "s")
                .timeout(brief)
                .sharedLimit {
                    Thread.sleep(60_000)
                    0
                }
                .fetch { runBlocking { fetch.fetch(it) } }
                .build()
                .use { client -> assertFailsWith<CryptopayException> { pay(client) } }
        }
        assertTrue(took.inWholeMilliseconds < 7000, "$took")
    }

    @Test
    fun `a shared limit that fails leaves the decision to the own one`() {
        BlockingCryptopay.builder("sandbox", "k", "s")
            .sharedLimit { throw InterruptedException("of its own") }
            .fetch { answering("""{"data":[$account],"meta":{"has_more":false}}""") }
            .build()
            .use { assertEquals(1, it.accounts.list().first().size) }
        assertTrue(!Thread.interrupted())
    }

    @Test
    fun `who cancels before anything left is told that nothing was applied`() {
        val unsent = FetchException(FetchException.Kind.CONNECT, sent = false)
        // Cancelled before the attempt, and while it fails.
        for (before in listOf(true, false)) {
            lateinit var caller: Job
            val fetch =
                object : Fetch {
                    override suspend fun fetch(request: Request): Response {
                        caller.cancel(CancellationException("enough"))
                        throw unsent
                    }
                }
            Cryptopay("sandbox", "k", "s", fetch = fetch).use { client ->
                runBlocking(Dispatchers.Default) {
                    var ended: Throwable? = null
                    caller =
                        launch(start = CoroutineStart.LAZY) {
                            if (before) caller.cancel(CancellationException("enough"))
                            ended = runCatching { pay(client) }.exceptionOrNull()
                        }
                    caller.join()
                    assertEquals("enough", (ended as CancellationException).message)
                    assertNull(pendingOf(ended!!))
                }
            }
            val client =
                BlockingCryptopay.builder("sandbox", "k", "s")
                    .fetch(
                        object : BlockingFetch {
                            override val keepsTime = true

                            override fun fetch(request: Request): Response {
                                Thread.currentThread().interrupt()
                                throw unsent
                            }
                        }
                    )
                    .build()
            client.use {
                if (before) Thread.currentThread().interrupt()
                val error = assertFailsWith<CallCancelledException> { pay(client) }
                assertTrue(Thread.interrupted())
                assertNull(error.record)
                assertTrue(error.cause is InterruptedException, "${error.cause}")
            }
        }
    }
}
