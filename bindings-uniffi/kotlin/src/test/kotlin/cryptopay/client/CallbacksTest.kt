package cryptopay.client

import cryptopay.client.callbacks.Callbacks
import cryptopay.client.callbacks.Handler
import cryptopay.client.callbacks.MemoryStore
import cryptopay.client.callbacks.Reply
import cryptopay.client.callbacks.Store
import cryptopay.client.callbacks.SuspendMemoryStore
import java.time.Duration
import java.util.logging.Level
import java.util.logging.LogRecord
import java.util.logging.Logger
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test

/** Who hears what of a callback that is not handled. */
class CallbacksTest {
    private val body = """{"type":"Invoice","event":"created","data":{"id":"i-1","status":"new"}}""".encodeToByteArray()
    private val secret = "whisper-0815"

    @Test
    fun `a setting that is wrong is told to the operator and not to the sender`() {
        for (secrets in listOf(emptyList(), listOf(""), listOf(" $secret"))) {
            val (reply, logged) = refused(secrets, "00")
            assertEquals(Reply(500, "not configured"), reply)
            val (level, text) = logged
            assertEquals(Level.WARNING, level)
            val said = assertFailsWith<ConfigurationException> { Callbacks(secrets).verify(body, "00") }
            assertEquals("a callback was refused: ${said.message}", text)
            assertContains(text, "callback secret")
            assertEquals(-1, text.indexOf(secret), text)
        }
    }

    @Test
    fun `a secret that is missing is told in the words of the core`() {
        val text =
            "no callback secret was given, give the client the one shown in the dashboard; a client made from " +
                "environment variables reads it from CRYPTOPAY_CALLBACK_SECRET"
        val callbacks = Callbacks(emptyList())
        assertEquals(text, assertFailsWith<ConfigurationException> { callbacks.sign(body) }.message)
        assertEquals(text, assertFailsWith<ConfigurationException> { callbacks.verify(body, "00") }.message)
    }

    @Test
    fun `a body is read without a signature, and says that it was not verified`() {
        for (callbacks in listOf(Callbacks(listOf(secret)), Callbacks(emptyList()))) {
            val event = callbacks.parse(body)
            assertEquals(
                listOf("Invoice", "created", "i-1", "new"),
                listOf(event.type, event.event, event.id, event.status),
            )
            assertEquals(-1, event.secret)
            assertEquals("""{"id":"i-1","status":"new"}""", event.raw)
        }
        val verified = Callbacks(listOf(secret)).run { verify(body, sign(body)) }
        assertEquals(verified.dedupeKey, Callbacks(emptyList()).parse(body).dedupeKey)
        for (wrong in listOf("", "[]", "null", "{")) {
            val refused =
                assertFailsWith<InvalidResponseException> { Callbacks(listOf(secret)).parse(wrong.encodeToByteArray()) }
            assertEquals("the body is not a JSON object", refused.message)
        }
    }

    /** A store that tells for how long a key was claimed. */
    private class Claiming(val leases: MutableList<Long>) : Store {
        override fun claim(key: String, leaseMs: Long): Store.Claim {
            leases += leaseMs
            return Store.Claim.NEW
        }

        override fun complete(key: String) {}

        override fun release(key: String) {}
    }

    @Test
    fun `an event is claimed for as long as its handler may take`() {
        val callbacks = Callbacks(listOf(secret))
        val signature = callbacks.sign(body)
        val leases = mutableListOf<Long>()
        callbacks.receive(body, signature, Claiming(leases)) {}
        for (lease in listOf(Duration.ofNanos(1), Duration.ofMillis(1500), Duration.ofHours(1))) {
            callbacks.receive(body, signature, Claiming(leases), lease) {}
        }
        assertEquals(listOf(300_000L, 1, 1500, 3_600_000), leases)
        for (wrong in listOf(Duration.ZERO, Duration.ofMillis(-1), Duration.ofDays(366))) {
            val refused =
                assertFailsWith<ConfigurationException> {
                    callbacks.receive(body, signature, Claiming(leases), wrong) { error("it was handled") }
                }
            assertContains(refused.message.orEmpty(), "lease: must be a time above zero")
        }
        assertEquals(4, leases.size)
    }

