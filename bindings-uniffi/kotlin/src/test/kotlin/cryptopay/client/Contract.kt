package cryptopay.client

import java.io.File
import java.lang.reflect.Modifier
import java.math.BigDecimal
import java.time.Duration
import java.time.OffsetDateTime
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long

/** The folder of the contract, from the repository's root or from the package. */
internal val contractFolder: File =
    listOf("tests", "../../tests").map(::File).first { it.resolve("chaos.json").exists() }

/** The contract's files and comparison, as every runner has them. */
internal fun readAll(folder: String): List<Pair<String, JsonObject>> =
    contractFolder
        .resolve(folder)
        .listFiles { file -> file.name.endsWith(".json") }
        .orEmpty()
        .sorted()
        .map { it.nameWithoutExtension to Json.parseToJsonElement(it.readText()).jsonObject }

internal fun JsonElement?.orNothing(): JsonElement? = takeUnless { it is JsonNull }

internal operator fun JsonElement?.get(name: String): JsonElement? = (this as? JsonObject)?.get(name).orNothing()

internal fun JsonElement?.string(): String? = (this as? JsonPrimitive)?.takeIf { it.isString }?.content

/**
 * What does not match: listed keys must, lists exactly; `null` is absent or null, `"*"` anything, `[lo, hi]` in place
 * of a number a range. Times compare as times.
 */
internal fun differences(expected: JsonElement?, actual: JsonElement?, path: String = ""): List<String> {
    val wanted = expected.orNothing()
    val came = actual.orNothing()
    val same =
        when {
            wanted == null -> came == null
            wanted.string() == "*" -> came != null
            wanted is JsonObject && came is JsonObject ->
                return wanted.flatMap { (name, value) -> differences(value, came[name], "$path.$name") }
            wanted is JsonArray && came is JsonPrimitive && wanted.size == 2 && !came.isString ->
                came.content.toLongOrNull()?.let { it in wanted[0].jsonPrimitive.long..wanted[1].jsonPrimitive.long }
                    ?: false
            wanted is JsonArray && came is JsonArray && wanted.size == came.size ->
                return wanted.indices.flatMap { differences(wanted[it], came[it], "$path[$it]") }
            else -> wanted == came || sameTime(wanted, came)
        }
    return if (same) emptyList() else listOf("$path: expected $wanted, got $came")
}

private fun sameTime(one: JsonElement, other: JsonElement?): Boolean {
    val times = listOf(one, other).map { runCatching { OffsetDateTime.parse(it.string()!!).toInstant() }.getOrNull() }
    return times[0] != null && times[0] == times[1]
}

internal fun bodyOf(answer: JsonElement): ByteArray {
    answer["json"]?.let {
        return it.toString().encodeToByteArray()
    }
    answer["text"]?.let {
        return textOf(it)
    }
    return java.util.HexFormat.of().parseHex(answer["hex"].string().orEmpty())
}

internal fun textOf(text: JsonElement?): ByteArray {
    val repeat = text["repeat"] ?: return text.string().orEmpty().encodeToByteArray()
    return repeat.jsonArray[0].string()!!.repeat(repeat.jsonArray[1].jsonPrimitive.int).encodeToByteArray()
}

/** A typed value as JSON again, by its own fields: what a model lost is missing. */
internal fun written(value: Any?): JsonElement =
    when (value) {
        null -> JsonNull
        is Table<*> -> JsonObject(value.entries.associate { (key, one) -> key to written(one) })
        is Map<*, *> -> JsonObject(value.entries.associate { (key, one) -> "$key" to written(one) })
        is List<*> -> JsonArray(value.map(::written))
        is Model ->
            JsonObject(
                value.javaClass.declaredFields
                    .filterNot { Modifier.isStatic(it.modifiers) }
                    .associate { field ->
                        field.isAccessible = true
                        snake(field.name) to written(field.get(value))
                    }
            )
        is BigDecimal -> JsonPrimitive(value.toPlainString())
        is Boolean -> JsonPrimitive(value)
        is Number -> JsonPrimitive(value)
        else -> JsonPrimitive(value.toString())
    }

internal fun snake(name: String) = name.replace(Regex("[A-Z]")) { "_" + it.value.lowercase() }

private fun ms(options: JsonObject?, name: String) = options[name]?.let { Duration.ofMillis(it.jsonPrimitive.long) }

private fun retries(options: JsonObject?) = options["max_retries"]?.jsonPrimitive?.int

internal fun readOptions(options: JsonObject?) =
    ReadOptions(
        ms(options, "deadline_ms"),
        ms(options, "attempt_timeout_ms"),
        retries(options),
        options["if_none_match"].string(),
        options["if_modified_since"].string(),
    )

internal fun writeOptions(options: JsonObject?) =
    WriteOptions(
        ms(options, "deadline_ms"),
        ms(options, "attempt_timeout_ms"),
        retries(options),
        options["custom_id"]["generated"]?.jsonPrimitive?.boolean,
    )

internal fun commitOptions(options: JsonObject?, quote: Model?) =
    CommitOptions(ms(options, "deadline_ms"), ms(options, "attempt_timeout_ms"), retries(options), quote)
