package cryptopay.client

import java.io.IOException
import java.net.ConnectException
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpConnectTimeoutException
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.net.http.HttpTimeoutException
import java.security.cert.CertificateException
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ExecutionException
import java.util.concurrent.SynchronousQueue
import java.util.concurrent.ThreadPoolExecutor
import java.util.concurrent.TimeUnit
import java.util.concurrent.TimeoutException
import java.util.function.Consumer
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.future.await
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withTimeoutOrNull

/** The default transport: the JDK's own client, HTTP/1.1, no redirects, no cookies. */
public class JdkFetch internal constructor(private val clients: Clients) : Fetch {
    /**
     * @param configure Sets proxy, TLS or executor. Redirects stay off, the version stays 1.1. An `Authenticator` or a
     *   `CookieHandler` that waits for something needs an executor of its own.
     */
    public constructor(configure: (HttpClient.Builder) -> Unit = {}) : this(Clients(configure))

    override suspend fun fetch(request: Request): Response {
        val sending = clients.send(request)
        return suspendCancellableCoroutine { caller ->
            caller.invokeOnCancellation { sending.cancel(true) }
            sending.whenComplete { response, error ->
                if (error == null) caller.resume(answer(response)) else caller.resumeWithException(failure(error))
            }
        }
    }

    override fun close() {
        clients.close()
    }
}

/** The same, blocking. */
public class BlockingJdkFetch internal constructor(private val clients: Clients) : BlockingFetch {
    /** @param configure As in [JdkFetch]. */
    @JvmOverloads
    public constructor(configure: Consumer<HttpClient.Builder> = Consumer {}) : this(Clients(configure::accept))

    override val keepsTime: Boolean
        get() = true

    override fun fetch(request: Request): Response = clients.sendHere(request)

    override fun close() {
        clients.close()
    }
}

private fun daemon(act: Runnable) = Thread(act, "cryptopay-http").apply { isDaemon = true }

/** The JDK ends an exchange a little sooner than the driver would, so that it can tell why. */
private fun earlier(ms: Long) = Duration.ofMillis(maxOf(ms - minOf(ms / 8, 250), 1))

/**
 * One client that keeps its connections, and one more for each request that asks for a fresh one; all share threads.
 */
internal class Clients(private val configure: (HttpClient.Builder) -> Unit, look: ((String) -> Unit)? = null) {
    /**
     * What the JDK has left to do when the last exchange has ended is done, too. Neither function may hold this object:
     * the JDK's own thread holds them, and would keep its client, which ends that thread when nobody has it any more.
     */
    private val threads =
        ThreadPoolExecutor(0, Int.MAX_VALUE, 60, TimeUnit.SECONDS, SynchronousQueue(), ::daemon) { act, pool ->
            pool.threadFactory.newThread(act).start()
        }
    private val names = if (look == null) Names(threads) else Names(threads, look)
    private val late = Late(threads)
    private val pooled = made()
    private val exchanges = Exchanges {
        shut(pooled)
        late.close()
        threads.shutdown()
    }

    /** Refuses what is asked from now on, and shuts everything as soon as no exchange runs. */
    fun close() = exchanges.close()

