package cryptopay.client

import java.util.concurrent.Executor

/**
 * Runs what the JDK's client has to do with the bytes that came in its own thread, where they came. A thread more for
 * each packet, as is its custom, is half of the cost of a call. What computes for long (handshakes of TLS), and what is
 * asked from any other thread, goes to [threads].
 */
internal class Near(private val threads: Executor) : Executor {
    override fun execute(act: Runnable) {
        if (!Thread.currentThread().name.endsWith("-SelectorManager") || slow.get(act.javaClass)) {
            threads.execute(act)
            return
        }
        try {
            act.run()
        } catch (error: Throwable) {
            // It would end the client: as in a thread of its own, it ends only this.
            threads.execute { throw error }
        }
    }

    private companion object {
        private val slow =
            object : ClassValue<Boolean>() {
                override fun computeValue(type: Class<*>) = "SSLFlowDelegate" in type.name
            }
    }
}
