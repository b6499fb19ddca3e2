package cryptopay.client

import java.nio.ByteBuffer

/** Bytes cross in direct buffers, which each thread keeps: making them costs more than filling them. */
private class Lent {
    private val buffers = Array(3) { ByteBuffer.allocateDirect(SMALL) }

    fun of(at: Int, bytes: ByteArray): ByteBuffer {
        var buffer = buffers[at]
        if (buffer.capacity() < bytes.size) {
            buffer = ByteBuffer.allocateDirect(bytes.size)
            // A thread does not keep the room of its largest body.
            if (bytes.size <= LARGE) buffers[at] = buffer
        }
        buffer.clear()
        buffer.put(bytes)
        return buffer.flip()
    }

    companion object {
        const val SMALL = 4096
        const val LARGE = 1 shl 20
    }
}

private val lent = ThreadLocal.withInitial(::Lent)

/** Lends bytes to the core for one crossing. */
internal fun <T> lend(
    one: ByteArray,
    two: ByteArray,
    three: ByteArray,
    cross: (ByteBuffer, ByteBuffer, ByteBuffer) -> T,
): T {
    val mine = lent.get()
    return native { cross(mine.of(0, one), mine.of(1, two), mine.of(2, three)) }
}

/** The same for two. */
internal fun <T> lend(one: ByteArray, two: ByteArray, cross: (ByteBuffer, ByteBuffer) -> T): T {
    val mine = lent.get()
    return native { cross(mine.of(0, one), mine.of(1, two)) }
}

/** The same for one. */
internal fun <T> lend(one: ByteArray, cross: (ByteBuffer) -> T): T = native { cross(lent.get().of(0, one)) }

private inline fun <T> native(cross: () -> T): T =
    try {
        crossed("", cross)
    } catch (missing: LinkageError) {
        throw unloaded(missing)
    }

/** A native library that cannot be loaded is a matter of the machine, and says what it needs. */
internal fun unloaded(missing: LinkageError): CryptopayException {
    val machine = "${System.getProperty("os.name")} on ${System.getProperty("os.arch")}"
    val text =
        if (missing.message.orEmpty().startsWith("com/sun/jna/")) {
            "JNA is not on the class path: add net.java.dev.jna:jna, which this package's POM names"
        } else {
            "the native library cannot be loaded ($machine): the jar needs its folder for it, " +
                "and Linux glibc (Alpine: gcompat); where ~/.cache or /tmp is mounted noexec, " +
                "set -Djna.tmpdir to another folder"
        }
    return exception(Told("configuration", "configuration: $text", text), missing)
}
