package cryptopay.client

import cryptopay.client.binding.Begun
import cryptopay.client.binding.Call
import cryptopay.client.binding.InternalException
import cryptopay.client.binding.NoHandle
import java.nio.ByteBuffer
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertSame
import kotlin.test.assertTrue
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put
import org.junit.jupiter.api.Test

/**
 * A panic in the core is an exception of this package, and an [Error] of a transport goes on to the caller; either way
 * a write that may have been applied is told with its record.
 */
class PanicTest {
    /** The real call, which breaks off as the binding says that it does. */
    private class Breaking(private val real: Call, private val where: Set<String>) : Call(NoHandle) {
        private fun <T> unless(name: String, act: () -> T): T =
            if (name in where) throw InternalException("$name panicked") else act()

        override fun advance(event: ByteBuffer, body: ByteBuffer) = unless("advance") { real.advance(event, body) }

        override fun pending() = unless("pending") { real.pending() }

        override fun seen() = unless("seen") { real.seen() }
    }

    private val core =
        Core(
            buildJsonObject {
                put("environment", "sandbox")
                put("api_key", "key")
                put("api_secret", "secret")
            }
        )
    private val params =
        """{"address":"a","charged_currency":"EUR","received_currency":"BTC","received_amount":"1","custom_id":"p-1",""" +
            """"force_commit":true}"""

    private fun running(operation: String, vararg where: String, observers: List<Observer> = emptyList()): Running {
        val given = if (operation in WRITES) Json.parseToJsonElement(params) else JsonObject(emptyMap())
        val options = if (operation in WRITES) WriteOptions(maxRetries = 0) else ReadOptions(maxRetries = 0)
        val begun = core.begin(operation, given, options, RealTime.now(), RealTime.entropy())
        return Running(operation, Begun(Breaking(begun.call, where.toSet()), begun.step), RealTime::now, observers)
    }

    private val broken = FetchException(FetchException.Kind.BROKEN, sent = true)

    /** In both styles. */
    private inline fun <reified E : Throwable> ends(
        operation: String,
        vararg where: String,
        thrown: Throwable = broken,
        judge: (E) -> Unit,
    ) {
        val suspending =
            object : Fetch {
                override suspend fun fetch(request: Request): Response = throw thrown
            }
        judge(assertFailsWith<E> { runBlocking { drive(running(operation, *where), suspending, RealTime, null) } })
        val blocking = BlockingFetch { throw thrown }
        judge(assertFailsWith<E> { drive(running(operation, *where), blocking, BlockingRealTime, null) })
    }

    private val payout = "coin_withdrawals.create"

    @Test
    fun `a payout that was sent keeps its record`() {
        ends<OutcomeUnknownException>(payout, "advance") {
            assertTrue("p-1" in assertNotNull(it.record))
            assertEquals("misuse", it.reason?.code)
            assertTrue("the core broke off: advance panicked" in it.message.orEmpty(), it.message)
            assertTrue("give the record to resolve" in it.hint)
            assertEquals(it.record, pendingOf(it))
        }
    }

    @Test
    fun `a payout whose record is lost too is not called safe`() {
        ends<OutcomeUnknownException>(payout, "advance", "pending") {
            assertNull(it.record)
            assertTrue("read the object before you repeat" in it.message.orEmpty(), it.message)
        }
    }

    @Test
    fun `a read is a misuse`() {
        ends<MisuseException>("rates.all", "advance") {
            assertNull(it.record)
            assertEquals(
                "rates.all: misuse: the core broke off: advance panicked; this is a defect, please report it",
                it.message,
            )
        }
    }

    @Test
    fun `observers are not worth a call`() {
        val ends =
            listOf(
                running(payout, "seen", observers = listOf(Observer {})),
                running(payout, observers = listOf(Observer { throw AssertionError() })),
            )
        for (running in ends) {
            val ended = assertFailsWith<OutcomeUnknownException> { drive(running, { throw broken }, EndlessTime, null) }
            assertEquals("connection", ended.reason?.code)
        }
    }

    /** Nobody waits for a look. */
    private object EndlessTime : BlockingTime {
        private var slept = 0L

        override fun now() = BlockingRealTime.now().let { Moment(it.unixMs + slept, it.tickMs + slept) }

        override fun entropy() = BlockingRealTime.entropy()

        override fun sleep(ms: Long) {
            slept += ms
        }
    }

    @Test
    fun `an error of a transport carries the record`() {
        for (error in
            listOf(OutOfMemoryError("x"), StackOverflowError(), NoClassDefFoundError("x"), AssertionError())) {
            ends<Error>(payout, thrown = error) {
                // Coroutines may have copied it.
                assertEquals(error.javaClass, it.javaClass)
                assertTrue("p-1" in assertNotNull(pendingOf(it)))
            }
            ends<Error>("rates.all", thrown = error.javaClass.getDeclaredConstructor().newInstance()) {
                assertNull(pendingOf(it))
            }
        }
    }

    @Test
    fun `an error that can carry nothing is not worth the record`() {
        class Bare : Error("bare", null, false, false)
        ends<OutcomeUnknownException>(payout, thrown = Bare()) {
            assertTrue("p-1" in assertNotNull(it.record))
            assertEquals("bare", it.cause?.cause?.message)
        }
    }

    @Test
    fun `an error while the answer is read carries the record`() {
        val error = OutOfMemoryError("x")
        val running = running(payout)
        running.answered(Response(200, emptyList(), """{"data":{"id":"x"}}""".encodeToByteArray()))
        val done = (running.step as Step.Done).done
        assertSame(error, assertFailsWith<Error> { running.handing<Unit>(done, RealTime.now()) { throw error } })
        assertTrue("p-1" in assertNotNull(pendingOf(error)))
    }

    @Test
    fun `calls that one cancellation stops have all their records in it`() {
        val fetch =
            object : Fetch {
                override suspend fun fetch(request: Request) = awaitCancellation()
            }
        Cryptopay("sandbox", "k", "s", fetch = fetch).use { client ->
            val stopped =
                assertFailsWith<TimeoutCancellationException> {
                    runBlocking(Dispatchers.Default) {
                        withTimeout(200) { for (n in 1..2) launch { pay(client, "p-$n") } }
                    }
                }
            val records = pendingsOf(stopped)
            assertEquals(2, records.size, "$records")
            for (n in 1..2) assertTrue(records.any { "p-$n" in it }, "$records")
            assertEquals(emptyList(), pendingsOf(CancellationException("x")))
        }
    }
}
