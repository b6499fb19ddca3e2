package cryptopay.client.chaos

import cryptopay.client.FastTime
import cryptopay.client.Sandbox
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.Executors
import kotlin.random.Random
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.isActive
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.jsonArray

/**
 * One run: a sandbox with its faults, and a few programs at once that make their writes through one client. Then time
 * passes until nothing can come late any more, another process resolves everything unknown, and the run is judged. Even
 * seeds use the suspending client, odd ones the blocking one.
 */
internal class Run(val world: World, val seed: Int, private val payouts: Int) {
    /** Four seeds in a row meet a world by both styles, each with the limit and without. */
    val limited = seed / 2 % 2 == 0
    val suspending = seed % 2 == 0

    /**
     * Payouts, half of them in two steps, and for ten payouts three of the others: other ones in each seed, so that
     * none is left out where a run has few.
     */
    private fun writes(): List<Write> =
        (0 until payouts).flatMap { n ->
            val payout = Write(if (n % 2 == 0) Kind.PAYOUT else Kind.PAYOUT_IN_TWO, "payout-$n")
            val other =
                when ((n + seed) % 10) {
                    2 -> Write(Kind.TRANSFER, "transfer-$n")
                    5 -> Write(Kind.TRANSFER_IN_TWO, "transfer-$n")
                    8 -> Write(Kind.REFUND, "refund-$n")
                    else -> null
                }
            listOfNotNull(payout, other)
        }

    fun play(elsewhere: Elsewhere): Verdict =
        Sandbox(seed.toLong(), if (limited) 200 else 0).use { sandbox ->
            sandbox.control("POST quirks", world.quirks)
            sandbox.control("POST faults", Weather.rules())
            sandbox.control("POST clock", """{"skew_ms": ${SKEWS_MS[seed / 2 % 4]}}""")
            val keys = Keys(sandbox.url, sandbox.apiKey, sandbox.apiSecret, if (limited) 195 else null)
            val time = FastTime(Random(seed)) { sandbox.control("POST clock", """{"advance_ms": $it}""") }
            val writes = runBlocking { made(sandbox, keys, time) }
            time.join()
            fun pass() = time.blocking.sleep(DRAINED_MS)
            pass()
            // What is unknown is resolved by another process, at first in the same weather.
            for (clear in listOf(false, true)) {
                if (clear) {
                    sandbox.control("DELETE faults")
                    pass()
                }
                elsewhere.resolve(keys, time, seed, writes.filter { it.record != null })
            }
            pass()
            judge(writes, sandbox.control("GET ledger"), sandbox.control("GET journal").jsonArray)
        }

    /** The writes, made by a few programs at once. */
    private suspend fun made(sandbox: Sandbox, keys: Keys, time: FastTime): List<Write> {
        val longestMs = if (seed / 4 % 2 == 0) 120_000 else 2_000
        val all = writes()
        val waiting = ConcurrentLinkedQueue(all)
        val threads = Executors.newFixedThreadPool(LANES)
        // A blocking call keeps its thread: one a lane.
        val place: CoroutineDispatcher = if (suspending) Dispatchers.Default else threads.asCoroutineDispatcher()
        time.join(LANES)
        (if (suspending) SuspendApi(keys, time) else BlockingApi(keys, time)).use { api ->
            val caller = Caller(api, time) { asked, json -> sandbox.control(asked, json) }
            coroutineScope {
                repeat(LANES) {
                    launch(place) {
                        try {
                            while (isActive) {
                                val write = waiting.poll() ?: break
                                write.make(caller)
                                if (suspending) time.sleep(time.drawn(0..longestMs).toLong())
                                else time.blocking.sleep(time.drawn(0..longestMs).toLong())
                            }
                        } finally {
                            // Also when it fails: time would stand still for the others.
                            time.leave()
                        }
                    }
                }
            }
        }
        threads.shutdown()
        return all
    }

    private companion object {
        /** How many programs share one client. */
        const val LANES = 8
        /** After this nothing comes late any more, and `resolve` may say that a write never happened. */
        const val DRAINED_MS = 21L * 60_000
        /** How wrong the server's clock is: too little to be minded, so that nothing corrects it. */
        val SKEWS_MS = listOf(0, 0, -30_000, 20_000)
    }
}
