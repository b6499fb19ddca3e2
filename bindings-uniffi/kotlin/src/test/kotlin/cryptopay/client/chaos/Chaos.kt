/*
 * Payouts through bad weather: `Chaos [--payouts N] [--seeds N] [--world NAME]`.
 *
 * Makes N payouts (500), shared by all worlds of `tests/chaos.json`, each under several seeds (2), while 30 % of all
 * requests are struck by faults around the moment at which they are carried out; exchange transfers and refunds besides.
 * Ends with 1 and a story if a single write was doubled or lost.
 */
package cryptopay.client.chaos

import java.io.File
import java.util.concurrent.Callable
import java.util.concurrent.Executors
import kotlin.system.exitProcess
import kotlin.time.measureTime

/** How many stories of doubled or lost writes are told. */
private const val STORIES = 5

fun main(arguments: Array<String>) {
    val given = arguments.toList().chunked(2).associate { (name, value) -> name.removePrefix("--") to value }
    val payouts = given["payouts"]?.toInt() ?: 500
    val seeds = given["seeds"]?.toInt() ?: 2
    val worlds = Weather.worlds.filter { given["world"] in listOf(null, it.name) }
    check(worlds.isNotEmpty()) { "there is no such world: there are ${Weather.worlds.joinToString("; ") { it.name }}" }
    val many = seeds * worlds.size
    val each = (payouts + many - 1) / many
    val runs = List(many) { at -> Run(worlds[at / seeds], at + 1, each) }
    println("$each payouts in each of $many runs, ${(Weather.struck * 100).toInt()} % of all requests struck\n\n$HEAD")
    val total = Verdict()
    val took = measureTime {
        Elsewhere().use { elsewhere ->
            val beside = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors().coerceAtLeast(2))
            val verdicts = runs.map { run -> beside.submit(Callable { run.play(elsewhere) }) }
            for ((run, later) in runs.zip(verdicts)) {
                val verdict = later.get()
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
    println("\n${whole.done} writes: ${whole.doubled} doubled, ${whole.lost} lost")
    exitProcess(if (whole.doubled + whole.lost == 0) 0 else 1)
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
