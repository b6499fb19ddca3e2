/*
 * Payouts through bad weather: `Chaos [--payouts N] [--seeds N] [--world NAME]`.
 *
 * Makes N payouts (500), shared by all worlds of `tests/chaos.json`, each under several seeds (4: both styles, each with
 * the limit and without), while 30 % of all requests are struck by faults around the moment at which they are carried
 * out; exchange transfers and refunds besides. Ends with 1 and a story if a single write was doubled or lost or stays
 * unknown, and if too little happened to prove anything. A quote that was never committed is in none of the columns.
 */
package cryptopay.client.chaos

import java.io.File
import java.util.concurrent.Callable
import java.util.concurrent.ExecutionException
import java.util.concurrent.Executors
import java.util.concurrent.Future
import kotlin.system.exitProcess
import kotlin.time.measureTime

/** How many stories of doubled or lost writes are told. */
private const val STORIES = 5

fun main(arguments: Array<String>) {
    val given = arguments.toList().chunked(2).associate { (name, value) -> name.removePrefix("--") to value }
    val payouts = given["payouts"]?.toInt() ?: 500
    val seeds = given["seeds"]?.toInt() ?: WAYS
    val worlds = Weather.worlds.filter { given["world"] in listOf(null, it.name) }
    check(worlds.isNotEmpty()) { "there is no such world: there are ${Weather.worlds.joinToString("; ") { it.name }}" }
    val many = seeds * worlds.size
    // Every run makes as many as the others, and the first ones one more until the sum is right.
    val runs = List(many) { at -> Run(worlds[at / seeds], at + 1, payouts / many + if (at < payouts % many) 1 else 0) }
    println("$payouts payouts in $many runs, ${(Weather.struck * 100).toInt()} % of all requests struck\n\n$HEAD")
    val total = Verdict()
    val played = ArrayList<Pair<Run, Verdict>>()
    val took = measureTime {
        Elsewhere().use { elsewhere ->
            val beside = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors().coerceAtLeast(2))
            val verdicts = runs.map { run -> beside.submit(Callable { run.play(elsewhere) }) }
            for ((run, later) in runs.zip(verdicts)) {
                val verdict = played(run, later)
                played += run to verdict
                println(row(run.world.name, "${run.seed}", verdict.whole))
                ledger(run, verdict)
                total.add(verdict)
            }
            beside.shutdown()
        }
    }
    val whole = total.whole
    println(row("all", "", whole))
    total.flows.forEach { (flow, count) -> println(row(flow, "", count)) }
    println("\nrefused because of ${total.codes}\nunknown because of ${total.causes}")
    println("${total.requests} requests, ${total.struck} of them struck; ${took.inWholeSeconds} s")
    total.offences.take(STORIES).forEach { println("\n$it") }
    val unproven = total.unproven(payouts) + unmet(played)
    unproven.forEach { println("\nthis proves nothing: $it") }
    println("\n${whole.done} writes: ${whole.doubled} doubled, ${whole.lost} lost, ${whole.stillUnknown} still unknown")
    exitProcess(if (total.offences.isEmpty() && unproven.isEmpty()) 0 else 1)
}

/** A run that could not be played to its end proves nothing: it ends the program, whatever the others are at. */
private fun played(run: Run, later: Future<Verdict>): Verdict =
    try {
        later.get()
    } catch (failed: ExecutionException) {
        System.err.println("${run.world.name}, seed ${run.seed}: ${failed.cause?.stackTraceToString()}")
        exitProcess(1)
    }

private const val HEAD =
    "world                       seed | writes | at once  recovered  exists  refused  unknown |" +
        " applied     not  still | doubled  lost"

private fun row(world: String, seed: String, count: Count): String {
    val said =
        listOf(Said.AT_ONCE to 8, Said.RECOVERED to 11, Said.EXISTS to 8, Said.REFUSED to 9, Said.UNKNOWN to 9)
            .joinToString("") { (said, width) -> "${count.said[said] ?: 0}".padStart(width) }
    return "${world.padEnd(27)} ${seed.padStart(4)} |${"${count.done}".padStart(7)} |$said |" +
        "${count.applied}".padStart(8) +
        "${count.notApplied}".padStart(8) +
        "${count.stillUnknown}".padStart(7) +
        " |${"${count.doubled}".padStart(8)}${"${count.lost}".padStart(6)}"
}

/** Adds a run to the table of all languages. */
private fun ledger(run: Run, verdict: Verdict) {
    val folder = System.getenv("CRYPTOPAY_LEDGER") ?: return
    for ((flow, it) in verdict.flows) {
        val counts = listOf(it.done, it.doubled, it.lost, it.applied + it.notApplied, it.stillUnknown)
        File(folder, "chaos-kotlin.tsv")
            .appendText("$flow\t${run.world.name}\t${run.seed}\t${counts.joinToString("\t")}\n")
    }
}
