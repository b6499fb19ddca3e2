package cryptopay.client.callbacks

import java.time.Duration
import org.springframework.http.MediaType
import org.springframework.web.servlet.function.HandlerFunction
import org.springframework.web.servlet.function.ServerRequest
import org.springframework.web.servlet.function.ServerResponse

/**
 * Receives callbacks in Spring MVC: `RouterFunctions.route().POST("/callbacks", SpringCallbacks(callbacks, store,
 * handler)).build()`. What the handler throws goes on to Spring, which answers 500. `lease` is that of
 * [Callbacks.receive].
 */
public class SpringCallbacks
@JvmOverloads
constructor(
    private val callbacks: Callbacks,
    private val store: Store,
    private val lease: Duration = Callbacks.LEASE,
    private val handler: Handler,
) : HandlerFunction<ServerResponse> {
    override fun handle(request: ServerRequest): ServerResponse {
        // One byte more than is allowed is enough to refuse it.
        val body = request.servletRequest().inputStream.readNBytes(Callbacks.MAX_BODY + 1)
        val signature = request.headers().firstHeader(Callbacks.SIGNATURE_HEADER)
        val reply = callbacks.receive(body, signature, store, lease, handler)
        return ServerResponse.status(reply.status).contentType(MediaType.TEXT_PLAIN).body(reply.text)
    }
}
