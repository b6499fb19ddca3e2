package cryptopay.client

/** What an update does to a field. */
public sealed class Change<out T> {
    internal object Keep : Change<Nothing>()

    internal object Clear : Change<Nothing>()

    internal class To<out T>(val value: T) : Change<T>()

    public companion object {
        /** Leaves the field as it is. */
        @JvmStatic public fun keep(): Change<Nothing> = Keep

        /** Empties the field. */
        @JvmStatic public fun clear(): Change<Nothing> = Clear

        /** Sets the field. */
        @JvmStatic public fun <T : Any> to(value: T): Change<T> = To(value)
    }
}
