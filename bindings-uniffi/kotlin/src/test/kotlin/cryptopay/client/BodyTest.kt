package cryptopay.client

import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpTimeoutException
import java.nio.ByteBuffer
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ExecutionException
import java.util.concurrent.Executors
import java.util.concurrent.Flow
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import org.junit.jupiter.api.Test

/** Bodies under the default transport: how long, how late, and in which thread. */
class BodyTest {
    private class Source : Flow.Subscription {
        val cancelled = AtomicInteger()

        override fun request(n: Long) {}

        override fun cancel() {
            cancelled.incrementAndGet()
        }
    }

    private fun Body.of(source: Source) = also { it.subscriber.onSubscribe(source) }

    private fun Body.whole(): CompletableFuture<ByteArray> = subscriber.body.toCompletableFuture()

    private fun Body.failure(): Throwable? =
        assertFailsWith<ExecutionException> { whole().get(10, TimeUnit.SECONDS) }.cause

    private fun Body.say(text: String) = subscriber.onNext(listOf(ByteBuffer.wrap(text.encodeToByteArray())))

    @Test
    fun `a body comes whole, up to the limit`() {
        val body = Body(5).of(Source())
        body.say("ab")
        body.say("cde")
        body.subscriber.onComplete()
        assertEquals("abcde", body.whole().get(10, TimeUnit.SECONDS).decodeToString())
    }

    @Test
    fun `a body beyond the limit ends its connection before it is kept`() {
        val source = Source()
        val body = Body(5).of(source)
        body.say("abc")
        body.say("def")
        assertTrue(body.failure() is TooLong)
        assertTrue(source.cancelled.get() > 0)
    }

    @Test
    fun `a body that is late is ended while others go on, whichever came first`() {
        Late(Executors.newCachedThreadPool()).use { late ->
            val (patient, hasty) = Source() to Source()
            val long = Body(5, late.now() + 60_000_000_000).of(patient).also(late::watch)
            val short = Body(5, late.now() + 20_000_000).of(hasty).also(late::watch)
            assertTrue(short.failure() is HttpTimeoutException)
            assertTrue(hasty.cancelled.get() > 0)
            assertFalse(long.whole().isDone)
            long.subscriber.onComplete()
            late.forget(long)
            assertEquals(0, patient.cancelled.get(), "a connection whose body has ended is kept")
        }
    }

    @Test
    fun `what watches for late bodies ends with the last of them`() {
        val threads = Executors.newCachedThreadPool()
        val late = Late(threads)
        val body = Body(5, late.now() + 60_000_000_000).of(Source()).also(late::watch)
        late.forget(body)
        late.close()
        threads.shutdown()
        assertTrue(threads.awaitTermination(10, TimeUnit.SECONDS))
    }

    @Test
    fun `bytes are read where they come, without a thread more`() {
        val answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
        val handed = AtomicInteger()
        val threads = Executors.newCachedThreadPool()
        val near = Near { act ->
            handed.incrementAndGet()
            threads.execute(act)
        }
        Wire { socket, _ -> socket.say(answer) }
            .use { wire ->
                val client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).executor(near).build()
                val request = HttpRequest.newBuilder(URI(wire.url)).build()
                repeat(20) {
                    val came = client.send(request) { Body(10).subscriber }
                    assertEquals("{}", came.body().decodeToString())
                }
            }
        assertEquals(0, handed.get())
        near.execute {}
        assertEquals(1, handed.get(), "other threads hand over")
        threads.shutdown()
    }
}
