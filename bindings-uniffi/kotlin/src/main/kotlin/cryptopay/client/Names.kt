package cryptopay.client

import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.Proxy
import java.net.ProxySelector
import java.net.URI
import java.net.http.HttpClient
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executor

/**
 * The names of hosts. Nothing interrupts the look-up of one: it is made beside whoever waits, and the answer is in
 * Java's cache when it is needed.
 */
internal class Names(
    private val threads: Executor,
    private val look: (String) -> Unit = { InetAddress.getByName(it) },
) {
    /** The host of a URL for which nothing needs to be looked up. */
    private class Known(val host: String, val at: Long)

    @Volatile private var known: Known? = null

    /** The look-up that [client] needs to reach [url]; null: none. What is not found the client will say. */
    fun sought(client: HttpClient, url: URI): CompletableFuture<Unit>? {
        val last = known
        if (last?.host == url.host && System.nanoTime() - last.at <= KNOWN_NS) return null
        val host = reached(client, url) ?: return null
        return CompletableFuture.supplyAsync(
            {
                runCatching { look(host) }
                known = Known(url.host, System.nanoTime())
            },
            threads,
        )
    }

    /**
     * The host to connect to. Behind a proxy it is the proxy, which looks up the others; null: its address is known.
     */
    private fun reached(client: HttpClient, url: URI): String? {
        val proxies = client.proxy().orElseGet(ProxySelector::getDefault)?.select(url)
        // As the JDK's client chooses: the first, if it is of its kind.
        val proxy = proxies?.firstOrNull()?.takeIf { it.type() == Proxy.Type.HTTP }?.address() as? InetSocketAddress
        return if (proxy == null) url.host else proxy.hostString.takeIf { proxy.isUnresolved }
    }

    private companion object {
        /** Java keeps an address for 30 s, and does not tell since when: what is left of them is hardly ever less. */
        const val KNOWN_NS = 1_000_000_000
    }
}
