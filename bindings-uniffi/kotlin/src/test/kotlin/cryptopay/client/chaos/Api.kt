package cryptopay.client.chaos

import cryptopay.client.BlockingCryptopay
import cryptopay.client.BlockingJdkFetch
import cryptopay.client.CommitOptions
import cryptopay.client.Cryptopay
import cryptopay.client.FastTime
import cryptopay.client.JdkFetch
import cryptopay.client.Model
import cryptopay.client.Request
import cryptopay.client.Resolution
import java.math.BigDecimal
import java.util.UUID
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.withTimeout

/** A cancelled call that ended without saying anything else. */
internal class Stopped(cause: Throwable) : Exception(cause)

/** How a client is reached. */
internal class Keys(val url: String, val apiKey: String, val apiSecret: String, val rateLimit: Int?)

/** What a payout or a transfer asks for. */
internal class Asked(
    val customId: String,
    val forced: Boolean,
    val charged: BigDecimal? = null,
    val chargedToSend: BigDecimal? = null,
    val received: BigDecimal? = null,
)

private const val ADDRESS = "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ"
private val PRICE = BigDecimal("25.00")

/** What moves money, in both styles. A call may be stopped after a while, as its language stops calls. */
internal interface Api : AutoCloseable {
    suspend fun pay(asked: Asked): Model

    suspend fun commitPayout(id: UUID, quote: Model?): Model

    suspend fun transfer(asked: Asked): Model

    suspend fun commitTransfer(id: UUID, quote: Model?): Model

    suspend fun invoice(customId: String): Model

    suspend fun refund(invoice: UUID): Model

    suspend fun resolve(record: String): Resolution

    /** Throws [Stopped], or what the stopped call says by itself. */
    suspend fun <T> within(ms: Long?, call: suspend Api.() -> T): T
}

internal class SuspendApi(keys: Keys, time: FastTime) : Api {
    private val client =
        Cryptopay(
            keys.url,
            keys.apiKey,
            keys.apiSecret,
            rateLimit = keys.rateLimit,
            fetch = Hurried(JdkFetch(), time),
            time = time.suspending,
        )

    override suspend fun pay(asked: Asked) =
        client.coinWithdrawals.create(
            address = ADDRESS,
            chargedCurrency = "EUR",
            receivedCurrency = "BTC",
            chargedAmount = asked.charged,
            chargedAmountToSend = asked.chargedToSend,
            receivedAmount = asked.received,
            customId = asked.customId,
            forceCommit = asked.forced,
        )

    override suspend fun commitPayout(id: UUID, quote: Model?) =
        client.coinWithdrawals.commit(id, CommitOptions(quote = quote))

    override suspend fun transfer(asked: Asked) =
        client.exchangeTransfers.create(
            chargedCurrency = "EUR",
            receivedCurrency = "BTC",
            chargedAmount = asked.charged,
            receivedAmount = asked.received,
            customId = asked.customId,
            forceCommit = asked.forced,
        )

    override suspend fun commitTransfer(id: UUID, quote: Model?) =
        client.exchangeTransfers.commit(id, CommitOptions(quote = quote))

    override suspend fun invoice(customId: String) = client.invoices.create(PRICE, "EUR", "BTC", customId = customId)

    override suspend fun refund(invoice: UUID) = client.invoices.createRefund(invoice, ADDRESS)

    override suspend fun resolve(record: String) = client.resolve(record)

    /** What came before the time was up is kept: a `withTimeout` may be over just when its block has returned. */
    override suspend fun <T> within(ms: Long?, call: suspend Api.() -> T): T {
        if (ms == null) return call()
        var came: Result<T>? = null
        try {
            withTimeout(ms) { came = Result.success(call()) }
        } catch (stopped: TimeoutCancellationException) {
            if (came == null) throw Stopped(stopped)
        }
        return came!!.getOrThrow()
    }

    override fun close() = client.close()
}

internal class BlockingApi(keys: Keys, time: FastTime) : Api {
    private val client =
        BlockingJdkFetch().let { socket ->
            BlockingCryptopay.builder(keys.url, keys.apiKey, keys.apiSecret)
                .rateLimit(keys.rateLimit)
                .fetch(HurriedBlocking(socket, time))
                .time(time.blocking)
                .build()
        }

    override suspend fun pay(asked: Asked) =
        client.coinWithdrawals.create(
            address = ADDRESS,
            chargedCurrency = "EUR",
            receivedCurrency = "BTC",
            chargedAmount = asked.charged,
            chargedAmountToSend = asked.chargedToSend,
            receivedAmount = asked.received,
            customId = asked.customId,
            forceCommit = asked.forced,
        )

    override suspend fun commitPayout(id: UUID, quote: Model?) =
        client.coinWithdrawals.commit(id, CommitOptions(quote = quote))

    override suspend fun transfer(asked: Asked) =
        client.exchangeTransfers.create(
            chargedCurrency = "EUR",
            receivedCurrency = "BTC",
            chargedAmount = asked.charged,
            receivedAmount = asked.received,
            customId = asked.customId,
            forceCommit = asked.forced,
        )

    override suspend fun commitTransfer(id: UUID, quote: Model?) =
        client.exchangeTransfers.commit(id, CommitOptions(quote = quote))

    override suspend fun invoice(customId: String) = client.invoices.create(PRICE, "EUR", "BTC", customId = customId)

    override suspend fun refund(invoice: UUID) = client.invoices.createRefund(invoice, ADDRESS)

    override suspend fun resolve(record: String) = client.resolve(record)

    /** Interrupts the thread; an interruption that comes too late is taken back. */
    override suspend fun <T> within(ms: Long?, call: suspend Api.() -> T): T {
        if (ms == null) return call()
        val caller = Thread.currentThread()
        val turn = Any()
        var over = false
        val alarm = alarms.schedule({ synchronized(turn) { if (!over) caller.interrupt() } }, ms, TimeUnit.MILLISECONDS)
        try {
            return call()
        } finally {
            synchronized(turn) { over = true }
            alarm.cancel(false)
            Thread.interrupted()
        }
    }

    override fun close() = client.close()

    private companion object {
        val alarms = Executors.newScheduledThreadPool(1) { act -> Thread(act, "alarm").apply { isDaemon = true } }
    }
}

/** The same hurry for the blocking transport, which keeps time by itself. */
private class HurriedBlocking(private val inner: BlockingJdkFetch, private val time: FastTime) :
    cryptopay.client.BlockingFetch {
    override val keepsTime = true

    override fun fetch(request: Request) =
        request.run {
            val most = minOf(timeoutMs, time.drawn(STALL_MS).toLong())
            inner.fetch(Request(method, url, headers, body, most, maxBody, fresh, purpose))
        }

    override fun close() = inner.close()
}
