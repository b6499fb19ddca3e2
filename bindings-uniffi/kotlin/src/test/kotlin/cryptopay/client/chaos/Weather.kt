package cryptopay.client.chaos

import cryptopay.client.contractFolder
import cryptopay.client.get
import cryptopay.client.string
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.double
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/** A setting of the sandbox's quirks. */
internal class World(val name: String, val quirks: JsonElement)

/** What goes wrong, read from `tests/chaos.json`: the faults, and the worlds in which they strike. */
internal object Weather {
    private val file = Json.parseToJsonElement(contractFolder.resolve("chaos.json").readText())
    val struck: Double = file["struck"]!!.jsonPrimitive.double
    val worlds: List<World> = file["worlds"]!!.jsonArray.map { World(it["name"].string()!!, it["quirks"]!!) }

    /** The rules that strike as often as the weights say: a rule is asked only when those before did not strike. */
    fun rules(): JsonArray {
        val faults = file["faults"]!!.jsonArray.map { it["weight"]!!.jsonPrimitive.double to it["rule"]!!.jsonObject }
        val every = faults.sumOf { it.first }
        var left = 1.0
        return JsonArray(
            faults.map { (weight, rule) ->
                val share = struck * weight / every
                JsonObject(rule + ("probability" to JsonPrimitive(share / left))).also { left -= share }
            }
        )
    }
}
