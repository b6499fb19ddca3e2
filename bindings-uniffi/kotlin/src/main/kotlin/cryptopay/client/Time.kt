package cryptopay.client

import java.security.SecureRandom
import kotlinx.coroutines.delay

/**
 * One look at both clocks, in ms.
 *
 * @property unixMs Since 1970: only written into headers.
 * @property tickMs Monotonic: only measured with.
 */
public data class Moment(public val unixMs: Long, public val tickMs: Long)

/** Clocks, chance and waiting, so that tests can lend their own. How long an attempt may take is always real time. */
public interface Time {
    /** Both clocks now. */
    public fun now(): Moment

    /** 16 random bytes. */
    public fun entropy(): ByteArray

    /** Waits so many ms; longer is allowed. */
    public suspend fun sleep(ms: Long)
}

/** The same for blocking clients. */
public interface BlockingTime {
    /** Both clocks now. */
    public fun now(): Moment

    /** 16 random bytes. */
    public fun entropy(): ByteArray

    /** Waits so many ms; throws [InterruptedException] when its thread is interrupted. */
    public fun sleep(ms: Long)
}

private val random = SecureRandom()

private fun bothClocks() = Moment(System.currentTimeMillis(), System.nanoTime() / 1_000_000)

private fun chance() = ByteArray(16).also(random::nextBytes)

internal object RealTime : Time {
    override fun now() = bothClocks()

    override fun entropy() = chance()

    override suspend fun sleep(ms: Long) = delay(ms)
}

internal object BlockingRealTime : BlockingTime {
    override fun now() = bothClocks()

    override fun entropy() = chance()

    override fun sleep(ms: Long) = Thread.sleep(ms)
}
