package cryptopay.client

import java.io.IOException
import java.net.http.HttpResponse
import java.net.http.HttpTimeoutException
import java.nio.ByteBuffer
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.Executor
import java.util.concurrent.Flow
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.locks.LockSupport

internal class TooLong : IOException("the body is too long")

/**
 * Collects a body, up to a limit; [until] is when it is late, on the clock of [Late].
 *
 * The JDK asks a subscriber that is not its own for the body in one more thread: [subscriber] is one of its own.
 */
internal class Body(private val most: Long, val until: Long = Long.MAX_VALUE) : Flow.Subscriber<List<ByteBuffer>> {
    val subscriber: HttpResponse.BodySubscriber<ByteArray> =
        HttpResponse.BodySubscribers.fromSubscriber(this) { it.whole() }
    private val parts = ArrayList<ByteBuffer>()
    private var size = 0L
    @Volatile private var ended = false
    @Volatile private var source: Flow.Subscription? = null

    /** Closes the connection, unless the body has ended. */
    fun stop() {
        if (!ended) source?.cancel()
    }

    /** The same, and tells whoever waits for the body. */
    fun late() {
        stop()
        subscriber.onError(HttpTimeoutException("the body is late"))
    }

    override fun onSubscribe(subscription: Flow.Subscription) {
        source = subscription
        subscription.request(Long.MAX_VALUE)
    }

    /** What is thrown here closes the connection, and is told to whoever waits. */
    override fun onNext(buffers: List<ByteBuffer>) {
        for (buffer in buffers) size += buffer.remaining()
        if (size > most) throw TooLong()
        parts += buffers
    }

    override fun onError(error: Throwable) {}

    override fun onComplete() {
        ended = true
    }

    private fun whole(): ByteArray {
        val all = ByteBuffer.allocate(size.toInt())
        parts.forEach(all::put)
        return all.array()
    }
}

/**
 * Ends the bodies that are late, in a thread that sleeps until the first of them may be, and ends when none is left. A
 * body hardly ever wakes it: the next is late later than the one before. A timer for each would be woken by each, and
 * would cost more than the exchange.
 */
internal class Late(private val threads: Executor) : AutoCloseable {
    private val origin = System.nanoTime()
    private val bodies = ConcurrentHashMap.newKeySet<Body>()
    private val running = AtomicBoolean()
    @Volatile private var sleeper: Thread? = null
    @Volatile private var sleepsUntil = Long.MAX_VALUE

    /** In ns, since this was made. */
    fun now(): Long = System.nanoTime() - origin

    fun watch(body: Body) {
        bodies += body
        if (running.compareAndSet(false, true)) threads.execute(::run)
        else if (body.until < sleepsUntil) LockSupport.unpark(sleeper)
    }

    /** The call is over, with the body or without. */
    fun forget(body: Body) {
        bodies -= body
        body.stop()
    }

    /** The thread ends as soon as nothing is left. */
    override fun close() {
        LockSupport.unpark(sleeper)
    }

    private fun run() {
        sleeper = Thread.currentThread()
        do {
            while (bodies.isNotEmpty()) {
                // Whoever comes from here on, and is not seen, wakes.
                sleepsUntil = Long.MAX_VALUE
                val now = now()
                val (late, others) = bodies.partition { it.until <= now }
                late.forEach { forget(it.also(Body::late)) }
                val next = others.minOfOrNull { it.until } ?: continue
                sleepsUntil = next
                LockSupport.parkNanos(next - now)
            }
            running.set(false)
        } while (bodies.isNotEmpty() && running.compareAndSet(false, true))
    }
}
