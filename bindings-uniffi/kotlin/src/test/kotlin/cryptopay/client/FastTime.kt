package cryptopay.client

import java.util.PriorityQueue
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executors
import kotlin.coroutines.cancellation.CancellationException
import kotlin.random.Random
import kotlinx.coroutines.future.await

/**
 * Time for many calls at once that nobody has to wait for: when every one of them sleeps, the sandbox's clock is moved
 * to the first that is to wake, and the client's with it. Only sockets take real time.
 */
internal class FastTime(
    private val random: Random,
    @Volatile var passedMs: Long = 0,
    private val advance: (Long) -> Unit,
) {
    private class Sleeper(val until: Long, val number: Int, val woken: CompletableFuture<Unit>)

    private val sleepers = PriorityQueue(compareBy(Sleeper::until, Sleeper::number))
    private var numbers = 0
    /** How many of those who share this time do not sleep. */
    private var awake = 0

    fun now() = Moment(System.currentTimeMillis() + passedMs, System.nanoTime() / 1_000_000 + passedMs)

    fun entropy(): ByteArray = synchronized(random) { random.nextBytes(16) }

    /** A number of [range], the same ones in every run as far as threads allow. */
    fun drawn(range: IntRange): Int = synchronized(random) { random.nextInt(range.first, range.last + 1) }

    fun oneIn(n: Int): Boolean = drawn(1..n) == 1

    /** So many more share this time. */
    @Synchronized
    fun join(many: Int = 1) {
        awake += many
    }

    /** One that shared this time is done. */
    @Synchronized
    fun leave() {
        awake -= 1
        movers.execute(::move)
    }

    suspend fun sleep(ms: Long) {
        val woken = asleep(ms)
        try {
            woken.await()
        } catch (stop: CancellationException) {
            back(woken)
            throw stop
        }
    }

    private fun sleepBlocking(ms: Long) {
        val woken = asleep(ms)
        try {
            woken.get()
        } catch (stop: InterruptedException) {
            woken.cancel(false)
            back(woken)
            throw stop
        }
    }

    @Synchronized
    private fun asleep(ms: Long): CompletableFuture<Unit> {
        val woken = CompletableFuture<Unit>()
        sleepers += Sleeper(now().tickMs + ms, numbers++, woken)
        awake -= 1
        movers.execute(::move)
        return woken
    }

    /** Whoever was woken already counts as awake. */
    @Synchronized
    private fun back(woken: CompletableFuture<Unit>) {
        if (woken.isCancelled) awake += 1
    }

    /** In a thread that nobody interrupts: a move is made whole or not at all. */
    @Synchronized
    private fun move() {
        while (awake == 0) {
            val first = sleepers.peek() ?: return
            val step = maxOf(first.until - now().tickMs, 0)
            advance(step)
            passedMs += step
            val now = now().tickMs
            while (sleepers.peek()?.let { it.until <= now } == true) {
                if (sleepers.remove().woken.complete(Unit)) awake += 1
            }
        }
    }

    val suspending =
        object : Time {
            override fun now() = this@FastTime.now()

            override fun entropy() = this@FastTime.entropy()

            override suspend fun sleep(ms: Long) = this@FastTime.sleep(ms)
        }
    val blocking =
        object : BlockingTime {
            override fun now() = this@FastTime.now()

            override fun entropy() = this@FastTime.entropy()

            override fun sleep(ms: Long) = this@FastTime.sleepBlocking(ms)
        }

    private companion object {
        val movers = Executors.newCachedThreadPool { act -> Thread(act, "mover").apply { isDaemon = true } }
    }
}
