package cryptopay.bench

import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import kotlin.concurrent.thread

private const val BODY =
    """{"data":{"id":"06a54ccb-889f-4c1f-8a59-086a84a1e2dd","status":"new","address":"2NcaXkd6TuwJj1iauxAKPMRvEJmBzsk6za4","uri":"bitcoin:2NcaXkd6TuwJj1iauxAKPMRvEJmBzsk6za4?amount=0.003419","price_amount":"100.0","price_currency":"EUR","fee":"1.0","fee_currency":"EUR","pay_amount":"0.003419","pay_currency":"BTC","paid_amount":"0.0","transactions":[],"hosted_page_url":"https://hosted-business-sandbox.cryptopay.me/invoices/06a54ccb","created_at":"2026-01-01T00:00:00+00:00","expires_at":"2026-01-01T00:10:00+00:00"},"meta":{"request_id":"f00d"}}"""
private val ANSWER =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n$BODY".toByteArray()

/** Answers every request with the same invoice; tells its port first. */
internal fun serve() {
    val server = ServerSocket(0, 256, InetAddress.getLoopbackAddress())
    println(server.localPort)
    while (true) {
        val socket = server.accept()
        thread(isDaemon = true) { runCatching { answer(socket) } }
    }
}

/** None of the requests has a body: each ends with an empty line. */
private fun answer(socket: Socket) {
    socket.tcpNoDelay = true
    val input = socket.getInputStream()
    val output = socket.getOutputStream()
    val bytes = ByteArray(8192)
    var ends = 0
    while (true) {
        val read = input.read(bytes)
        if (read < 0) return
        for (at in 0 until read) {
            ends = if (bytes[at] == '\n'.code.toByte()) ends + 1 else if (bytes[at] == '\r'.code.toByte()) ends else 0
            if (ends == 2) output.write(ANSWER)
        }
    }
}
