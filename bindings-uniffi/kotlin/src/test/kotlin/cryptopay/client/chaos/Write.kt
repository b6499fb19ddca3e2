package cryptopay.client.chaos

import cryptopay.client.CoinWithdrawal
import cryptopay.client.CryptopayException
import cryptopay.client.ExchangeTransfer
import cryptopay.client.FastTime
import cryptopay.client.Invoice
import cryptopay.client.InvoiceRefund
import cryptopay.client.Model
import cryptopay.client.OutcomeUnknownException
import cryptopay.client.ParameterMismatchException
import cryptopay.client.Resolution
import cryptopay.client.get
import cryptopay.client.pendingOf
import cryptopay.client.string
import java.util.UUID
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonPrimitive

/**
 * The writes that move money: the kind of movement in the ledger and the ledger's list of the objects that make it, the
 * operation that creates one, and the flow in the table of chaos.
 */
internal enum class Kind(val reference: String, val list: String, val create: String, val flow: String) {
    PAYOUT("CoinWithdrawal", "withdrawals", "coin_withdrawals.create", "create_force_commit"),
    PAYOUT_IN_TWO("CoinWithdrawal", "withdrawals", "coin_withdrawals.create", "create_commit"),
    TRANSFER("ExchangeTransfer", "transfers", "exchange_transfers.create", "transfer"),
    TRANSFER_IN_TWO("ExchangeTransfer", "transfers", "exchange_transfers.create", "transfer"),
    REFUND("InvoiceRefund", "refunds", "invoices.create_refund", "refund");

    val twoSteps: Boolean
        get() = this == PAYOUT_IN_TWO || this == TRANSFER_IN_TWO
}

/** What the client said. */
internal enum class Said {
    NOTHING,
    AT_ONCE,
    RECOVERED,
    EXISTS,
    REFUSED,
    UNKNOWN,
}

/** How a call ended: its object, the code of its error, or its record. */
internal class Ending(val said: Said, val model: Model? = null, val code: String = "", val record: String? = null)

/** What makes writes: a client, its time, and the sandbox's control for what is not the client's. */
internal class Caller(val api: Api, val time: FastTime, val control: (String, String) -> JsonElement) {
    /** One call, stopped now and then. */
    suspend fun call(write: Write, name: String, act: suspend Api.() -> Model): Ending {
        write.note(time, name)
        val within = if (time.oneIn(STOPPED_ONE_IN)) time.drawn(STOPPED_WITHIN_MS).toLong() else null
        val ending =
            try {
                val answer = api.within(within, act)
                Ending(if (answer.outcome!!.recovered) Said.RECOVERED else Said.AT_ONCE, answer)
            } catch (unknown: OutcomeUnknownException) {
                Ending(Said.UNKNOWN, record = unknown.record)
            } catch (mismatch: ParameterMismatchException) {
                Ending(Said.UNKNOWN, record = mismatch.record)
            } catch (error: CryptopayException) {
                Ending(Said.REFUSED, code = error.code)
            } catch (stopped: Stopped) {
                val record = pendingOf(stopped)
                if (record == null) Ending(Said.REFUSED, code = "cancelled") else Ending(Said.UNKNOWN, record = record)
            }
        write.note(time, "  $name ends with ${ending.said} ${ending.code} ${ending.record.orEmpty()}")
        return ending
    }

    companion object {
        /** One call in so many is stopped, and how soon, in real ms. */
        const val STOPPED_ONE_IN = 20
        val STOPPED_WITHIN_MS = 1..12
    }
}

/** One write and its story, made as a program would make it: with an id of its own, stored before the first call. */
internal class Write(val kind: Kind, customId: String) {
    /** What it is found by; a refund has that of its invoice. */
    var customId = customId
        private set

    /** The path of its POST, where its id stands in it. */
    var path: String? = null
    var said = Said.NOTHING
    var code = ""
    var record: String? = null
    /** Whether what was said was about a quote, which moves nothing. */
    var onlyQuoted = false
    /** How often a program asked for it under its id. */
    var calls = 0
    /** The ids of the objects that it was said to be. */
    val named = ArrayList<String>()
    /** `applied`, `not_applied`, `unknown`. */
    var resolved: String? = null
    val log = ArrayList<Pair<Long, String>>()

    fun note(time: FastTime, line: String) {
        log += time.now().tickMs to line
    }

    val cause: String
        get() = record?.let { Json.parseToJsonElement(it)["cause"]["code"].string() } ?: "none"