    @Test
    fun `a signature that does not fit is told to both`() {
        val signature = Callbacks(listOf("another")).sign(body)
        val (reply, logged) = refused(listOf(secret), signature)
        val said = assertFailsWith<InvalidSignatureException> { Callbacks(listOf(secret)).verify(body, signature) }
        assertEquals(Reply(400, said.message.orEmpty()), reply)
        assertEquals(Level.WARNING to "a callback was refused: ${said.message}", logged)
    }

    @Test
    fun `the answers are those of every language`() {
        val callbacks = Callbacks(listOf(secret))
        val (signature, store) = callbacks.sign(body) to MemoryStore()
        lateinit var meanwhile: Reply
        val first =
            callbacks.receive(body, signature, store) { meanwhile = callbacks.receive(body, signature, store) {} }
        val again = callbacks.receive(body, signature, store) {}
        val replies = listOf(Reply(200, "ok"), Reply(503, "being handled, come again"), Reply(200, "handled before"))
        assertEquals(replies, listOf(first, meanwhile, again))
    }

    @Test
    fun `a handler that fails after its lease does not free the claim of the next delivery`() {
        val (callbacks, store, suspending) = Triple(Callbacks(listOf(secret)), MemoryStore(), SuspendMemoryStore())
        val signature = callbacks.sign(body)
        val lease = Duration.ofMillis(1)

        fun lapse() {
            val lapsed = System.currentTimeMillis() + 2
            while (System.currentTimeMillis() < lapsed) Thread.onSpinWait()
        }

        assertFailsWith<IllegalStateException> {
            callbacks.receive(body, signature, store, lease) {
                lapse()
                assertEquals(Store.Claim.NEW, store.claim(it.dedupeKey, 60_000))
                error("too slow")
            }
        }
        val key = callbacks.verify(body, signature).dedupeKey
        assertEquals(Store.Claim.IN_PROGRESS, store.claim(key, 60_000))
        runBlocking {
            assertFailsWith<IllegalStateException> {
                callbacks.receiveSuspending(body, signature, suspending, lease) {
                    lapse()
                    assertEquals(Store.Claim.NEW, suspending.claim(it.dedupeKey, 60_000))
                    error("too slow")
                }
            }
            assertEquals(Store.Claim.IN_PROGRESS, suspending.claim(key, 60_000))
        }
    }

    @Test
    fun `a store that fails too does not hide why the handler failed`() {
        val store =
            object : Store by MemoryStore() {
                override fun release(key: String): Unit = throw IllegalStateException("no store")
            }
        val callbacks = Callbacks(listOf(secret))
        val failing = Handler { throw IllegalArgumentException("no money") }
        val failed =
            assertFailsWith<IllegalArgumentException> {
                callbacks.receive(body, callbacks.sign(body), store, handler = failing)
            }
        assertEquals(listOf("no store"), failed.suppressed.map { it.message })
    }

    /** What both ways of receiving answer and log, which has to be the same. */
    private fun refused(secrets: List<String>, signature: String): Pair<Reply, Pair<Level, String>> {
        val callbacks = Callbacks(secrets)
        val blocking = logging { callbacks.receive(body, signature, MemoryStore()) { error("it was handled") } }
        val suspending = logging {
            runBlocking {
                callbacks.receiveSuspending(body, signature, SuspendMemoryStore()) { error("it was handled") }
            }
        }
        assertEquals(blocking, suspending)
        return blocking
    }

    /** The one line that is logged meanwhile, by the logger that the README names. */
    private fun logging(act: () -> Reply): Pair<Reply, Pair<Level, String>> {
        val lines = ArrayList<Pair<Level, String>>()
        val keeping =
            object : java.util.logging.Handler() {
                override fun publish(record: LogRecord) {
                    lines += record.level to record.message
                }

                override fun flush() = Unit

                override fun close() = Unit
            }
        val logger = Logger.getLogger("cryptopay.client").apply { addHandler(keeping) }
        try {
            return act() to lines.single()
        } finally {
            logger.removeHandler(keeping)
        }
    }
}
