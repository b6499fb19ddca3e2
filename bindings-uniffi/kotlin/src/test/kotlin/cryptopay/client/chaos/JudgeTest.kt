package cryptopay.client.chaos

import cryptopay.client.get
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.double
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Test

/** The judge sees what it is to see; the payouts themselves are a program beside it. */
class JudgeTest {
    /** One movement as the ledger's `entries` tell it. */
    private fun entry(reference: String, customId: String?): String {
        val to = if (reference == "CoinWithdrawal") "world" else "merchant"
        return """{"reference_type":"$reference","to":"$to","custom_id":${customId?.let { "\"$it\"" }}}"""
    }

    private fun ledger(entries: List<String> = emptyList(), objects: Map<String, String> = emptyMap()): JsonElement {
        val lists =
            listOf("withdrawals", "transfers", "refunds").joinToString(",") { "\"$it\":[${objects[it].orEmpty()}]" }
        return Json.parseToJsonElement("""{"balanced":true,"entries":[${entries.joinToString(",")}],$lists}""")
    }

    private fun write(kind: Kind = Kind.PAYOUT, set: Write.() -> Unit = {}) =
        Write(kind, "p").apply {
            calls = 1
            set()
        }

    private fun judged(
        times: Int,
        kind: Kind = Kind.PAYOUT,
        journal: List<String> = emptyList(),
        objects: Map<String, String> = emptyMap(),
        set: Write.() -> Unit,
    ): Verdict {
        val entries = List(times) { entry(kind.reference, "p") }
        return judge(listOf(write(kind, set)), ledger(entries, objects), numbered(journal))
    }

    /** A journal of these requests, numbered from 1. */
    private fun numbered(requests: List<String>): JsonArray =
        Json.parseToJsonElement(requests.mapIndexed { at, it -> """{"n":${at + 1},$it}""" }.toString()).jsonArray

    @Test
    fun `every ending is compared with the ledger`() {
        fun ends(times: Int, doubled: Int, lost: Int, set: Write.() -> Unit) {
            val count = judged(times, set = set).whole
            assertEquals(doubled to lost, count.doubled to count.lost)
        }
        fun unknown(by: String?): Write.() -> Unit = {
            said = Said.UNKNOWN
            record = "{}"
            resolved = by
        }
        ends(1, 0, 0) { said = Said.AT_ONCE }
        ends(0, 0, 1) { said = Said.AT_ONCE }
        ends(2, 1, 0) { said = Said.RECOVERED }
        ends(0, 0, 1) { said = Said.EXISTS }
        ends(0, 0, 0) { said = Said.REFUSED }
        ends(1, 0, 1) { said = Said.REFUSED }
        ends(1, 0, 1) { said = Said.NOTHING }
        ends(0, 0, 1) { said = Said.UNKNOWN }
        ends(1, 0, 0, unknown("applied"))
        ends(0, 0, 1, unknown("applied"))
        ends(1, 0, 1, unknown("not_applied"))
        ends(1, 0, 0, unknown("unknown"))
        ends(1, 0, 1) {
            said = Said.AT_ONCE
            onlyQuoted = true
        }
        assertEquals(1, judged(1, set = unknown("unknown")).offences.size, "what stays unknown is an offence")
    }

    @Test
    fun `only what came further than a quote counts as done`() {
        fun done(set: Write.() -> Unit) = judged(0, Kind.PAYOUT_IN_TWO, set = set).let { it.whole.done to it.payouts }
        assertEquals(1 to 1, done { said = Said.REFUSED })
        assertEquals(0 to 0, done { said = Said.NOTHING })
        val quoted: Write.() -> Unit = {
            said = Said.UNKNOWN
            onlyQuoted = true
        }
        assertEquals(0 to 1, done(quoted))
        val count = judged(0, Kind.PAYOUT_IN_TWO, set = quoted).whole
        assertEquals(emptyMap(), count.said.toMap())
        assertEquals(0, count.stillUnknown)
    }

    private val look =
        """"operation":"coin_withdrawals.retrieve_by_custom_id","path":"/api/coin_withdrawals/custom_id/p""""

    private fun sent(status: Int?, operation: String = "coin_withdrawals.create") =
        """"operation":"$operation","custom_id":"p","status":$status"""

