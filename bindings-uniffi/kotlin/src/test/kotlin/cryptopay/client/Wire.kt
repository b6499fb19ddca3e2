package cryptopay.client

import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

/** A server over raw sockets: each request is counted and given to `act` with its number. */
internal class Wire(private val act: (Socket, Int) -> Unit) : AutoCloseable {
    private val server = ServerSocket(0, 50, InetAddress.getLoopbackAddress())
    private val open = java.util.Collections.synchronizedList(ArrayList<Socket>())
    val requests = AtomicInteger()
    /** How many of them were POSTs. */
    val posts = AtomicInteger()
    /** How many connections the other side has ended. */
    val closed = AtomicInteger()

    val url
        get() = "http://127.0.0.1:${server.localPort}"

    init {
        thread(isDaemon = true) {
            while (true) {
                val socket = runCatching { server.accept() }.getOrNull() ?: break
                open += socket
                thread(isDaemon = true) {
                    runCatching { while (asked(socket)) act(socket, requests.incrementAndGet()) }
                    closed.incrementAndGet()
                    // What the other side has ended is not kept open here, where it would look like a leak of theirs.
                    socket.close()
                }
            }
        }
    }

    /** Reads one whole request. */
    private fun asked(socket: Socket): Boolean {
        val input = socket.getInputStream()
        val head = StringBuilder()
        while (!head.endsWith("\r\n\r\n")) {
            val byte = input.read()
            if (byte < 0) return false
            head.append(byte.toChar())
        }
        val length = Regex("(?i)content-length: (\\d+)").find(head)?.groupValues?.get(1)?.toInt() ?: 0
        input.readNBytes(length)
        if (head.startsWith("POST ")) posts.incrementAndGet()
        return true
    }

    override fun close() {
        server.close()
        open.toList().forEach { it.close() }
    }
}

internal fun Socket.say(text: String) {
    getOutputStream().write(text.encodeToByteArray())
    getOutputStream().flush()
}

/** Ends a connection with a reset. */
internal fun Socket.reset() {
    setSoLinger(true, 0)
    close()
}
