package cryptopay.client

/** Is told every step of every call; must be quick. What it throws is logged and changes nothing. */
public fun interface Observer {
    /** One step. */
    public fun see(seen: Seen)
}

/**
 * One step of a call, as observers see it. Holds no body, no header and no secret.
 *
 * @property operation The operation, `invoices.create`.
 * @property step `fetch`, `sleep`, `permit` or `done`.
 * @property detail For `fetch`: what for. For `sleep`: why. For `done`: `ok` or the error's code.
 * @property customId The call's `custom_id`; a generated one is here before it is first sent.
 * @property waitMs For `sleep`: how long, in ms.
 * @property sends How often the operation was sent so far.
 * @property looks How many rounds of reading there were so far, to find out how a write ended.
 * @property read What was read from the last response.
 */
public data class Seen(
    public val operation: String,
    public val step: String,
    public val detail: String,
    public val customId: String?,
    public val waitMs: Long?,
    public val sends: Int,
    public val looks: Int,
    public val read: SeenResponse?,
)

/**
 * What was read from a response.
 *
 * @property status The HTTP status.
 * @property requestId The request id to tell the API's support.
 * @property clockOffsetMs Server time minus this machine's, in ms; null where the answer had no usable `Date`.
 * @property placesLeft How many requests the rate limit still allows now.
 */
public data class SeenResponse(
    public val status: Int,
    public val requestId: String?,
    public val clockOffsetMs: Long?,
    public val placesLeft: Int?,
)

/**
 * Places of a rate limit to be reserved.
 *
 * @property cost How many: two for a create whose commit follows.
 * @property priority `urgent`, `write`, `read` or `page`.
 * @property frozenMs The pause that the last 429 asked for, else 0.
 */
public data class Permit(public val cost: Int, public val priority: String, public val frozenMs: Long)

/** A rate limit that several processes share: at most 195 places in any 61 s for one API key, over all of them. */
public fun interface PermitStore {
    /**
     * Reserves [Permit.cost] places and answers in how many ms they are free (0: now); they are not asked for again.
     * While [Permit.frozenMs] is above 0, nobody may send for that long. When it throws, or has not answered after 5 s,
     * the client's own limit decides: set `rateLimit` to 195/N as well, for N processes.
     */
    public suspend fun permit(permit: Permit): Long
}

/** The same for blocking clients. */
public fun interface BlockingPermitStore {
    /** As in [PermitStore]. */
    public fun permit(permit: Permit): Long
}