    @Test
    fun `a payout is sent again only after two looks and once a call`() {
        fun doubled(calls: Int, doubled: Int, vararg journal: String) {
            for (kind in listOf(Kind.PAYOUT, Kind.PAYOUT_IN_TWO)) {
                val verdict =
                    judged(1, kind, journal.toList()) {
                        said = Said.AT_ONCE
                        this.calls = calls
                    }
                assertEquals(doubled, verdict.whole.doubled, journal.joinToString("\n"))
            }
        }
        val elsewhere = look.replace("/p\"", "/another-p\"")
        doubled(1, 0, sent(null))
        doubled(1, 0, sent(null), look, look, sent(201))
        doubled(1, 1, sent(null), look, sent(201))
        doubled(1, 1, sent(500), sent(201))
        doubled(1, 1, look, look, sent(null), sent(201))
        doubled(1, 1, sent(null), look, elsewhere, sent(201))
        doubled(1, 0, sent(429), sent(401), sent(201))
        doubled(1, 1, sent(null), look, look, sent(null), look, look, sent(201))
        // The program asked again under the same id.
        doubled(2, 0, sent(null), sent(409))
        doubled(2, 0, sent(null), look, look, sent(null), sent(409))
        doubled(2, 1, sent(null), sent(null), sent(409))
    }

    @Test
    fun `a forced transfer is never sent again`() {
        val journal =
            listOf(sent(null, "exchange_transfers.create"), look, look, sent(201, "exchange_transfers.create"))
        for ((kind, doubled) in listOf(Kind.TRANSFER to 1, Kind.TRANSFER_IN_TWO to 0)) {
            assertEquals(doubled, judged(1, kind, journal) { said = Said.AT_ONCE }.whole.doubled, "$kind")
        }
        val turnedAway = listOf(sent(429, "exchange_transfers.create"), sent(201, "exchange_transfers.create"))
        assertEquals(0, judged(1, Kind.TRANSFER, turnedAway) { said = Said.AT_ONCE }.whole.doubled)
    }

    @Test
    fun `a refund that is sent again in doubt counts as doubled`() {
        for ((first, doubled) in listOf("500" to 1, "null" to 1, "201" to 1, "429" to 0, "422" to 0)) {
            val posts = listOf(first, "201").map { """"method":"POST","path":"/r","status":$it""" }
            val verdict =
                judged(1, Kind.REFUND, posts) {
                    said = Said.AT_ONCE
                    path = "/r"
                }
            assertEquals(doubled, verdict.whole.doubled, first)
        }
    }

    @Test
    fun `money that moved for no write of the run counts as doubled`() {
        fun strays(vararg entries: String) =
            judge(listOf(write { said = Said.AT_ONCE }), ledger(listOf(entry("CoinWithdrawal", "p"), *entries)), NONE)
                .whole
                .doubled
        assertEquals(0, strays())
        for (reference in listOf("CoinWithdrawal", "ExchangeTransfer", "InvoiceRefund")) {
            assertEquals(1, strays(entry(reference, "q")), reference)
        }
        assertEquals(1, strays(entry("ExchangeTransfer", null)))
        // The payout of a refund.
        assertEquals(0, strays(entry("CoinWithdrawal", null)))
    }

    @Test
    fun `a refund to an address is paid out once and no payout is nobody's`() {
        fun wrong(refund: String, vararg payouts: String): Pair<Int, Int> {
            val objects = mapOf("refunds" to refund, "withdrawals" to payouts.joinToString(","))
            return judge(emptyList(), ledger(objects = objects), NONE).whole.let { it.doubled to it.lost }
        }
        val refund = """{"id":"r","address":"a"}"""
        val payout = """{"id":"w","custom_id":null,"refund_id":"r"}"""
        assertEquals(0 to 0, wrong(refund, payout))
        assertEquals(0 to 1, wrong(refund))
        assertEquals(1 to 0, wrong(refund, payout, payout))
        assertEquals(1 to 0, wrong(refund, payout, """{"id":"v","custom_id":null,"refund_id":null}"""))
        assertEquals(0 to 0, wrong("""{"id":"r","address":null}"""))
    }

