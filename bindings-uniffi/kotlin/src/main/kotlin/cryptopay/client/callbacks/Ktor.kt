package cryptopay.client.callbacks

import io.ktor.http.HttpStatusCode
import io.ktor.server.request.receiveChannel
import io.ktor.server.response.respondText
import io.ktor.server.routing.Route
import io.ktor.server.routing.post
import io.ktor.utils.io.readRemaining
import java.time.Duration
import kotlinx.io.readByteArray

/**
 * Receives callbacks in Ktor: `routing { cryptopayCallbacks("/callbacks", callbacks, store) { event -> … } }`. Nothing
 * in front of it may read the body. What the handler throws goes on to Ktor, which answers 500. [lease] is that of
 * [Callbacks.receive].
 */
public fun Route.cryptopayCallbacks(
    path: String,
    callbacks: Callbacks,
    store: SuspendStore,
    lease: Duration = Callbacks.LEASE,
    handler: suspend (Event) -> Unit,
): Route =
    post(path) {
        // One byte more than is allowed is enough to refuse it.
        val body = call.receiveChannel().readRemaining(Callbacks.MAX_BODY + 1L).readByteArray()
        val signature = call.request.headers[Callbacks.SIGNATURE_HEADER]
        val reply = callbacks.receiveSuspending(body, signature, store, lease, handler)
        call.respondText(reply.text, status = HttpStatusCode.fromValue(reply.status))
    }