    /** Makes the write, and half of the times asks at once how it ended when the client does not know. */
    suspend fun make(caller: Caller) {
        val create = creating(caller)
        var ending = ask(caller, "create", create)
        if (kind.twoSteps) {
            onlyQuoted = true
            ending.model?.let {
                onlyQuoted = false
                ending = commit(caller, it)
            }
        }
        if (kind == Kind.PAYOUT && ending.said == Said.UNKNOWN) ending = again(caller, create, ending)
        said = ending.said
        code = ending.code
        record = ending.record
        name(ending.model)
        if (caller.time.oneIn(2)) resolve(caller)
    }

    private suspend fun ask(caller: Caller, name: String, create: suspend Api.() -> Model): Ending {
        calls += 1
        return caller.call(this, name, create)
    }

    /** Remembers which object it was said to be. */
    private fun name(model: Model?) {
        val id =
            when (model) {
                is CoinWithdrawal -> model.id
                is ExchangeTransfer -> model.id
                is InvoiceRefund -> model.id
                else -> return
            }
        named += "$id"
    }

    private suspend fun creating(caller: Caller): suspend Api.() -> Model {
        if (kind == Kind.REFUND) {
            val invoice = overpaid(caller)
            return { refund(invoice) }
        }
        val forced = !kind.twoSteps
        val form = caller.time.drawn(0..2)
        val small = caller.time.drawn(1_000..9_999)
        val payout = kind.reference == Kind.PAYOUT.reference
        val asked =
            when {
                form == 0 -> Asked(customId, forced, received = "0.0$small".toBigDecimal())
                form == 1 && payout -> Asked(customId, forced, chargedToSend = "1${small % 100}.5".toBigDecimal())
                else -> Asked(customId, forced, charged = "$small.5".toBigDecimal())
            }
        return if (payout) ({ pay(asked) }) else ({ transfer(asked) })
    }

    /**
     * An invoice that was paid too much, which is what can be refunded. One that the weather kept from being made is
     * made under another id: a refund that is left out in silence would be one that nobody judges.
     */
    private suspend fun overpaid(caller: Caller): UUID {
        val wanted = customId
        for (attempt in 1..INVOICES) {
            if (attempt > 1) caller.time.sleep(caller.time.drawn(0..30_000).toLong())
            customId = "$wanted.$attempt"
            val made = caller.call(this, "invoice") { invoice(customId) }.model as? Invoice ?: continue
            val paid =
                runCatching { caller.control("POST pay", """{"invoice_id": "${made.id}", "amount": "0.5"}""") }
                    .getOrElse { JsonPrimitive(it.message) }
            note(caller.time, "  overpaid: $paid")
            if (paid["invoice"]["status"].string() != "unresolved") continue
            path = "/api/invoices/${made.id}/refunds"
            return made.id
        }
        error("no invoice could be overpaid for $wanted in $INVOICES attempts:\n${log.joinToString("\n")}")
    }

    /** Commits at once, soon, or too late, with the quote or with its id alone. */
    private suspend fun commit(caller: Caller, quote: Model): Ending {
        val time = caller.time
        val waitMs =
            when (time.drawn(0..9)) {
                in 0..3 -> 0
                in 4..8 -> time.drawn(100..24_000)
                else -> time.drawn(24_000..40_000)
            }
        val given = quote.takeIf { time.oneIn(2) }
        time.sleep(waitMs.toLong())
        return caller.call(this, "commit") {
            if (quote is CoinWithdrawal) commitPayout(quote.id, given)
            else commitTransfer((quote as ExchangeTransfer).id, given)
        }
    }

    /**
     * Makes it again under the same id, as the hint of an unknown payout says, one time in three. Either it is made
     * now, or it is there already; another error says nothing about the first.
     */
    private suspend fun again(caller: Caller, create: suspend Api.() -> Model, first: Ending): Ending {
        if (!caller.time.oneIn(3)) return first
        caller.time.sleep(caller.time.drawn(0..30_000).toLong())
        val ending = ask(caller, "create again", create)
        if (ending.said != Said.REFUSED) return ending
        return if (ending.code == DUPLICATE) Ending(Said.EXISTS) else first
    }

    /** Asks how the write ended, if that is not known yet. */
    suspend fun resolve(caller: Caller) {
        val asked = record
        if (asked == null || resolved in SETTLED) return
        note(caller.time, "resolve $asked")
        resolved =
            try {
                val found = caller.api.resolve(asked)
                if (found.state == Resolution.State.APPLIED) name(found.value)
                found.state.name.lowercase()
            } catch (error: CryptopayException) {
                note(caller.time, "  ${error.message}")
                "unknown"
            }
        note(caller.time, "  resolved: $resolved")
    }

    companion object {
        val SETTLED = setOf("applied", "not_applied")
        /** How many invoices are tried for one refund. */
        const val INVOICES = 50
        /** The code of what is there already. */
        const val DUPLICATE = "duplicate_custom_id"
    }
}
