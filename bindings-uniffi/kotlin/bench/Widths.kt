/*
 * Whether a call costs the same in a crowd: with 1, 8, 32 and 256 coroutines at a time, ours beside the bare client. Each
 * side and width is a process of its own, because what a process holds at most cannot be told apart within one.
 */
package cryptopay.bench

import java.io.File

private val WIDTHS = listOf(1, 8, 32, 256)
private const val MANY = 4096
private const val WARM = 4
private const val ROUNDS = 3

internal fun widths(url: String) {
    for (lanes in WIDTHS) {
        val (ours, bare) = listOf("ours", "bare").map { load(it, url, lanes) }
        row("$lanes in parallel: calls in a second", ours[1], bare[1], "/s")
        row("$lanes in parallel: CPU of a call", ours[0], bare[0], "µs")
        row("$lanes in parallel: the most that the process holds", ours[2], bare[2], "MB")
    }
}

/** What [load] reads: µs of CPU for a call, calls in a second, MB held at most; the least disturbed round counts. */
internal fun lane(side: String, url: String, lanes: Int) {
    val sides = parallel(url, lanes)
    val run = if (side == "ours") sides.ours else sides.bare
    repeat(WARM) { run(MANY) }
    val rounds =
        List(ROUNDS) {
            val (processor, clock) = cpuNs() to System.nanoTime()
            run(MANY)
            (cpuNs() - processor) / 1000.0 / MANY to MANY * 1e9 / (System.nanoTime() - clock)
        }
    val held = File("/proc/self/status").readLines().first { it.startsWith("VmHWM") }.filter(Char::isDigit).toInt()
    println("${rounds.minOf { it.first }} ${rounds.maxOf { it.second }} ${held / 1e3}")
}

private fun load(side: String, url: String, lanes: Int): List<Double> {
    val process = itself("lane", side, url, "$lanes")
    val told = process.inputReader().readLine()
    check(process.waitFor() == 0) { "the load `$side` with $lanes in parallel fails" }
    return told.split(' ').map(String::toDouble)
}
