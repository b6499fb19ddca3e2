package cryptopay.client

import java.io.File
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue
import kotlin.concurrent.thread
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory

/**
 * Whatever goes wrong under a call, it ends by its deadline, with the right code, knows whether it may have been sent,
 * has sent a payout once, and leaves nothing behind.
 */
class DeadlinesTest {
    /** What goes wrong; the code of a read, and whether a write may have been sent. */
    private class Probe(val name: String, val code: String, val sent: Boolean, val act: ((Socket) -> Unit)?)

    private val probes =
        listOf(
            Probe("refuse", "connection", sent = false, act = null),
            Probe("blackhole", "connection", sent = false, act = null),
            Probe("stall before the answer", "timeout", sent = true) {},
            Probe("stall in the body", "timeout", sent = true) { it.say("${head(100)}{") },
            Probe("drip", "timeout", sent = true) { socket ->
                socket.say(head(10_000))
                repeat(10_000) {
                    socket.say("x")
                    Thread.sleep(10)
                }
            },
            Probe("redirect loop", "unexpected_status", sent = true) {
                it.say("HTTP/1.1 302 Found\r\nLocation: /api/coins\r\nContent-Length: 0\r\n\r\n")
            },
            Probe("100 MB body", "invalid_response", sent = true) { socket ->
                socket.say(head(100_000_000))
                repeat(1600) { socket.getOutputStream().write(ByteArray(62_500)) }
            },
            Probe("chunked garbage", "connection", sent = true) {
                it.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n")
            },
            Probe("early close", "connection", sent = true) {
                it.say("${head(100)}{")
                it.close()
            },
            Probe("reset in the body", "connection", sent = true) {
                it.say("${head(100)}{")
                it.reset()
            },
            Probe("half-closed", "connection", sent = true) {
                it.say("${head(100)}{")
                it.shutdownOutput()
            },
        )

    @TestFactory
    fun `a read ends by its deadline`(): List<DynamicTest> =
        probes.flatMap { probe ->
            listOf("coroutine", "thread").map { style ->
                dynamicTest("$style, ${probe.name}") {
                    val (ms, error) =
                        intime(probe, style, write = false, DEADLINE_MS) {
                            it.error.code == probe.code && it.posts == 0
                        }
                    note(probe, style, "read", DEADLINE_MS, ms, error.code, "-")
                }
            }
        }

    @TestFactory
    fun `a payout ends by its deadline and knows whether it may have been sent`(): List<DynamicTest> =
        probes.flatMap { probe ->
            listOf("coroutine", "thread").map { style ->
                dynamicTest("$style, ${probe.name}") {
                    val code = if (probe.sent) "outcome_unknown" else "connection"
                    val (ms, error) =
                        intime(probe, style, write = true, PAYOUT_MS) {
                            it.error.code == code &&
                                probe.sent == (it.error.record != null) &&
                                // No look is answered here: what has arrived is not sent again.
                                it.posts == if (probe.act == null) 0 else 1
                        }
                    val sent = if (probe.sent) "maybe_sent" else "not_sent"
                    note(probe, style, "payout", PAYOUT_MS, ms, error.code, sent)
                }
            }
        }

    /** After how long and how a call ended, and how many POSTs had arrived by then. */
    private data class End(val ms: Long, val error: CryptopayException, val posts: Int)

    /**
     * What else runs on this machine may delay one call, not three, and a read that is cut off by its deadline says so;
     * nothing excuses another ending, or a second POST.
     */
    private fun intime(probe: Probe, style: String, write: Boolean, deadlineMs: Long, right: (End) -> Boolean): End {
        val tries = ArrayList<End>()
        repeat(3) {
            val end = ended(probe, style, write, deadlineMs)
            val cutOff = !write && end.error.code == "timeout" && end.ms >= deadlineMs
            assertTrue(cutOff || right(end), "${end.posts} POSTs, record ${end.error.record}, ${end.error.message}")
            if (right(end) && end.ms <= deadlineMs + 50) return end
            tries += end
        }
        throw AssertionError(tries.joinToString("; ") { "${it.ms} ms, ${it.error.message}" })
    }

    private fun ended(probe: Probe, style: String, write: Boolean, deadlineMs: Long): End =
        place(probe).use { place ->
            val deadline = Duration.ofMillis(deadlineMs)
            val attempt = Duration.ofMillis(250)
            val took: Long
            val error: Throwable?
            if (style == "coroutine") {
                Cryptopay(place.url, "k", "s", timeout = deadline, attemptTimeout = attempt, maxBody = 1000).use {
                    client ->
                    val began = System.nanoTime()
                    error =
                        runCatching { runBlocking { if (write) pay(client) else client.coins.list() } }
                            .exceptionOrNull()
                    took = System.nanoTime() - began
                }
            } else {
                val builder = BlockingCryptopay.builder(place.url, "k", "s").timeout(deadline).attemptTimeout(attempt)
                builder.maxBody(1000).build().use { client ->
                    val began = System.nanoTime()
                    error = runCatching { if (write) pay(client) else client.coins.list() }.exceptionOrNull()
                    took = System.nanoTime() - began
                }
            }
            assertTrue(error is CryptopayException, "$error")
            End(took / 1_000_000, error, place.posts())
        }

