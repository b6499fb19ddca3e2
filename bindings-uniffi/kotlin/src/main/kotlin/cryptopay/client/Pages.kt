package cryptopay.client

import java.util.stream.Stream
import java.util.stream.StreamSupport
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import kotlinx.serialization.json.JsonObject

/** The walk through one list; the core decides where it goes on and where it ends. */
internal class Walk(private val pages: cryptopay.client.binding.Pages) {
    /** The parameters of the next page. */
    fun next(): JsonObject? = crossed("") { pages.next() }?.let { parsed(it) as JsonObject }

    /** The rows that are new on this page. */
    fun <T> page(ended: Ended, model: Reader<T>): Page<T> {
        val outcome = ended.outcome
        if (outcome.notModified) throw NotModified(outcome)
        val data = outcome.data.encodeToByteArray()
        val told = words(lend(data, outcome.meta.encodeToByteArray()) { one, two -> pages.read(one, two) })
        told.inner("error")?.let { throw exception(told(it)) }
        val ranges = told["rows"]?.let { Read.list(Read.list(Read.integer)).read(it, false) }.orEmpty()
        val objects =
            ranges.map { (from, until) ->
                fitting(ended) { parsed(String(data, from.toInt(), (until - from).toInt(), Charsets.UTF_8)) }
            }
        val rows = objects.map { fitting(ended) { model.read(it, true) } }
        val after = next()?.let { Fields(it, false).may("starting_after", Read.text) }
        val last = after ?: (objects.lastOrNull() as? JsonObject)?.let { Fields(it, false).may("id", Read.text) }
        return Page(rows, outcome, told.flag("more"), last)
    }
}

/** A list. Every use begins anew; each page is a call of its own, made when it is needed. */
public class Pages<T>
internal constructor(
    private val walk: () -> Walk,
    private val call: suspend (JsonObject, (Ended) -> Page<T>) -> Page<T>,
    private val model: Reader<T>,
) {
    /** Row by row. */
    public fun rows(): Flow<T> = flow { pages().collect { page -> emitAll(page.asFlow()) } }

    /** Page by page. */
    public fun pages(): Flow<Page<T>> = flow {
        val walk = walk()
        while (true) {
            emit(call(walk.next() ?: break) { walk.page(it, model) })
        }
    }

    /** The first page alone. */
    public suspend fun first(): Page<T> {
        val walk = walk()
        return call(walk.next() ?: JsonObject(emptyMap())) { walk.page(it, model) }
    }
}

/** A list: iterate over its rows. Every use begins anew; each page is a call of its own, made when it is needed. */
public class BlockingPages<T>
internal constructor(
    private val walk: () -> Walk,
    private val call: (JsonObject, (Ended) -> Page<T>) -> Page<T>,
    private val model: Reader<T>,
) : Iterable<T> {
    override fun iterator(): Iterator<T> = pages().flatten().iterator()

    /** Row by row, for Java. */
    public fun stream(): Stream<T> = StreamSupport.stream(spliterator(), false)

    /** Page by page, for Java: to iterate over. */
    public fun byPage(): Iterable<Page<T>> = pages().asIterable()

    /** Page by page, for Java. */
    public fun streamPages(): Stream<Page<T>> = StreamSupport.stream(byPage().spliterator(), false)

    /** Page by page. */
    public fun pages(): Sequence<Page<T>> = sequence {
        val walk = walk()
        while (true) {
            yield(call(walk.next() ?: break) { walk.page(it, model) })
        }
    }

    /** The first page alone. */
    public fun first(): Page<T> = pages().first()
}
