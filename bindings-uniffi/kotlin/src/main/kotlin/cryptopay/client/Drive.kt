package cryptopay.client

import java.util.concurrent.ExecutionException
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import java.util.concurrent.TimeoutException
import kotlin.coroutines.cancellation.CancellationException
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withTimeoutOrNull

/** Runs a call to its end. A cancellation ends it at once, is never swallowed, and carries the record. */
internal suspend fun drive(running: Running, fetch: Fetch, time: Time, permits: PermitStore?): Done {
    try {
        while (true) {
            when (val step = running.step) {
                is Step.Done -> return running.ended(step.done)
                is Step.Sleep -> time.sleep(step.ms).also { running.woken() }
                is Step.Fetch ->
                    attempt(running) { limited(step.request, fetch) }.fold(running::answered, running::failed)
                is Step.Ask ->
                    attempt(running) { limited(step, permits) }.fold(running::permitted, running::permitFailed)
            }
        }
    } catch (stop: Throwable) {
        throw running.left(stop)
    }
}

/**
 * The last look before a call returns. Whoever was cancelled meanwhile (a `withTimeout` that is just over) would throw
 * away what is returned, and could not tell that money moved: the cancellation carries the record then too.
 */
internal suspend fun handedOver(running: Running) {
    try {
        currentCoroutineContext().ensureActive()
    } catch (stop: CancellationException) {
        throw running.carrying(stop)
    }
}

/**
 * What failed by itself is told to the core; the caller's own cancellation goes on, and what was not sent until then is
 * known not to be sent.
 */
private suspend inline fun <T> attempt(running: Running, act: () -> T): Result<T> {
    running.unsent = true
    currentCoroutineContext().ensureActive()
    running.unsent = false
    return try {
        Result.success(act())
    } catch (error: Exception) {
        running.unsent = error is FetchException && !error.sent
        currentCoroutineContext().ensureActive()
        Result.failure(error)
    }
}

private suspend fun limited(request: Request, fetch: Fetch): Response =
    withTimeoutOrNull(request.timeoutMs) { fetch.fetch(request) }
        ?: throw FetchException(FetchException.Kind.TIMEOUT, sent = true)

/** A store that answers too late holds no call up. */
private suspend fun limited(asked: Step.Ask, permits: PermitStore?): Long =
    withTimeoutOrNull(asked.timeoutMs) { permits?.permit(asked.permit) ?: 0 } ?: throw TimeoutException(LATE)

private const val LATE = "it took longer than the call has time for"

/**
 * Runs a call to its end, blocking. An interruption ends it at once: the call throws what that means (cancelled, or
 * outcome unknown with its record), and the thread stays interrupted.
 */
internal fun drive(running: Running, fetch: BlockingFetch, time: BlockingTime, permits: BlockingPermitStore?): Done {
    try {
        while (true) {
            when (val step = running.step) {
                is Step.Done -> return running.ended(step.done)
                is Step.Sleep -> time.sleep(step.ms).also { running.woken() }
                is Step.Fetch ->
                    attemptBlocking(running) { limited(step.request, fetch) }.fold(running::answered, running::failed)
                is Step.Ask ->
                    attemptBlocking(running) { limited(step, permits) }.fold(running::permitted, running::permitFailed)
            }
        }
    } catch (stop: InterruptedException) {
        Thread.currentThread().interrupt()
        running.cancelled()
        running.failure = stop
        val end = running.step as? Step.Done
        return running.ended(end?.done ?: throw misuse("an interrupted call did not end"))
    } catch (broken: Throwable) {
        throw running.left(broken)
    }
}

private inline fun <T> attemptBlocking(running: Running, act: () -> T): Result<T> {
    running.unsent = true
    if (Thread.interrupted()) throw InterruptedException()
    running.unsent = false
    return try {
        Result.success(act())
    } catch (stop: InterruptedException) {
        throw stop
    } catch (error: Exception) {
        running.unsent = error is FetchException && !error.sent
        if (Thread.interrupted()) throw InterruptedException().apply { initCause(error) }
        Result.failure(error)
    }
}

private val threads = Executors.newCachedThreadPool { act -> Thread(act, "cryptopay-fetch").apply { isDaemon = true } }

/** A fetch that does not keep time by itself runs beside the caller, who stops waiting. */
private fun limited(request: Request, fetch: BlockingFetch): Response =
    if (fetch.keepsTime) fetch.fetch(request)
    else
        try {
            beside(request.timeoutMs) { fetch.fetch(request) }
        } catch (late: TimeoutException) {
            throw FetchException(FetchException.Kind.TIMEOUT, sent = true, late)
        }

/** A store that answers too late holds no call up. */
private fun limited(asked: Step.Ask, permits: BlockingPermitStore?): Long =
    if (permits == null) 0 else beside(asked.timeoutMs) { permits.permit(asked.permit) }

private fun <T> beside(ms: Long, act: () -> T): T {
    val running = threads.submit<T> { act() }
    try {
        return running.get(ms, TimeUnit.MILLISECONDS)
    } catch (failed: ExecutionException) {
        // An interruption over there is none of the caller.
        throw failed.cause.takeUnless { it is InterruptedException } ?: failed
    } finally {
        running.cancel(true)
    }
}
