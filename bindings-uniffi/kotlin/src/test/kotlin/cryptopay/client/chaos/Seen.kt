package cryptopay.client.chaos

import cryptopay.client.get
import cryptopay.client.string
import java.net.URLEncoder
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long

/** What a write, or a run, is found guilty of. */
internal enum class Offence {
    DOUBLED,
    LOST,
    UNKNOWN,
}

/**
 * What the server saw of the writes of one run, from its ledger and its journal: how often each was sent and looked
 * for, how often its money arrived, which object is its own, and which money moved that nobody asked for.
 */
internal class Seen(private val ledger: JsonElement, private val journal: JsonArray) {
    init {
        // What it has forgotten could be the very request that was sent twice.
        check(journal.isEmpty() || journal[0]["n"]?.jsonPrimitive?.int == 1) { "the journal is not whole" }
    }

    /** How often money arrived, by reason and id. */
    private val moved =
        rows("entries")
            .map { Triple(it["reference_type"].string(), it["to"].string(), it["custom_id"].string()) }
            .filter { (reason, to, _) -> to != null && to == ARRIVES[reason] }
            // A refund to an address leaves as a withdrawal without an id: that one is counted with its refund.
            .filter { (reason, _, id) -> reason != Kind.PAYOUT.reference || id != null }
            .groupingBy { (reason, _, id) -> reason to id }
            .eachCount()

    /** What is wrong whatever the writes were told. */
    val wrong: List<Pair<Offence, String>> = buildList {
        if (ledger["balanced"]?.jsonPrimitive?.boolean != true) add(Offence.LOST to "the ledger is not balanced")
        for (refund in rows("refunds").filter { it["address"] != null }) {
            val id = refund["id"].string()
            val paid = rows("withdrawals").count { it["refund_id"].string() == id }
            val offence = if (paid > 1) Offence.DOUBLED else Offence.LOST
            if (paid != 1) add(offence to "refund $id was paid out $paid times")
        }
        for (one in rows("withdrawals").filter { it["custom_id"] == null && it["refund_id"] == null }) {
            add(Offence.DOUBLED to "withdrawal ${one["id"].string()} has no custom_id and is no refund's")
        }
    }

    /** How often the money of a write moved. */
    fun moved(write: Write): Int = moved[write.kind.reference to write.customId] ?: 0

    /** The money that moved for none of these writes, in words. */
    fun strays(writes: List<Write>): List<String> {
        val known = writes.map { it.kind.reference to it.customId }.toSet()
        return moved
            .filterKeys { it !in known }
            .map { (key, times) -> "${key.first} ${key.second} moved its money $times times, and nobody asked for it" }
    }

    /** Whether a write was sent again after it may have been carried out, and without the looks that allow it. */
    fun sentAgain(write: Write): Boolean =
        when (write.kind) {
            Kind.REFUND -> refundedAgain(write)
            // The quote of a transfer moves nothing, and is made as often as it takes.
            Kind.TRANSFER_IN_TWO -> false
            else -> callsSeen(write) > write.calls
        }

    /**
     * How many calls it takes at least to have sent what was sent: one sends twice at most, and a second time only a
     * payout that was looked for twice in between (W5). A program that asks again under its id makes a call of its own.
     */
    private fun callsSeen(write: Write): Int {
        val pays = write.kind.reference == Kind.PAYOUT.reference
        val looked = "/${URLEncoder.encode(write.customId, Charsets.UTF_8).replace("+", "%20")}"
        var calls = 0
        var sends = 0
        var looks = 0
        for (entry in journal) {
            val operation = entry["operation"].string()
            if (operation == LOOK && entry["path"].string()!!.endsWith(looked)) looks += 1
            if (operation != write.kind.create || entry["custom_id"].string() != write.customId) continue
            if (status(entry) in TURNED_AWAY) continue
            val goesOn = pays && sends in 1 until SENDS && looks >= LOOKS
            if (!goesOn) calls += 1
            sends = if (goesOn) sends + 1 else 1
            looks = 0
        }
        return calls
    }

    /** Nothing makes a refund unique: it is sent again only after answers that say that it was not made. */
    private fun refundedAgain(write: Write): Boolean {
        val posts =
            journal.filter {
                write.path != null && it["path"].string() == write.path && it["method"].string() == "POST"
            }
        val doubtful = posts.indexOfFirst { inDoubt(status(it)) }
        return doubtful in 0 until posts.size - 1
    }

    /** Whether an object that was handed back for a write is not the one that the ledger has for it. */
    fun isAnother(write: Write): Boolean {
        val own = rows(write.kind.list).filter { it["custom_id"].string() == write.customId }
        // A quote may share its id with what was made in its place: what was committed moved the money.
        val meant = if (write.onlyQuoted) own else own.filter { it["committed"]?.jsonPrimitive?.boolean != false }
        // A quote that has lapsed may be forgotten.
        if (write.onlyQuoted && meant.isEmpty()) return false
        return write.named.any { id -> meant.none { it["id"].string() == id } }
    }

    /** What the client did for this write, and what the server saw of it. */
    fun story(write: Write): List<String> {
        val ids = listOf("\"${write.customId}\"", "/${write.customId}\"")
        val about = ids + listOfNotNull(write.path, write.record?.let { ID.find(it)?.value }) + write.named
        val served =
            journal
                .filter { entry -> about.any { it in "$entry" } }
                .map { (it["at_ms"]?.jsonPrimitive?.long ?: 0) to "server $it" }
        return (write.log.map { (tick, line) -> tick to "client $line" } + served).map { (at, line) -> "$at ms $line" }
    }

    private fun rows(list: String): JsonArray = ledger[list]!!.jsonArray

    private fun status(entry: JsonElement): Int? = entry["status"]?.jsonPrimitive?.int

    private fun inDoubt(status: Int?) =
        status == null || status in 200..399 || status in setOf(408, 425) || status >= 500

    private companion object {
        /** In which kind of account the money of a movement arrives. */
        val ARRIVES =
            mapOf("CoinWithdrawal" to "world", "InvoiceRefund" to "merchant", "ExchangeTransfer" to "merchant")
        /** Answers with which a request was certainly not carried out. */
        val TURNED_AWAY = setOf(401, 429)
        const val LOOK = "coin_withdrawals.retrieve_by_custom_id"
        /** How often a payout is looked for before it is sent once more, and how often one call sends at most (W5). */
        const val LOOKS = 2
        const val SENDS = 2
        val ID = Regex("[0-9a-f-]{36}")
    }
}
