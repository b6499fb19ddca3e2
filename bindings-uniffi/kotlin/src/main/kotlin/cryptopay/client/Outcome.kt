package cryptopay.client

import java.time.Instant
import java.util.Collections
import java.util.IdentityHashMap
import kotlinx.serialization.json.JsonObject

/** An object that the API answered. Compare and copy it like any value. */
public abstract class Model internal constructor() {
    /** How the call went that answered this very object; null for an object inside another one, and for a copy. */
    public var outcome: Outcome? = null
        internal set

    /** What a request carries of it; null: requests carry none. */
    internal open fun json(): JsonObject? = null
}

/**
 * What is known of a call besides its value.
 *
 * @property status The HTTP status of the last response.
 * @property requestId The request id to tell the API's support.
 * @property customId The `custom_id` of the call, the caller's or a generated one.
 * @property recovered The answer was lost, and the object was found by reading.
 * @property accepted The API took the request but has not finished it.
 * @property notModified A read with a condition found nothing new.
 * @property unverified Fields that could not be compared when the object was found.
 * @property etag What [ReadOptions.ifNoneMatch] takes at the next read.
 * @property lastModified What [ReadOptions.ifModifiedSince] takes at the next read, as it came.
 * @property record For an accepted write: what `resolve` takes.
 * @property trace How the call went: sends, rounds of finding out, waits.
 * @property data The JSON text of `data`, as it came: what the models do not know is here.
 * @property meta The JSON text of `meta`.
 */
public class Outcome
internal constructor(
    public val status: Int,
    public val requestId: String?,
    public val customId: String?,
    public val recovered: Boolean,
    public val accepted: Boolean,
    public val notModified: Boolean,
    public val unverified: List<String>,
    public val etag: String?,
    public val lastModified: String?,
    public val record: String?,
    public val trace: Trace,
    public val data: String,
    public val meta: String,
    internal val receivedMs: Long,
) {
    /** How often the request was sent. */
    public val attempts: Int
        get() = trace.sends

    /** When the answer was received. */
    public val receivedAt: Instant
        get() = Instant.ofEpochMilli(receivedMs)

    override fun toString(): String =
        "Outcome(status=$status, requestId=$requestId, recovered=$recovered, accepted=$accepted, attempts=$attempts)"
}

/**
 * All rows of a list that comes at once.
 *
 * @property outcome How the call went that answered them.
 */
public class Rows<out T> internal constructor(rows: List<T>, public val outcome: Outcome) : List<T> by rows {
    override fun toString(): String = joinToString(prefix = "[", postfix = "]")
}

/**
 * An object from keys to models.
 *
 * @property outcome How the call went that answered it.
 */
public class Table<out T> internal constructor(rows: Map<String, T>, public val outcome: Outcome) :
    Map<String, T> by rows {
    override fun toString(): String = entries.joinToString(prefix = "{", postfix = "}")
}

/**
 * One page of a list. Rows that moved onto it from the page before are left out.
 *
 * @property outcome How the call went that answered the page.
 * @property more Whether another page follows.
 * @property lastId The id of its last row: what `startingAfter` takes.
 */
public class Page<out T>
internal constructor(rows: List<T>, public val outcome: Outcome, public val more: Boolean, public val lastId: String?) :
    List<T> by rows {
    override fun toString(): String = joinToString(prefix = "[", postfix = "]")
}

/**
 * How a write ended. Applied says that the request was carried out, not that the money arrived: read the object's
 * status.
 */
public class Resolution
internal constructor(
    /** How it ended, as far as that is known. */
    public val state: State,
    /** The object, where one was read that fits its model; its text is the outcome's `data`. */
    public val value: Model?,
    /**
     * For [State.UNKNOWN]: what stood in the way. Where it passes or can be mended (no network, a 401, a 5xx, the rate
     * limit), ask again after that.
     */
    public val reason: Cause?,
    /**
     * For [State.UNKNOWN]: when to ask again. Null, and no [reason] to mend: no later read will tell. Look at the
     * object and the account's transactions, or ask Cryptopay's support.
     */
    public val retryAt: Instant?,
    /** The fields in which an object that was found differs from the request. */
    public val differing: List<String>,
    /** How the resolving itself went. */
    public val outcome: Outcome,
) {
    /** What is known. */
    public enum class State {
        /** The request was carried out: read the object's status. */
        APPLIED,
        /** It was not and never will be: do it again, where a quote has lapsed under a new `custom_id`. */
        NOT_APPLIED,
        /** Nothing is proven: do not pay under another `custom_id`. */
        UNKNOWN,
    }

    override fun toString(): String = "Resolution($state)"
}

/**
 * A read with a condition found nothing new. No failure: [outcome] tells more.
 *
 * @property outcome How the call went.
 */
public class NotModified internal constructor(@Transient public val outcome: Outcome) :
    RuntimeException("not modified")

/**
 * The API took the write, has not finished it, and shows no object yet: keep [record] for `resolve`, do not repeat it.
 * Without a record nothing has moved.
 *
 * @property outcome How the call went.
 */
public class Accepted internal constructor(@Transient public val outcome: Outcome, told: Told) :
    OutcomeUnknownException(told, null)

/** Carries the record of a write that may have been applied in what stopped its call. */
internal class Pending(val record: String) :
    RuntimeException(
        "cryptopay: the write may have been applied; give pendingOf(what carries this) to resolve",
        null,
        false,
        false,
    )

/**
 * The record for `resolve` in what ended a call: a cancellation, a `withTimeout` of your own around it, an [Error] of a
 * transport, or an [OutcomeUnknownException]. Null: nothing can have been applied. From Java: `OutcomeKt.pendingOf`.
 *
 * One cancellation may stop several calls at once, which then share its exception: [pendingsOf] has all their records.
 */
public fun pendingOf(stopped: Throwable): String? = pendingsOf(stopped).firstOrNull()

/** The same for every call that it ended; empty: nothing can have been applied. */
public fun pendingsOf(stopped: Throwable): List<String> {
    val left = ArrayDeque(listOf(stopped))
    val seen = Collections.newSetFromMap(IdentityHashMap<Throwable, Boolean>())
    val records = LinkedHashSet<String>()
    while (left.isNotEmpty()) {
        val it = left.removeFirst()
        if (!seen.add(it)) continue
        (it as? Pending)?.let { pending -> records += pending.record }
        (it as? CryptopayException)?.record?.let(records::add)
        left += it.suppressed.toList() + listOfNotNull(it.cause)
    }
    return records.toList()
}
