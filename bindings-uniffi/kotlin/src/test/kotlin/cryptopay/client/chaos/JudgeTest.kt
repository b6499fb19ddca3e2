package cryptopay.client.chaos

import cryptopay.client.get
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.double
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Test

/** The judge sees what it is to see; the payouts themselves are a program beside it. */
class JudgeTest {
    private fun judged(
        times: Int,
        reference: String = "CoinWithdrawal",
        journal: String = "[]",
        set: Write.() -> Unit,
    ): Count {
        val kind = Kind.entries.first { it.reference == reference }
        val to = if (reference == "CoinWithdrawal") "world" else "merchant"
        val entry = """{"reference_type":"$reference","to":"$to","custom_id":"p"}"""
        val ledger = """{"balanced":true,"entries":[${List(times) { entry }.joinToString(",")}]}"""
        val write = Write(kind, "p").apply(set)
        return judge(listOf(write), Json.parseToJsonElement(ledger), Json.parseToJsonElement(journal).jsonArray).whole
    }

    @Test
    fun `every ending is compared with the ledger`() {
        fun ends(times: Int, doubled: Int, lost: Int, set: Write.() -> Unit) {
            val count = judged(times, set = set)
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
    }

    @Test
    fun `a refund that is sent again in doubt counts as doubled`() {
        for ((first, doubled) in listOf("500" to 1, "null" to 1, "201" to 1, "429" to 0, "422" to 0)) {
            val posts = listOf(first, "201").joinToString(",") { """{"method":"POST","path":"/r","status":$it}""" }
            val count =
                judged(1, "InvoiceRefund", "[$posts]") {
                    said = Said.AT_ONCE
                    path = "/r"
                }
            assertEquals(doubled, count.doubled, first)
        }
    }

    @Test
    fun `a ledger that is not balanced is a loss`() {
        val ledger = Json.parseToJsonElement("""{"balanced":false,"entries":[]}""")
        assertEquals(1, judge(emptyList(), ledger, JsonArray(emptyList())).whole.lost)
    }

    @Test
    fun `the weather strikes as often as it says`() {
        val clear = Weather.rules().fold(1.0) { left, rule -> left * (1 - rule["probability"]!!.jsonPrimitive.double) }
        assertTrue(Math.abs(1 - clear - Weather.struck) < 1e-9)
    }
}
