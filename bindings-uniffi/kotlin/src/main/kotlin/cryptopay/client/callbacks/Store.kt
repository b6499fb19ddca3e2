package cryptopay.client.callbacks

/**
 * Where the keys of handled callbacks are kept. Several processes share one: a row with key, done and until. A row that
 * is only unique, or a key that only expires, is not enough: `core/docs/callback-store.md` in the repository says why,
 * and has a store on PostgreSQL. A key is kept for at least eight days, because deliveries are repeated for almost a
 * week. Every method is atomic.
 */
public interface Store {
    /** How a claim ended. */
    public enum class Claim {
        /** The key is the caller's until the lease ends. */
        NEW,
        /** Another one has it. */
        IN_PROGRESS,
        /** It was handled. */
        DONE,
    }

    /**
     * Claims a key for one delivery of an event.
     *
     * @param key The event's `dedupeKey`, 64 hex digits.
     * @param leaseMs How long the claim holds, in ms, unless it is completed or released before.
     * @return Whether it is the caller's now.
     */
    public fun claim(key: String, leaseMs: Long): Claim

    /** The key was handled: keep it for [KEEP_MS]. */
    public fun complete(key: String)

    /** The handler failed within its lease: the key is free. A completed key stays completed. */
    public fun release(key: String)

    public companion object {
        /** How long a completed key is kept, in ms. */
        public const val KEEP_MS: Long = 8L * 24 * 3600 * 1000
    }
}

/** The same for coroutines. */
public interface SuspendStore {
    /** As in [Store]. */
    public suspend fun claim(key: String, leaseMs: Long): Store.Claim

    /** As in [Store]. */
    public suspend fun complete(key: String)

    /** As in [Store]. */
    public suspend fun release(key: String)
}

/**
 * A store for one process, lost with it. Several processes need a shared one: see [Store].
 *
 * @param now Unix time in ms, for tests.
 */
public class MemoryStore @JvmOverloads constructor(private val now: () -> Long = System::currentTimeMillis) : Store {
    private class Entry(val done: Boolean, val until: Long)

    private val entries = HashMap<String, Entry>()
    private var sweepAt = FIRST_SWEEP

    override fun claim(key: String, leaseMs: Long): Store.Claim =
        synchronized(entries) {
            val at = now()
            val known = entries[key]
            if (known != null && at < known.until) {
                return if (known.done) Store.Claim.DONE else Store.Claim.IN_PROGRESS
            }
            if (entries.size >= sweepAt) {
                entries.values.removeIf { at >= it.until }
                sweepAt = maxOf(2 * entries.size, FIRST_SWEEP)
            }
            entries[key] = Entry(false, at + leaseMs)
            Store.Claim.NEW
        }

    override fun complete(key: String) {
        synchronized(entries) { entries[key] = Entry(true, now() + Store.KEEP_MS) }
    }

    override fun release(key: String) {
        synchronized(entries) { if (entries[key]?.done == false) entries.remove(key) }
    }

    private companion object {
        const val FIRST_SWEEP = 1024
    }
}

/** The same, for coroutines. */
public class SuspendMemoryStore(now: () -> Long = System::currentTimeMillis) : SuspendStore {
    private val store = MemoryStore(now)

    override suspend fun claim(key: String, leaseMs: Long): Store.Claim = store.claim(key, leaseMs)

    override suspend fun complete(key: String): Unit = store.complete(key)

    override suspend fun release(key: String): Unit = store.release(key)
}
