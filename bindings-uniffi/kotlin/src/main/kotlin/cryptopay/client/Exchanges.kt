package cryptopay.client

/**
 * Counts the exchanges of a transport, so that whoever closes it takes no connection from under one: what that carries
 * may be a payment, and before JDK 21 the thread that would end it in time ends with the connections. The last one
 * shuts what is left.
 */
internal class Exchanges(private val shut: () -> Unit) : AutoCloseable {
    private var running = 0
    private var closed = false

    /** One begins; it is to be ended, unless it is refused. */
    fun begin() =
        synchronized(this) {
            if (closed) {
                val why = IllegalStateException("the transport is closed")
                throw FetchException(FetchException.Kind.CONNECT, sent = false, why)
            }
            running++
        }

    fun end() {
        if (synchronized(this) { --running == 0 && closed }) shut()
    }

    /** Refuses others, and shuts at once if none runs. */
    override fun close() {
        val idle =
            synchronized(this) {
                val first = !closed
                closed = true
                first && running == 0
            }
        if (idle) shut()
    }
}
