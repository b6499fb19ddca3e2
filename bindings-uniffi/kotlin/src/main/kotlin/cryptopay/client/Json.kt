package cryptopay.client

import java.math.BigDecimal
import java.time.DateTimeException
import java.time.OffsetDateTime
import java.util.UUID
import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

/** An answer that does not fit its model. */
internal class Misfit(text: String) : Exception(text)

internal fun parsed(text: String): JsonElement =
    try {
        Json.parseToJsonElement(text)
    } catch (broken: SerializationException) {
        throw Misfit("not JSON at ${broken.message?.lineSequence()?.firstOrNull()?.take(60)}")
    }

/** Reads one kind of value. Lenient: what may be absent is absent when it does not fit. */
internal fun interface Reader<out T> {
    fun read(json: JsonElement, lenient: Boolean): T
}

/** The members of an object, read by name. */
internal class Fields(json: JsonElement, private val lenient: Boolean) {
    private val members = json as? JsonObject ?: throw Misfit("an object is expected")

    fun <T> need(name: String, reader: Reader<T>): T {
        val value = members[name]
        if (value == null || value is JsonNull) throw Misfit("$name is missing")
        return named(name) { reader.read(value, lenient) }
    }

    fun <T> may(name: String, reader: Reader<T>): T? {
        val value = members[name]
        if (value == null || value is JsonNull) return null
        return try {
            named(name) { reader.read(value, lenient) }
        } catch (misfit: Misfit) {
            if (lenient) null else throw misfit
        }
    }

    private inline fun <T> named(name: String, read: () -> T): T =
        try {
            read()
        } catch (misfit: Misfit) {
            throw Misfit("$name: ${misfit.message}")
        }
}

/** The readers of what is no object. */
internal object Read {
    private val PLAIN = Regex("-?[0-9]+(\\.[0-9]+)?")

    /** Longer ones are no amounts but attacks on whoever writes them out. */
    private const val DIGITS = 1000

    val text = Reader { json, _ -> string(json) }
    val uuid = Reader { json, _ -> fitting("a UUID", json) { UUID.fromString(it).takeIf { id -> same(id, it) } } }
    val time = Reader { json, _ -> fitting("a time", json) { OffsetDateTime.parse(it).toInstant() } }
    val bool = Reader { json, _ ->
        when ((json as? JsonPrimitive)?.takeUnless { it.isString }?.content) {
            "true" -> true
            "false" -> false
            else -> throw Misfit("true or false is expected")
        }
    }
    val integer = Reader { json, _ -> number(json).toLongOrNull() ?: throw Misfit("a whole number is expected") }
    val float = Reader { json, _ -> number(json).toDoubleOrNull() ?: throw Misfit("a number is expected") }
    val textMap = Reader { json, lenient ->
        (json as? JsonObject ?: throw Misfit("an object is expected")).mapValues { text.read(it.value, lenient) }
    }

    /** Exact: from the text, never through a float. */
    val amount = Reader { json, _ ->
        val primitive = json as? JsonPrimitive ?: throw Misfit("an amount is expected")
        val content = primitive.content
        val exact =
            if (primitive.isString) content.takeIf(PLAIN::matches)?.toBigDecimal() else content.toBigDecimalOrNull()
        exact?.takeIf(::isWritable)?.let(::plain) ?: throw Misfit("an amount is expected")
    }

    fun isWritable(amount: BigDecimal): Boolean = amount.precision() <= DIGITS && amount.scale() in -DIGITS..DIGITS

    fun <T> list(of: Reader<T>): Reader<List<T>> = Reader { json, lenient ->
        (json as? JsonArray ?: throw Misfit("a list is expected")).map { of.read(it, lenient) }
    }

    fun <T> open(of: (String) -> T): Reader<T> = Reader { json, _ -> of(string(json)) }

    /** `1E+3` would be written as it is shown; 1000 is what was meant. */
    private fun plain(amount: BigDecimal) = if (amount.scale() < 0) amount.setScale(0) else amount

    private fun same(id: UUID, text: String) = id.toString().equals(text, ignoreCase = true)

    private fun string(json: JsonElement): String =
        (json as? JsonPrimitive)?.takeIf { it.isString }?.content ?: throw Misfit("a string is expected")

    private fun number(json: JsonElement): String =
        (json as? JsonPrimitive)?.takeUnless { it.isString }?.content ?: throw Misfit("a number is expected")

    private inline fun <T : Any> fitting(what: String, json: JsonElement, read: (String) -> T?): T {
        val text = string(json)
        return try {
            read(text)
        } catch (_: IllegalArgumentException) {
            null
        } catch (_: DateTimeException) {
            null
        } ?: throw Misfit("$what is expected")
    }
}
