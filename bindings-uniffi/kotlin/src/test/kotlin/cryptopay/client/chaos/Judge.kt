package cryptopay.client.chaos

import cryptopay.client.get
import cryptopay.client.string
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long

/** How one flow of one run went. */
internal class Count {
    val said = HashMap<Said, Int>()
    var done = 0
    var applied = 0
    var notApplied = 0
    var stillUnknown = 0
    var doubled = 0
    var lost = 0

    fun add(other: Count) {
        other.said.forEach { (said, n) -> this.said.merge(said, n, Int::plus) }
        done += other.done
        applied += other.applied
        notApplied += other.notApplied
        stillUnknown += other.stillUnknown
        doubled += other.doubled
        lost += other.lost
    }
}

/**
 * Compares what the client said with what the server did, after every late request has been carried out: a success is
 * exactly one movement of money, a definite error none, and what was unknown is what `resolve` says.
 */
internal class Verdict(var requests: Int = 0, var struck: Int = 0) {
    val flows = sortedMapOf<String, Count>()
    val codes = HashMap<String, Int>()
    val causes = HashMap<String, Int>()
    val offences = ArrayList<String>()

    fun add(other: Verdict) {
        other.flows.forEach { (flow, count) -> flow(flow).add(count) }
        other.codes.forEach { (code, n) -> codes.merge(code, n, Int::plus) }
        other.causes.forEach { (cause, n) -> causes.merge(cause, n, Int::plus) }
        offences += other.offences
        requests += other.requests
        struck += other.struck
    }

    fun flow(name: String): Count = flows.getOrPut(name, ::Count)

    val whole: Count
        get() = Count().also { flows.values.forEach(it::add) }

    /** One write, and how often its money moved. */
    fun add(write: Write, moved: Int, journal: JsonArray) {
        val count = flow(write.kind.flow)
        count.done += 1
        count.said.merge(write.said, 1, Int::plus)
        val expected =
            when (write.said) {
                Said.NOTHING -> 0
                Said.AT_ONCE,
                Said.RECOVERED,
                Said.EXISTS -> 1
                Said.REFUSED -> 0.also { codes.merge(write.code, 1, Int::plus) }
                Said.UNKNOWN -> {
                    causes.merge(write.cause, 1, Int::plus)
                    when (write.resolved) {
                        "applied" -> 1.also { count.applied += 1 }
                        "not_applied" -> 0.also { count.notApplied += 1 }
                        // What has no record is a quote, which moves nothing.
                        else -> null.also { if (write.record != null) count.stillUnknown += 1 }
                    }
                }
            }
        // A quote that was never committed moves nothing, however it was found, and needs no record: it is made again.
        val wrong =
            if (write.onlyQuoted) moved != 0
            else expected != null && expected != moved || write.said == Said.UNKNOWN && write.record == null
        val offence =
            when {
                moved > 1 || sentAgain(write, journal) -> "DOUBLED".also { count.doubled += 1 }
                wrong -> "LOST".also { count.lost += 1 }
                else -> return
            }
        val head =
            "$offence: ${write.kind} ${write.customId}: the client said ${write.said} ${write.code}, resolved: " +
                "${write.resolved}; the money moved $moved times"
        offences += (listOf(head) + story(write, journal)).joinToString("\n  ")
    }
}

/** In which kind of account the money of a movement arrives. */
private val ARRIVES = mapOf("CoinWithdrawal" to "world", "InvoiceRefund" to "merchant", "ExchangeTransfer" to "merchant")

/** Judges the writes of one run. */
internal fun judge(writes: List<Write>, ledger: JsonElement, journal: JsonArray): Verdict {
    val moved =
        ledger["entries"]!!
            .jsonArray
            .filter { it["to"].string() == ARRIVES[it["reference_type"].string().orEmpty()] && it["to"] != null }
            .groupingBy { it["reference_type"].string() to it["custom_id"].string() }
            .eachCount()
    val verdict = Verdict(journal.size, journal.count { it["fault"] != null })
    for (write in writes) verdict.add(write, moved[write.kind.reference to write.customId] ?: 0, journal)
    if (ledger["balanced"]?.jsonPrimitive?.boolean != true) {
        verdict.flow("ledger").lost += 1
        verdict.offences += "the ledger is not balanced"
    }
    return verdict
}

/** Whether a refund, which nothing makes unique, was sent again after it may have been applied. */
private fun sentAgain(write: Write, journal: JsonArray): Boolean {
    val posts =
        journal.filter { write.path != null && it["path"].string() == write.path && it["method"].string() == "POST" }
    val doubtful = posts.indexOfFirst { inDoubt(it["status"]?.jsonPrimitive?.int) }
    return doubtful in 0 until posts.size - 1
}

private fun inDoubt(status: Int?) = status == null || status in 200..399 || status in setOf(408, 425) || status >= 500

/** What the client did for this write, and what the server saw of it. */
private fun story(write: Write, journal: JsonArray): List<String> {
    val about = listOfNotNull(write.customId, write.path, write.record?.let { Regex("[0-9a-f-]{36}").find(it)?.value })
    val served =
        journal
            .filter { entry -> about.any { it in "$entry" } }
            .map { (it["at_ms"]?.jsonPrimitive?.long ?: 0) to "server $it" }
    return (write.log.map { (tick, line) -> tick to "client $line" } + served).map { (at, line) -> "$at ms $line" }
}
