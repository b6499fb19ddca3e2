package cryptopay.client

/**
 * One of the known texts, or one that the API adds later.
 *
 * @property value The text, as on the wire.
 */
public abstract class OpenEnum internal constructor(public val value: String) {
    /** Whether this version knows the text. */
    public abstract val isKnown: Boolean

    final override fun equals(other: Any?): Boolean =
        other is OpenEnum && other.javaClass == javaClass && other.value == value

    final override fun hashCode(): Int = value.hashCode()

    final override fun toString(): String = value
}
