package cryptopay.client

import cryptopay.client.callbacks.Callbacks
import java.time.Duration
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runInterruptible

/** What a story sets of its client. */
internal class Wanted(
    val url: String,
    val apiKey: String,
    val apiSecret: String,
    val callbackSecrets: List<String>,
    val timeout: Duration,
    val attemptTimeout: Duration,
    val maxRetries: Int,
    val rateLimit: Int?,
)

/** The typed client in one of its styles, as a story uses it. */
internal interface Style : AutoCloseable {
    val callbacks: Callbacks

    /** The value that the operation answers: a model, rows, a table or a list. */
    suspend fun call(operation: String, asked: Asked): Any

    /** The first page of such a list, or so many of its rows; null: it is no list. */
    suspend fun rows(list: Any, take: Int?): List<Any?>?

    suspend fun resolve(record: String): Resolution
}

/** Both styles by their names. */
internal val STYLES: Map<String, (Wanted, FastTime) -> Style> =
    mapOf("coroutines" to ::Suspending, "threads" to ::Waiting)

private class Suspending(wanted: Wanted, time: FastTime) : Style {
    private val client =
        Cryptopay(
            wanted.url,
            wanted.apiKey,
            wanted.apiSecret,
            wanted.callbackSecrets,
            wanted.timeout,
            wanted.attemptTimeout,
            wanted.maxRetries,
            wanted.rateLimit,
            time = time.suspending,
        )

    override val callbacks
        get() = client.callbacks

    override suspend fun call(operation: String, asked: Asked) = dispatch(client, operation, asked)

    override suspend fun rows(list: Any, take: Int?): List<Any?>? =
        (list as? Pages<*>)?.let { if (take == null) it.first() else it.rows().take(take).toList() }

    override suspend fun resolve(record: String) = client.resolve(record)

    override fun close() = client.close()
}

/** A call is left as threads leave it: by an interruption. */
private class Waiting(wanted: Wanted, time: FastTime) : Style {
    private val client =
        BlockingCryptopay.builder(wanted.url, wanted.apiKey, wanted.apiSecret)
            .callbackSecrets(wanted.callbackSecrets)
            .timeout(wanted.timeout)
            .attemptTimeout(wanted.attemptTimeout)
            .maxRetries(wanted.maxRetries)
            .rateLimit(wanted.rateLimit)
            .time(time.blocking)
            .build()

    override val callbacks
        get() = client.callbacks

    override suspend fun call(operation: String, asked: Asked) =
        runInterruptible(THREADS) { dispatch(client, operation, asked) }

    override suspend fun rows(list: Any, take: Int?): List<Any?>? =
        runInterruptible(THREADS) {
            (list as? BlockingPages<*>)?.let { if (take == null) it.first() else it.take(take) }
        }

    override suspend fun resolve(record: String) = runInterruptible(THREADS) { client.resolve(record) }

    override fun close() = client.close()

    private companion object {
        /** A thread for each call of a story, however many it makes at once. */
        val THREADS = Dispatchers.IO.limitedParallelism(256)
    }
}
