/*
 * What a call costs beside the bare client of the JDK that signs with javax.crypto, in one run: medians of neighbouring
 * rounds, CPU time of this process, and the 95th percentile of latency. `Bench [rounds]`; the first rounds are for the
 * compiler, whose own work would count as a call's. The rows are kept for the table of all languages in the folder that
 * CRYPTOPAY_LEDGER names (`tests/README.md`). The server is a tiny one of its own, in another process.
 */
package cryptopay.bench

import com.sun.jna.Library
import com.sun.jna.Native
import cryptopay.client.BlockingCryptopay
import cryptopay.client.Cryptopay
import java.io.File
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.time.ZoneOffset
import java.time.ZonedDateTime
import java.time.format.DateTimeFormatter
import java.util.Base64
import java.util.Locale
import java.util.UUID
import javax.crypto.Mac
import javax.crypto.spec.SecretKeySpec
import kotlin.system.exitProcess
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.future.await
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json

private const val BUDGET = 1.3
private const val CALLS = 400
private const val PARALLEL = 32
private const val HEAP = "-Xmx64m"
private val ID: UUID = UUID.fromString("06a54ccb-889f-4c1f-8a59-086a84a1e2dd")
private val PATH = "/api/invoices/$ID"

fun main(arguments: Array<String>) {
    when (arguments.firstOrNull()) {
        "serve" -> return serve()
        "lane" -> {
            lane(arguments[1], arguments[2], arguments[3].toInt())
            exitProcess(0)
        }
    }
    val rounds = arguments.firstOrNull()?.toInt() ?: 60
    val server = itself("serve")
    try {
        val url = "http://127.0.0.1:${server.inputReader().readLine()}"
        measured("blocking, one after the other", rounds, blocking(url))
        measured("coroutines, $PARALLEL in parallel", rounds, parallel(url, PARALLEL))
        slowest(blocking(url))
        widths(url)
    } finally {
        server.destroy()
    }
    exitProcess(0)
}

/** This program in a process of its own; the heap is bounded, so that what it holds is what it needs. */
internal fun itself(vararg arguments: String): Process =
    ProcessBuilder(
            "${System.getProperty("java.home")}/bin/java",
            HEAP,
            "-cp",
            System.getProperty("java.class.path"),
            "cryptopay.bench.BenchKt",
            *arguments,
        )
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start()

/** The bare client, and ours; each makes so many calls. */
internal class Sides(val bare: (Int) -> Unit, val ours: (Int) -> Unit)

private fun blocking(url: String): Sides {
    val bare = bareClient()
    val ours = BlockingCryptopay.builder(url, "key", "secret").rateLimit(null).build()
    return Sides(
        { calls -> repeat(calls) { read(bare.send(request(url), HttpResponse.BodyHandlers.ofByteArray())) } },
        { calls -> repeat(calls) { ours.invoices.retrieve(ID) } },
    )
}

internal fun parallel(url: String, lanes: Int): Sides {
    val bare = bareClient()
    val ours = Cryptopay(url, "key", "secret", rateLimit = null)
    fun many(one: suspend () -> Unit): (Int) -> Unit = { calls ->
        runBlocking(Dispatchers.Default) {
            coroutineScope { repeat(lanes) { launch { repeat(calls / lanes) { one() } } } }
        }
    }
    return Sides(
        many { read(bare.sendAsync(request(url), HttpResponse.BodyHandlers.ofByteArray()).await()) },
        many { ours.invoices.retrieve(ID) },
    )
}

private fun bareClient() = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()

private val DATE = DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)

/** A signed GET, as a program without a client would make it. */
private fun request(url: String): HttpRequest {
    val date = DATE.format(ZonedDateTime.now(ZoneOffset.UTC))
    val mac = Mac.getInstance("HmacSHA1").apply { init(SecretKeySpec("secret".toByteArray(), "HmacSHA1")) }
    val signature =
        Base64.getEncoder().encodeToString(mac.doFinal("GET\n\napplication/json\n$date\n$PATH".toByteArray()))
    return HttpRequest.newBuilder(URI("$url$PATH"))
        .header("Authorization", "HMAC key:$signature")
        .header("Date", date)
        .header("Content-Type", "application/json")
        .build()
}

private fun read(answer: HttpResponse<ByteArray>) {
    check(answer.statusCode() == 200)
    Json.parseToJsonElement(answer.body().decodeToString())
}

/** The clock of this process, to the ns: Java's own counts in steps of 10 ms. */
@Suppress("FunctionName")
private interface Clocks : Library {
    fun clock_gettime(clock: Int, time: LongArray): Int
}

private val clocks = Native.load("c", Clocks::class.java)
private const val CLOCK_PROCESS_CPUTIME_ID = 2

internal fun cpuNs(): Long {
    val time = LongArray(2)
    check(clocks.clock_gettime(CLOCK_PROCESS_CPUTIME_ID, time) == 0)
    return time[0] * 1_000_000_000 + time[1]
}

/** CPU time of neighbouring rounds; the first ones are for the compiler. */
private fun measured(name: String, rounds: Int, sides: Sides) {
    fun cpu(run: (Int) -> Unit): Double {
        val began = cpuNs()
        run(CALLS)
        return (cpuNs() - began) / 1000.0 / CALLS
    }
    repeat(rounds) { cpu(sides.bare).also { cpu(sides.ours) } }
    val told = List(rounds) { cpu(sides.bare) to cpu(sides.ours) }
    val (bare, ours) = told.map { it.first }.median() to told.map { it.second }.median()
    val ratio = told.map { it.second / it.first }.median()
    row("$name, CPU of a call", ours, bare, "µs", "%.2f".format(Locale.US, ratio), "≤ $BUDGET ×", ratio <= BUDGET)
}

private val ledger = System.getenv("CRYPTOPAY_LEDGER")?.takeIf { it.isNotEmpty() }?.let { File(it, "bench-kotlin.tsv") }

internal fun row(
    what: String,
    ours: Double,
    bare: Double,
    unit: String,
    ratio: String = "%.2f".format(Locale.US, ours / bare),
    budget: String = "-",
    kept: Boolean? = null,
) {
    val verdict = if (kept == null) "-" else if (kept) "met" else "missed"
    val told =
        listOf(what, "%.0f $unit".format(ours), "%.0f $unit bare JDK client".format(bare), ratio, budget, verdict)
    println(told.joinToString("   "))
    ledger?.appendText(told.joinToString("\t", postfix = "\n"))
}

private fun List<Double>.median() = sorted()[size / 2]

/** The 95th percentile of one call's latency, on the clock of the wall. */
private fun slowest(sides: Sides) {
    fun latency(run: (Int) -> Unit): Double =
        List(2000) {
                val began = System.nanoTime()
                run(1)
                (System.nanoTime() - began) / 1000.0
            }
            .sorted()[1900]
    repeat(2) { latency(sides.bare).also { latency(sides.ours) } }
    row("blocking, 95th percentile", latency(sides.ours), latency(sides.bare), "µs")
}