    @Test
    fun `an object that is handed back is the one of the ledger`() {
        fun lost(kind: Kind, objects: String, set: Write.() -> Unit) =
            judged(1, kind, objects = mapOf(kind.list to objects), set = set).whole.lost
        val own =
            """{"id":"own","custom_id":"p","committed":true},{"id":"quote","custom_id":"p","committed":false},""" +
                """{"id":"other","custom_id":"q","committed":true}"""
        val told: List<Write.() -> Unit> =
            listOf(
                { said = Said.AT_ONCE },
                { said = Said.RECOVERED },
                {
                    said = Said.UNKNOWN
                    record = "{}"
                    resolved = "applied"
                },
            )
        for (kind in Kind.entries) {
            for (set in told) {
                for ((id, lost) in listOf("own" to 0, "quote" to 1, "other" to 1, "none" to 1)) {
                    val count =
                        lost(kind, own) {
                            set()
                            named += id
                        }
                    assertEquals(lost, count, "$kind $id")
                }
            }
        }
    }

    @Test
    fun `a ledger that is not balanced is a loss`() {
        val ledger = Json.parseToJsonElement("${ledger()}".replace("true", "false"))
        assertEquals(1, judge(emptyList(), ledger, NONE).whole.lost)
    }

    @Test
    fun `a journal that forgot its beginning fails the run`() {
        val journal = numbered(listOf(sent(null), sent(201)))
        judge(emptyList(), ledger(), journal)
        assertFailsWith<IllegalStateException> { judge(emptyList(), ledger(), JsonArray(journal.drop(1))) }
    }

    @Test
    fun `a run in which too little happened proves nothing`() {
        fun unproven(leftOut: String?, asked: Int = 3): List<String> {
            val ends = Kind.entries.map { it to Said.AT_ONCE } + (Kind.PAYOUT to Said.RECOVERED)
            val writes = ends.mapIndexed { at, (kind, said) -> Write(kind, "$at").also { it.said = said } }
            writes[0].said = Said.UNKNOWN
            if (leftOut == "recovered") writes.last().said = Said.AT_ONCE
            if (leftOut == "unknown") writes[0].said = Said.AT_ONCE
            if (leftOut == "refund") writes.single { it.kind == Kind.REFUND }.said = Said.NOTHING
            if (leftOut == "commit") writes.single { it.kind == Kind.PAYOUT_IN_TWO }.onlyQuoted = true
            val fault = if (leftOut == "struck") "null" else "\"slow\""
            return judge(writes, ledger(), numbered(listOf(""""fault":$fault"""))).unproven(asked)
        }
        assertEquals(emptyList(), unproven(null))
        assertEquals(listOf("3 payouts were made, not 4"), unproven(null, 4))
        assertEquals(listOf("no request was struck"), unproven("struck"))
        assertEquals(listOf("no write was recovered"), unproven("recovered"))
        assertEquals(listOf("no write was unknown at first"), unproven("unknown"))
        assertEquals(listOf("no refund was made"), unproven("refund"))
        assertEquals(listOf("no create_commit was made"), unproven("commit"))
    }

    @Test
    fun `each world is met by both styles with the limit and without`() {
        fun unmet(seeds: IntRange, idle: Int? = null) =
            unmet(
                seeds.map { seed ->
                    val done = write { said = if (seed == idle) Said.NOTHING else Said.REFUSED }
                    Run(World("w", JsonNull), seed, 1) to judge(listOf(done), ledger(), NONE)
                }
            )
        for (first in 1..4) assertEquals(emptyList(), unmet(first until first + WAYS))
        assertEquals(1, unmet(1..3).size)
        assertEquals(1, unmet(1..4, idle = 2).size)
        val met = "w was met only by: blocking, with the limit; suspending, without the limit"
        assertEquals(listOf(met), unmet(1..2))
    }

    @Test
    fun `the weather strikes as often as it says`() {
        val clear = Weather.rules().fold(1.0) { left, rule -> left * (1 - rule["probability"]!!.jsonPrimitive.double) }
        assertTrue(Math.abs(1 - clear - Weather.struck) < 1e-9)
    }

    private companion object {
        val NONE = JsonArray(emptyList())
    }
}
