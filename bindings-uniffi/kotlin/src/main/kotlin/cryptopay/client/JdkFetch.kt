package cryptopay.client

import java.io.IOException
import java.net.ConnectException
import java.net.InetAddress
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
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import java.util.concurrent.TimeoutException
import java.util.function.Consumer
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException
import kotlinx.coroutines.suspendCancellableCoroutine

/**
 * The default transport: the JDK's own client, HTTP/1.1, no redirects, no cookies.
 *
 * @param configure Sets proxy, TLS or executor. Redirects stay off, the version stays 1.1. An `Authenticator` or a
 *   `CookieHandler` that waits for something needs an executor of its own.
 */
public class JdkFetch(configure: (HttpClient.Builder) -> Unit = {}) : Fetch {
    private val clients = Clients(configure)

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
public class BlockingJdkFetch @JvmOverloads constructor(configure: Consumer<HttpClient.Builder> = Consumer {}) :
    BlockingFetch {
    private val clients = Clients(configure::accept)

    override val keepsTime: Boolean
        get() = true

    override fun fetch(request: Request): Response = clients.sendHere(request)

    override fun close() {
        clients.close()
    }
}

/** The JDK ends an exchange a little sooner than the driver would, so that it can tell why. */
private fun earlier(ms: Long) = Duration.ofMillis(maxOf(ms - minOf(ms / 8, 250), 1))

/**
 * One client that keeps its connections, and one more for each request that asks for a fresh one; all share threads.
 */
private class Clients(private val configure: (HttpClient.Builder) -> Unit) {
    private val threads =
        Executors.newCachedThreadPool { act -> Thread(act, "cryptopay-http").apply { isDaemon = true } }
    private val late = Late(threads)
    private val pooled = made()
    @Volatile private var known: String? = null
    @Volatile private var knownAt = 0L

    fun close() {
        shut(pooled)
        late.close()
        threads.shutdown()
    }

    private fun made(): HttpClient {
        val builder = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).executor(Near(threads))
        configure(builder)
        return builder.followRedirects(HttpClient.Redirect.NEVER).version(HttpClient.Version.HTTP_1_1).build()
    }

    /**
     * Whoever waits bounds it by a timer of their own. The JDK's is needed where it alone tells that nothing was sent.
     */
    fun send(request: Request): CompletableFuture<HttpResponse<ByteArray>> {
        val client = if (request.fresh) made() else pooled
        val connects = client.connectTimeout().filter { it <= earlier(request.timeoutMs) }.isPresent
        val sending = client.sendAsync(asked(request, timed = !connects)) { Body(request.maxBody).subscriber }
        if (request.fresh) {
            sending.whenComplete { _, _ -> shut(client) }
        }
        return sending
    }

    /**
     * The same in the caller's thread, which is woken once, by the whole answer. The JDK's timer bounds it until the
     * headers are there; for the body there is none, and [late] ends what takes too long.
     */
    fun sendHere(request: Request): Response {
        val until = late.now() + request.timeoutMs * 1_000_000
        val asked = asked(request, timed = true)
        val host = asked.uri().host
        if (host != known || System.nanoTime() - knownAt > KNOWN_NS) look(host, request.timeoutMs)
        val client = if (request.fresh) made() else pooled
        var body: Body? = null
        try {
            val response =
                client.send(asked) { Body(request.maxBody, until).also { body = it }.also(late::watch).subscriber }
            return answer(response)
        } catch (failed: IOException) {
            throw failure(failed)
        } finally {
            body?.let(late::forget)
            if (request.fresh) shut(client)
        }
    }

    /**
     * Nothing interrupts the look-up of a name: it is made beside, and the answer is in Java's cache when it is needed.
     */
    private fun look(host: String, timeoutMs: Long) {
        val looking = threads.submit<Unit> { runCatching { InetAddress.getByName(host) } }
        try {
            looking.get(timeoutMs, TimeUnit.MILLISECONDS)
        } catch (late: TimeoutException) {
            throw FetchException(FetchException.Kind.CONNECT, sent = false, late)
        }
        known = host
        knownAt = System.nanoTime()
    }

    private fun asked(request: Request, timed: Boolean): HttpRequest {
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
        if (timed) builder.timeout(earlier(request.timeoutMs))
        return builder.build()
    }

    private companion object {
        /** Java keeps an address for 30 s, and does not tell since when: what is left of them is hardly ever less. */
        const val KNOWN_NS = 1_000_000_000
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
