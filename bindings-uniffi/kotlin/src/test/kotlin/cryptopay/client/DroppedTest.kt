package cryptopay.client

import java.lang.ref.Reference
import java.util.concurrent.TimeUnit
import kotlin.test.assertEquals
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test

/**
 * A client that nobody closes: the JDK ends its thread, and its two files with it, as soon as the collector has found
 * that nobody has the client any more. Nothing that this thread reaches may hold what is made here.
 */
class DroppedTest {
    private val ways: Map<String, (String) -> Any> =
        mapOf(
            "BlockingJdkFetch" to { _ -> BlockingJdkFetch() },
            "JdkFetch" to { _ -> JdkFetch() },
            "BlockingCryptopay" to { url -> BlockingCryptopay.builder(url, "k", "s").build() },
            "Cryptopay" to { url -> Cryptopay(url, "k", "s") },
            "BlockingCryptopay that was used" to
                { url ->
                    BlockingCryptopay.builder(url, "k", "s").build().also { it.coins.list() }
                },
            "Cryptopay that was used" to { url -> Cryptopay(url, "k", "s").also { runBlocking { it.coins.list() } } },
        )

    @Test
    fun `a client that nobody closes leaves no thread behind`() {
        Wire { socket, _ -> socket.say("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"data\":[]}") }
            .use { wire ->
                val made = ways.mapValues { (_, make) -> begun { List(TIMES) { make(wire.url) } } }
                assertEquals(ways.mapValues { TIMES }, made.mapValues { it.value.size })
                val until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20)
                for (thread in made.values.flatten()) {
                    while (thread.isAlive && System.nanoTime() < until) {
                        System.gc()
                        thread.join(100)
                    }
                }
                assertEquals(ways.mapValues { 0 }, made.mapValues { it.value.count(Thread::isAlive) })
            }
    }

    /** The threads of the clients that [make] answers, which are dropped when it is known which these are. */
    private fun begun(make: () -> List<Any>): Set<Thread> {
        val before = selectors()
        val clients = make()
        val made = selectors() - before
        Reference.reachabilityFence(clients)
        return made
    }

    private fun selectors() =
        Thread.getAllStackTraces().keys.filter { it.name.matches(Regex("HttpClient-\\d+-SelectorManager")) }.toSet()

    private companion object {
        /** How many clients are made in each way. */
        const val TIMES = 3
    }
}
