package cryptopay.client

import java.util.UUID
import java.util.concurrent.Callable
import java.util.concurrent.Executors
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test

/** One client for many at once, and for very many one after the other. */
class ParallelTest {
    private val each = 5

    @Test
    fun `32 threads share a client`() {
        Sandbox().use { sandbox ->
            BlockingCryptopay.builder(sandbox.url, sandbox.apiKey, sandbox.apiSecret).rateLimit(null).build().use {
                client ->
                val threads = Executors.newFixedThreadPool(32)
                val made =
                    List(32) { n ->
                            threads.submit(
                                Callable {
                                    List(each) {
                                        val made = client.invoices.create(PRICE, "EUR", "BTC", customId = "t-$n-$it")
                                        assertEquals("t-$n-$it", client.invoices.retrieve(made.id).customId)
                                        made.id
                                    }
                                }
                            )
                        }
                        .flatMap { it.get() }
                threads.shutdown()
                judge(made, client.invoices.list().map { it.id })
            }
        }
    }

    @Test
    fun `32 coroutines share a client`() {
        Sandbox().use { sandbox ->
            Cryptopay(sandbox.url, sandbox.apiKey, sandbox.apiSecret, rateLimit = null).use { client ->
                runBlocking(Dispatchers.Default) {
                    val made =
                        List(32) { n ->
                                async {
                                    List(each) {
                                        val made = client.invoices.create(PRICE, "EUR", "BTC", customId = "c-$n-$it")
                                        assertEquals("c-$n-$it", client.invoices.retrieve(made.id).customId)
                                        made.id
                                    }
                                }
                            }
                            .awaitAll()
                            .flatten()
                    val listed = ArrayList<UUID>()
                    client.invoices.list().rows().collect { listed += it.id }
                    judge(made, listed)
                }
            }
        }
    }

    private fun judge(made: List<UUID>, listed: List<UUID>) {
        assertEquals(32 * each, made.toSet().size)
        assertEquals(made.toSet(), listed.toSet())
    }

    @Test
    fun `memory is flat over 100,000 calls, half of them never closed`() {
        // A heap that is there from the beginning: what grows besides is the library's.
        val heap = listOf("-Xms48m", "-Xmx48m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC")
        val grown = elsewhere("cryptopay.client.MemoryKt", heap).trim().toLong()
        println("resident memory grew by $grown KB over the last 50,000 of 100,000 calls")
        assertTrue(grown < 8_000, "$grown KB")
    }

    private companion object {
        val PRICE = "25".toBigDecimal()
    }
}
