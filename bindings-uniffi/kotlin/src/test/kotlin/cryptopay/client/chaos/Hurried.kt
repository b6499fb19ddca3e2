package cryptopay.client.chaos

import cryptopay.client.FastTime
import cryptopay.client.Fetch
import cryptopay.client.FetchException
import cryptopay.client.Request
import cryptopay.client.Response
import kotlinx.coroutines.withTimeoutOrNull

/** A socket cannot be hurried, but nobody waits for a stalled one for long. */
internal class Hurried(private val inner: Fetch, private val time: FastTime) : Fetch {
    override suspend fun fetch(request: Request): Response =
        withTimeoutOrNull(minOf(request.timeoutMs, time.drawn(STALL_MS).toLong())) { inner.fetch(request) }
            ?: throw FetchException(FetchException.Kind.TIMEOUT, sent = true)

    override fun close() = inner.close()
}

/** How long a stalled answer is waited for, in real ms: drawn between these for every attempt. */
internal val STALL_MS = 50..200
