/*
 * What a call costs beside the bare client of the JDK that signs with javax.crypto, in one run: medians of neighbouring
 * rounds, CPU time of this process, and the 95th percentile of latency. `Bench [rounds]`, after which it ends with 1 if a
 * budget was missed. The server is a tiny one of its own, in another process.
 */
package cryptopay.bench

import com.sun.management.OperatingSystemMXBean
import cryptopay.client.BlockingCryptopay
import cryptopay.client.Cryptopay
import java.lang.management.ManagementFactory
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
private val ID: UUID = UUID.fromString("06a54ccb-889f-4c1f-8a59-086a84a1e2dd")
private val PATH = "/api/invoices/$ID"

fun main(arguments: Array<String>) {
    if (arguments.firstOrNull() == "serve") return serve()
    val rounds = arguments.firstOrNull()?.toInt() ?: 15
    val server =
        ProcessBuilder(
                "${System.getProperty("java.home")}/bin/java",
                "-cp",
                System.getProperty("java.class.path"),
                "cryptopay.bench.BenchKt",
                "serve",
            )
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start()
    val well =
        try {
            val url = "http://127.0.0.1:${server.inputReader().readLine()}"
            listOf(
                    measured("blocking, one call after the other", rounds, blocking(url)),
                    measured("coroutines, $PARALLEL in parallel", rounds, parallel(url)),
                )
                .all { it }
                .also { slowest(blocking(url)) }
        } finally {
            server.destroy()
        }
    exitProcess(if (well) 0 else 1)
}

/** The bare client, and ours; each makes so many calls. */
private class Pair(val bare: (Int) -> Unit, val ours: (Int) -> Unit)

private fun blocking(url: String): Pair {
    val bare = bareClient()
    val ours = BlockingCryptopay.builder(url, "key", "secret").rateLimit(null).build()
    return Pair(
        { calls -> repeat(calls) { read(bare.send(request(url), HttpResponse.BodyHandlers.ofByteArray())) } },
        { calls -> repeat(calls) { ours.invoices.retrieve(ID) } },
    )
}

private fun parallel(url: String): Pair {
    val bare = bareClient()
    val ours = Cryptopay(url, "key", "secret", rateLimit = null)
    fun many(one: suspend () -> Unit): (Int) -> Unit = { calls ->
        runBlocking(Dispatchers.Default) {
            coroutineScope { repeat(PARALLEL) { launch { repeat(calls / PARALLEL) { one() } } } }
        }
    }
    return Pair(
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

private val system = ManagementFactory.getOperatingSystemMXBean() as OperatingSystemMXBean

/** CPU time of neighbouring rounds; the first ones are for the compiler. */
private fun measured(name: String, rounds: Int, pair: Pair): Boolean {
    fun cpu(run: (Int) -> Unit): Double {
        val began = system.processCpuTime
        run(CALLS)
        return (system.processCpuTime - began) / 1000.0 / CALLS
    }
    repeat(rounds) { cpu(pair.bare).also { cpu(pair.ours) } }
    val told = List(rounds) { cpu(pair.bare) to cpu(pair.ours) }
    val (bare, ours) = told.map { it.first }.median() to told.map { it.second }.median()
    val ratio = told.map { it.second / it.first }.median()
    val verdict = if (ratio <= BUDGET) "ok" else "MISSED"
    println(
        "%-38s %4.0f µs   bare JDK client %4.0f µs   %.2f × (at most %.1f)  %s"
            .format(Locale.US, name, ours, bare, ratio, BUDGET, verdict)
    )
    return ratio <= BUDGET
}

private fun List<Double>.median() = sorted()[size / 2]

/** The 95th percentile of one call's latency, on the clock of the wall. */
private fun slowest(pair: Pair) {
    fun latency(run: (Int) -> Unit): Double =
        List(2000) {
                val began = System.nanoTime()
                run(1)
                (System.nanoTime() - began) / 1000.0
            }
            .sorted()[1900]
    repeat(2) { latency(pair.bare).also { latency(pair.ours) } }
    println(
        "%-38s %4.0f µs   bare JDK client %4.0f µs"
            .format(Locale.US, "95th percentile of latency", latency(pair.ours), latency(pair.bare))
    )
}
