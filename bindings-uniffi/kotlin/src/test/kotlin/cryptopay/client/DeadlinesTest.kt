package cryptopay.client

import java.io.File
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.time.Duration
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory

/**
 * Whatever goes wrong under a call, it ends by its deadline, with the right code, and knows whether it may have been
 * sent.
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
            Probe("half-closed", "connection", sent = true) { it.shutdownOutput() },
        )

    @TestFactory
    fun `a read ends by its deadline`(): List<DynamicTest> =
        probes.flatMap { probe ->
            listOf("coroutine", "thread").map { style ->
                dynamicTest("$style, ${probe.name}") {
                    val (ms, error) = intime(probe, style, write = false, DEADLINE_MS) { it.code == probe.code }
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
                            it.code == code && probe.sent == (it.record != null)
                        }
                    val sent = if (probe.sent) "maybe_sent" else "not_sent"
                    note(probe, style, "payout", PAYOUT_MS, ms, error.code, sent)
                }
            }
        }

    private data class End(val ms: Long, val error: CryptopayException)

    /** What else runs on this machine may delay one call, not three. */
    private fun intime(
        probe: Probe,
        style: String,
        write: Boolean,
        deadlineMs: Long,
        right: (CryptopayException) -> Boolean,
    ): End {
        val tries = ArrayList<End>()
        repeat(3) {
            val end = ended(probe, style, write, deadlineMs)
            if (end.ms <= deadlineMs + 50 && right(end.error)) return end
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
            End(took / 1_000_000, error)
        }

    /** Where a call goes to. */
    private class Place(val url: String, val close: () -> Unit) : AutoCloseable {
        override fun close() = close.invoke()
    }

    private fun place(probe: Probe): Place {
        val act = probe.act
        if (act != null) return Wire { socket, _ -> act(socket) }.let { Place(it.url, it::close) }
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
        /** A payout keeps a part of its time for finding out: the shortest deadline that it is sent with. */
        const val PAYOUT_MS = 1_800L

        fun head(length: Int) = "HTTP/1.1 200 OK\r\nContent-Length: $length\r\n\r\n"
    }
}
