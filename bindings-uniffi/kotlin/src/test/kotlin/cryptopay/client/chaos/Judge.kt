package cryptopay.client.chaos

import cryptopay.client.get
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement

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

    fun offend(offence: Offence) {
        when (offence) {
            Offence.DOUBLED -> doubled += 1
            Offence.LOST -> lost += 1
            Offence.UNKNOWN -> {}
        }
    }
}

/**
 * Compares what the client said with what the server did, after every late request has been carried out: a success is
 * exactly one movement of money, a definite error none, and what was unknown is what `resolve` says.
 */
internal class Verdict(var requests: Int = 0, var struck: Int = 0) {
    /** By name; a flow that nothing was done in has its line, too. */
    val flows = Kind.entries.associate { it.flow to Count() }.toSortedMap()
    /** What is wrong with the run, and with no write of it. */
    val beside = Count()
    /** How many payouts were made, those that stayed a quote too. */
    var payouts = 0
    val codes = HashMap<String, Int>()
    val causes = HashMap<String, Int>()
    val offences = ArrayList<String>()

    fun add(other: Verdict) {
        other.flows.forEach { (flow, count) -> flows.getValue(flow).add(count) }
        beside.add(other.beside)
        payouts += other.payouts
        other.codes.forEach { (code, n) -> codes.merge(code, n, Int::plus) }
        other.causes.forEach { (cause, n) -> causes.merge(cause, n, Int::plus) }
        offences += other.offences
        requests += other.requests
        struck += other.struck
    }

    val whole: Count
        get() = Count().also { sum -> (flows.values + beside).forEach(sum::add) }

    /** One write, and what the server saw of it. */
    fun add(write: Write, seen: Seen) {
        val count = flows.getValue(write.kind.flow)
        val moved = seen.moved(write)
        if (write.said != Said.NOTHING) {
            if (write.kind.reference == Kind.PAYOUT.reference) payouts += 1
            // A quote that was never committed is no payment: it stands in no column, but must have moved nothing.
            if (!write.onlyQuoted) count(write, count)
        }
        val offence = offence(write, moved, seen) ?: return
        count.offend(offence)
        val head =
            "${write.kind} ${write.customId}: the client said ${write.said} ${write.code} ${write.named}, resolved: " +
                "${write.resolved}; the money moved $moved times"
        offend(offence, (listOf(head) + seen.story(write)).joinToString("\n  "))
    }

    private fun count(write: Write, count: Count) {
        count.done += 1
        count.said.merge(write.said, 1, Int::plus)
        if (write.said == Said.REFUSED) codes.merge(write.code, 1, Int::plus)
        if (write.said != Said.UNKNOWN) return
        causes.merge(write.cause, 1, Int::plus)
        when (write.resolved) {
            "applied" -> count.applied += 1
            "not_applied" -> count.notApplied += 1
            else -> count.stillUnknown += 1
        }
    }

    private fun offence(write: Write, moved: Int, seen: Seen): Offence? {
        val expected = if (write.onlyQuoted) 0 else expected(write)
        // A quote that was never committed needs no record: it is made again.
        val withoutRecord = write.said == Said.UNKNOWN && write.record == null && !write.onlyQuoted
        return when {
            moved > 1 || seen.sentAgain(write) -> Offence.DOUBLED
            expected != null && expected != moved -> Offence.LOST
            withoutRecord || seen.isAnother(write) -> Offence.LOST
            // Each of these writes can be found again by reading: none may stay unknown.
            expected == null -> Offence.UNKNOWN
            else -> null
        }
    }

    /** How often the money has to have moved; null: that is still unknown. */
    private fun expected(write: Write): Int? =
        when (write.said) {
            Said.AT_ONCE,
            Said.RECOVERED,
            Said.EXISTS -> 1
            Said.NOTHING,
            Said.REFUSED -> 0
            Said.UNKNOWN ->
                when (write.resolved) {
                    "applied" -> 1
                    "not_applied" -> 0
                    else -> null
                }
        }

    /** What is wrong with the run. */
    fun addWrong(offence: Offence, what: String) {
        beside.offend(offence)
        offend(offence, what)
    }

    private fun offend(offence: Offence, what: String) {
        offences += "$offence: $what"
    }

    /** What has to have happened before the rest says anything: without weather or doubt this was another program. */
    fun unproven(asked: Int): List<String> = buildList {
        val said = whole.said
        if (payouts != asked) add("$payouts payouts were made, not $asked")
        if (struck == 0) add("no request was struck")
        if (said[Said.RECOVERED] == null) add("no write was recovered")
        if (said[Said.UNKNOWN] == null) add("no write was unknown at first")
        flows.filterValues { it.done == 0 }.keys.forEach { add("no $it was made") }
    }
}

/** Judges the writes of one run. */
internal fun judge(writes: List<Write>, ledger: JsonElement, journal: JsonArray): Verdict {
    val seen = Seen(ledger, journal)
    val verdict = Verdict(journal.size, journal.count { it["fault"] != null })
    seen.wrong.forEach { (offence, what) -> verdict.addWrong(offence, what) }
    seen.strays(writes).forEach { verdict.addWrong(Offence.DOUBLED, it) }
    writes.forEach { verdict.add(it, seen) }
    return verdict
}

/**
 * The worlds that were not met by both styles, each with the limit and without it, in runs in which something was done:
 * what only one of them does wrong would stay hidden there.
 */
internal fun unmet(runs: List<Pair<Run, Verdict>>): List<String> =
    runs
        .groupBy({ (run, _) -> run.world.name }) { (run, verdict) ->
            "${if (run.suspending) "suspending" else "blocking"}, ${if (run.limited) "with" else "without"} the limit"
                .takeIf { verdict.whole.done > 0 }
        }
        .filterValues { it.filterNotNull().toSet().size < WAYS }
        .map { (world, met) -> "$world was met only by: ${met.filterNotNull().distinct().joinToString("; ")}" }

/** How a world is met: by two styles, with and without the limit. */
internal const val WAYS = 4