    private fun made(): HttpClient {
        val builder = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).executor(Near(threads))
        configure(builder)
        return builder.followRedirects(HttpClient.Redirect.NEVER).version(HttpClient.Version.HTTP_1_1).build()
    }

    /**
     * Whoever waits bounds it by a timer of their own. The JDK's is needed where it alone tells that nothing was sent.
     */
    suspend fun send(request: Request): CompletableFuture<HttpResponse<ByteArray>> {
        val until = System.nanoTime() + request.timeoutMs * NS
        val client = begun(request)
        try {
            // A little sooner than the driver's timer, which could not tell that nothing was sent.
            val ms = earlier(request.timeoutMs).toMillis()
            names.sought(client, URI.create(request.url))?.let {
                try {
                    withTimeoutOrNull(ms) { it.await() } ?: throw unfound()
                } catch (stop: CancellationException) {
                    throw unfound(stop)
                }
            }
            val leftMs = left(until)
            val connects = client.connectTimeout().filter { it <= earlier(leftMs) }.isPresent
            val sending =
                client.sendAsync(asked(request, leftMs.takeUnless { connects })) { Body(request.maxBody).subscriber }
            sending.whenComplete { _, _ -> over(request, client) }
            return sending
        } catch (failed: Throwable) {
            over(request, client)
            throw failed
        }
    }

    /** The client of an exchange that begins. */
    private fun begun(request: Request): HttpClient {
        exchanges.begin()
        try {
            return if (request.fresh) made() else pooled
        } catch (failed: Throwable) {
            exchanges.end()
            throw failed
        }
    }

    private fun over(request: Request, client: HttpClient) {
        if (request.fresh) shut(client)
        exchanges.end()
    }

    /**
     * The same in the caller's thread, which is woken once, by the whole answer. The JDK's timer bounds it until the
     * headers are there; for the body there is none, and [late] ends what takes too long.
     */
    fun sendHere(request: Request): Response {
        val until = System.nanoTime() + request.timeoutMs * NS
        val client = begun(request)
        var body: Body? = null
        try {
            names.sought(client, URI.create(request.url))?.let { found(it, request.timeoutMs) }
            val leftMs = left(until)
            val asked = asked(request, leftMs)
            val lateAt = late.now() + leftMs * NS
            // What ends late bodies may know the exchange until then: it does not hold this object either.
            val watch = late::watch
            val response =
                client.send(asked) { Body(request.maxBody, lateAt).also { body = it }.also(watch).subscriber }
            return answer(response)
        } catch (failed: IOException) {
            throw failure(failed)
        } finally {
            body?.let(late::forget)
            over(request, client)
        }
    }

    private fun found(sought: CompletableFuture<Unit>, timeoutMs: Long) {
        try {
            sought.get(timeoutMs, TimeUnit.MILLISECONDS)
        } catch (late: TimeoutException) {
            throw unfound(late)
        } catch (stop: InterruptedException) {
            Thread.currentThread().interrupt()
            throw unfound(stop)
        }
    }

    /** What the look-up of a name left of the time, in ms. */
    private fun left(until: Long): Long = ((until - System.nanoTime()) / NS).takeIf { it > 0 } ?: throw unfound()

    /** Whoever gives up before the name is known has sent nothing. */
    private fun unfound(why: Exception = TimeoutException("the name was not found in time")) =
        FetchException(FetchException.Kind.CONNECT, sent = false, why)

    private fun asked(request: Request, timeoutMs: Long?): HttpRequest {
        val body = request.body
        val builder = HttpRequest.newBuilder(URI.create(request.url))
        for (header in request.headers) {
            builder.header(header.name, header.value)
        }
        builder.method(
            request.method,
            if (body == null) HttpRequest.BodyPublishers.noBody() else HttpRequest.BodyPublishers.ofString(body),
        )
        // Until it is connected nothing was sent: only the JDK's own timers know. Each of this kind wakes its thread.
        timeoutMs?.let { builder.timeout(earlier(it)) }
        return builder.build()
    }

    private companion object {
        /** A millisecond. */
        const val NS = 1_000_000L
    }
}

/**
 * Ends a client with its thread and its connections. Since 21 it can be told to. Before, it would keep both until it is
 * collected, one for each write: there the thread is interrupted, which ends it as it ends itself. It is named after
 * the number of its client, and the client shows its number.
 */
private fun shut(client: HttpClient) {
    if (shutdownNow != null) {
        shutdownNow.invoke(client)
        return
    }
    val number = Regex("\\((\\d+)\\)$").find("$client")?.groupValues?.get(1) ?: return
    threads().find { it?.name == "HttpClient-$number-SelectorManager" }?.interrupt()
}

private val shutdownNow = HttpClient::class.java.methods.find { it.name == "shutdownNow" }

/** The threads of this thread's group and of those around it, some of them twice. */
private fun threads(): Array<Thread?> {
    val group = generateSequence(Thread.currentThread().threadGroup) { it.parent }.last()
    return arrayOfNulls<Thread>(group.activeCount() * 2 + 16).also { group.enumerate(it) }
}

private fun answer(response: HttpResponse<ByteArray>): Response {
    val headers =
        response.headers().map().flatMap { (name, values) ->
            if (name.lowercase() in Response.NAMES) values.map { Header(name, it) } else emptyList()
        }
    return Response(response.statusCode(), headers, response.body())
}

/** Certain that nothing was sent is only: no connection, or a certificate that this side refused before it sent. */
private fun failure(error: Throwable): FetchException {
    val causes = generateSequence(error) { it.cause }.take(10).toList()
    val inner = causes.firstOrNull { it !is ExecutionException && it !is java.util.concurrent.CompletionException }
    return when {
        causes.any { it is TooLong } -> FetchException(FetchException.Kind.TOO_LARGE, sent = true, inner)
        inner is ConnectException || inner is HttpConnectTimeoutException ->
            FetchException(FetchException.Kind.CONNECT, sent = false, inner)
        inner is HttpTimeoutException -> FetchException(FetchException.Kind.TIMEOUT, sent = true, inner)
        causes.any { it is CertificateException } -> FetchException(FetchException.Kind.CONNECT, sent = false, inner)
        else -> FetchException(FetchException.Kind.BROKEN, sent = true, inner)
    }
}