    /**
     * The clients stay, and are asked again and again: what a call leaves behind shows as growth between so many calls
     * and twice as many. When they are closed, all of theirs is gone.
     */
    @TestFactory
    fun `calls leave no sockets and no threads behind`(): List<DynamicTest> =
        listOf("coroutine", "thread").map { style ->
            dynamicTest(style) {
                fun round() = Asking(style).use { repeat(ROUNDS / 2) { _ -> it.round() } }
                // What the JDK itself starts once is started by a first one.
                round()
                val before = left()
                Asking(style).use { asking ->
                    repeat(ROUNDS) { asking.round() }
                    val once = left()
                    repeat(ROUNDS) { asking.round() }
                    grownAtMost(SLACK, once, "$ROUNDS more calls at each probe")
                }
                grownAtMost(SLACK, before, "closed clients")
            }
        }

    /** A client at each probe, in one style. */
    private inner class Asking(style: String) : AutoCloseable {
        private val opened = ArrayList<AutoCloseable>()
        private val calls =
            probes.map { probe ->
                val place = place(probe).also(opened::add)
                val deadline = Duration.ofMillis(DEADLINE_MS / 2)
                val attempt = Duration.ofMillis(100)
                if (style == "coroutine") {
                    val client =
                        Cryptopay(place.url, "k", "s", timeout = deadline, attemptTimeout = attempt, maxBody = 1000)
                    opened += client
                    fun() {
                        runBlocking { client.coins.list() }
                    }
                } else {
                    val builder =
                        BlockingCryptopay.builder(place.url, "k", "s").timeout(deadline).attemptTimeout(attempt)
                    val client = builder.maxBody(1000).build()
                    opened += client
                    fun() {
                        client.coins.list()
                    }
                }
            }

        /** One call at each probe, all at once. */
        fun round() {
            val failed = ConcurrentLinkedQueue<Throwable>()
            calls.map { call -> thread { runCatching(call).exceptionOrNull()?.let(failed::add) } }.forEach { it.join() }
            assertTrue(failed.size == calls.size && failed.all { it is CryptopayException }, "$failed")
        }

        /** The clients first. */
        override fun close() = opened.asReversed().forEach { it.close() }
    }

    /** How many open files and threads this process has. */
    private data class Left(val files: Int, val threads: Int)

    private fun now() = Left(File("/proc/self/fd").list().orEmpty().size, Thread.getAllStackTraces().size)

    /** The same when nothing ends any more: what is over ends a little later. */
    private fun left(): Left {
        var least = now()
        repeat(10) {
            System.gc()
            Thread.sleep(50)
            least = now().let { Left(minOf(it.files, least.files), minOf(it.threads, least.threads)) }
        }
        return least
    }

    /** The JDK's client ends its threads when the collector has found that it is not used any more. */
    private fun grownAtMost(slack: Int, from: Left, what: String) {
        var now = left()
        val until = System.nanoTime() + 10_000_000_000
        while ((now.files > from.files + slack || now.threads > from.threads + slack) && System.nanoTime() < until) {
            now = left()
        }
        println("$what: $from, then $now")
        assertTrue(now.files <= from.files + slack && now.threads <= from.threads + slack, "$what: $from, then $now")
    }

    /** Where a call goes to. */
    private class Place(val url: String, val posts: () -> Int = { 0 }, val close: () -> Unit) : AutoCloseable {
        override fun close() = close.invoke()
    }

    private fun place(probe: Probe): Place {
        val act = probe.act
        if (act != null) return Wire { socket, _ -> act(socket) }.let { Place(it.url, it.posts::get, it::close) }
        val server = ServerSocket(0, 1, InetAddress.getLoopbackAddress())
        val url = "http://127.0.0.1:${server.localPort}"
        if (probe.name == "refuse") return Place(url) {}.also { server.close() }
        // Nobody accepts, and the queue is full: what comes now is never answered.
        val queued = List(3) { Socket().apply { runCatching { connect(server.localSocketAddress, 50) } } }
        return Place(url) {
            queued.forEach(Socket::close)
            server.close()
        }
    }

    private fun note(
        probe: Probe,
        style: String,
        what: String,
        deadlineMs: Long,
        ms: Long,
        code: String,
        sent: String,
    ) {
        val folder = System.getenv("CRYPTOPAY_LEDGER") ?: return
        File(folder, "deadlines-kotlin.tsv")
            .appendText("${probe.name}, $what, $style\t$deadlineMs\t$ms\t$code\t$sent\n")
    }

    private companion object {
        const val DEADLINE_MS = 600L
        /** How often each probe is asked before what is left is counted, and how much more may be left then. */
        const val ROUNDS = 6
        const val SLACK = 3
        /** A payout keeps a part of its time for finding out: the shortest deadline that it is sent with. */
        const val PAYOUT_MS = 1_800L

        fun head(length: Int) = "HTTP/1.1 200 OK\r\nContent-Length: $length\r\n\r\n"
    }
}
