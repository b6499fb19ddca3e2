package cryptopay.client

import java.time.Duration
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject

/** What can be set for one call, beside its parameters. What is null is as the client was told. */
public sealed class CallOptions {
    /** How long the whole call may take: waits, attempts and finding out. */
    public abstract val timeout: Duration?

    /** How long one attempt may take. */
    public abstract val attemptTimeout: Duration?

    /** How often the operation may be sent again; 0 means one request. */
    public abstract val maxRetries: Int?

    internal fun json(): JsonObject = JsonObject(common() + own())

    /** What only this kind of call has. */
    internal abstract fun own(): Map<String, JsonElement>

    private fun common(): Map<String, JsonElement> = buildMap {
        timeout?.let { put("deadline_ms", JsonPrimitive(milliseconds(it))) }
        attemptTimeout?.let { put("attempt_timeout_ms", JsonPrimitive(milliseconds(it))) }
        maxRetries?.let { put("max_retries", JsonPrimitive(it)) }
    }

    /** Collects what can be set for every call, for Java, which has no named parameters. */
    public abstract class Builder<B : Builder<B>> internal constructor() {
        internal var timeout: Duration? = null
        internal var attemptTimeout: Duration? = null
        internal var maxRetries: Int? = null

        /** How long the whole call may take: waits, attempts and finding out. */
        public fun timeout(timeout: Duration): B = set { this.timeout = timeout }

        /** How long one attempt may take. */
        public fun attemptTimeout(timeout: Duration): B = set { attemptTimeout = timeout }

        /** How often the operation may be sent again; 0 means one request. */
        public fun maxRetries(retries: Int): B = set { maxRetries = retries }

        @Suppress("UNCHECKED_CAST")
        internal inline fun set(change: () -> Unit): B {
            change()
            return this as B
        }
    }
}

/**
 * For reads. With a condition, [NotModified] is thrown when nothing changed.
 *
 * @property ifNoneMatch The [Outcome.etag] of what is known.
 * @property ifModifiedSince The [Outcome.lastModified] of what is known.
 */
public data class ReadOptions
@JvmOverloads
constructor(
    override val timeout: Duration? = null,
    override val attemptTimeout: Duration? = null,
    override val maxRetries: Int? = null,
    public val ifNoneMatch: String? = null,
    public val ifModifiedSince: String? = null,
) : CallOptions() {
    override fun own(): Map<String, JsonElement> = buildMap {
        ifNoneMatch?.let { put("if_none_match", JsonPrimitive(it)) }
        ifModifiedSince?.let { put("if_modified_since", JsonPrimitive(it)) }
    }

    public companion object {
        /** Begins with nothing set, for Java. */
        @JvmStatic public fun builder(): Builder = Builder()
    }

    /** Collects the options of a read. */
    public class Builder internal constructor() : CallOptions.Builder<Builder>() {
        private var ifNoneMatch: String? = null
        private var ifModifiedSince: String? = null

        /** The `etag` of what is known. */
        public fun ifNoneMatch(etag: String): Builder = set { ifNoneMatch = etag }

        /** The `lastModified` of what is known. */
        public fun ifModifiedSince(lastModified: String): Builder = set { ifModifiedSince = lastModified }

        /** The options. */
        public fun build(): ReadOptions = ReadOptions(timeout, attemptTimeout, maxRetries, ifNoneMatch, ifModifiedSince)
    }
}

/**
 * For writes.
 *
 * @property generatedCustomId Whether the client makes a `custom_id` where you give none. Unless told it does, except
 *   for creates that move money.
 */
public data class WriteOptions
@JvmOverloads
constructor(
    override val timeout: Duration? = null,
    override val attemptTimeout: Duration? = null,
    override val maxRetries: Int? = null,
    public val generatedCustomId: Boolean? = null,
) : CallOptions() {
    override fun own(): Map<String, JsonElement> = buildMap {
        generatedCustomId?.let { made -> put("custom_id", buildJsonObject { put("generated", JsonPrimitive(made)) }) }
    }

    public companion object {
        /** Begins with nothing set, for Java. */
        @JvmStatic public fun builder(): Builder = Builder()
    }

    /** Collects the options of a write. */
    public class Builder internal constructor() : CallOptions.Builder<Builder>() {
        private var generatedCustomId: Boolean? = null

        /** Whether the client makes a `custom_id` where you give none. */
        public fun generatedCustomId(generated: Boolean): Builder = set { generatedCustomId = generated }

        /** The options. */
        public fun build(): WriteOptions = WriteOptions(timeout, attemptTimeout, maxRetries, generatedCustomId)
    }
}

/**
 * For commits. In Java mostly `CommitOptions.of(quote)`.
 *
 * @property quote What the create answered, the very object and no copy: it says until when a commit may be repeated,
 *   and proves a recalculation.
 */
public data class CommitOptions
@JvmOverloads
constructor(
    override val timeout: Duration? = null,
    override val attemptTimeout: Duration? = null,
    override val maxRetries: Int? = null,
    public val quote: Model? = null,
) : CallOptions() {
    override fun own(): Map<String, JsonElement> = buildMap { quote?.let { put("quote", quoted(it)) } }

    private fun quoted(quote: Model): JsonObject {
        val outcome = quote.outcome ?: throw invalidArgument("", "quote: give the very object that a call returned")
        val members = parsed(outcome.data) as? JsonObject ?: throw invalidArgument("", "quote: it is not an object")
        return JsonObject(members + ("received_ms" to JsonPrimitive(outcome.receivedMs)))
    }

    public companion object {
        /** With a [quote] alone, for Java, which has no named parameters. */
        @JvmStatic public fun of(quote: Model): CommitOptions = CommitOptions(quote = quote)

        /** Begins with nothing set, for Java. */
        @JvmStatic public fun builder(): Builder = Builder()
    }

    /** Collects the options of a commit. */
    public class Builder internal constructor() : CallOptions.Builder<Builder>() {
        private var quote: Model? = null

        /** What the create answered, the very object and no copy. */
        public fun quote(quote: Model): Builder = set { this.quote = quote }

        /** The options. */
        public fun build(): CommitOptions = CommitOptions(timeout, attemptTimeout, maxRetries, quote)
    }
}

/** Whole milliseconds, at least one for anything above zero; what is below zero the core refuses. */
internal fun milliseconds(time: Duration): Long = if (time.isNegative) -1 else (time.plusNanos(999_999)).toMillis()
