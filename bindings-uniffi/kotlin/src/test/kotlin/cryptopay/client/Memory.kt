package cryptopay.client

import java.io.File
import java.util.concurrent.TimeUnit
import kotlinx.serialization.json.JsonObject

/** Tells by how many KB a process grows over the second half of 100,000 calls, half of which nobody closes. */
fun main() {
    val answer = Response(200, emptyList(), """{"data":[]}""".encodeToByteArray())
    val fetch =
        object : BlockingFetch {
            override val keepsTime = true

            override fun fetch(request: Request) = answer
        }
    val client = BlockingCryptopay.builder("sandbox", "k", "s").rateLimit(null).fetch(fetch)
    val core = client.settings().core()
    client.build().use {
        fun calls() {
            repeat(25_000) { _ ->
                it.coins.list()
                core.begin("coins.list", JsonObject(emptyMap()), null, BlockingRealTime.now(), ByteArray(16))
            }
            // What nobody closed goes with the collector, in a thread of its own.
            repeat(5) {
                System.gc()
                Thread.sleep(100)
            }
        }
        calls()
        val before = residentKb()
        calls()
        println(residentKb() - before)
    }
}

private fun residentKb(): Long =
    File("/proc/self/status").readLines().first { it.startsWith("VmRSS:") }.filter(Char::isDigit).toLong()

/** Runs a program of the tests in a process of its own: what it says. */
internal fun elsewhere(program: String, options: List<String>): String {
    val jars = System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path")
    val java = "${System.getProperty("java.home")}/bin/java"
    val process =
        ProcessBuilder(listOf(java) + options + listOf("-cp", jars, program)).redirectErrorStream(true).start()
    val told = process.inputReader().readText()
    check(process.waitFor(60, TimeUnit.SECONDS)) { "it does not end" }
    return told
}
