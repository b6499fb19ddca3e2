package cryptopay.client

import java.math.BigDecimal
import java.time.Instant
import java.util.UUID
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

/** Parameters on their way to the core; what is null is not given. */
internal class Given {
    private val members = LinkedHashMap<String, JsonElement>()

    fun put(name: String, value: Any?): Given {
        when (value) {
            null,
            Change.Keep -> {}
            else -> members[name] = sent(name, value)
        }
        return this
    }

    fun json() = JsonObject(members)
}

private fun sent(name: String, value: Any): JsonElement =
    when (value) {
        is String -> JsonPrimitive(value)
        is Boolean -> JsonPrimitive(value)
        is Number ->
            if (value !is BigDecimal) JsonPrimitive(value)
            else if (Read.isWritable(value)) JsonPrimitive(value.toPlainString())
            else throw invalidArgument("", "$name: the amount has too many digits")
        is UUID,
        is OpenEnum,
        is Instant -> JsonPrimitive(value.toString())
        is Model -> value.json() ?: error("a ${value.javaClass.simpleName} cannot be sent")
        is List<*> -> JsonArray(value.map { sent(name, requireNotNull(it)) })
        is Map<*, *> -> JsonObject(value.entries.associate { (key, one) -> "$key" to sent(name, requireNotNull(one)) })
        is Change.To<*> -> sent(name, requireNotNull(value.value))
        Change.Clear -> JsonNull
        else -> error("a ${value.javaClass.simpleName} cannot be sent")
    }
