package cryptopay.client

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonArray
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/** How a call went, in the contract's words. */
internal fun done(outcome: Outcome, value: JsonElement): JsonObject = buildJsonObject {
    put("status", outcome.status)
    put("request_id", outcome.requestId)
    put("recovered", outcome.recovered)
    put("accepted", outcome.accepted)
    put("not_modified", outcome.notModified)
    put("unverified", if (outcome.unverified.isEmpty()) JsonNull else texts(outcome.unverified))
    put("custom_id", outcome.customId)
    put("etag", outcome.etag)
    put("last_modified", outcome.lastModified)
    put("record", outcome.record?.let(Json::parseToJsonElement) ?: JsonNull)
    put("trace", spelt(outcome.trace))
    put("meta", outcome.meta.ifEmpty { null }?.let(Json::parseToJsonElement) ?: JsonNull)
    put("value", value)
    put("count", (value as? JsonArray)?.size)
}

internal fun texts(all: List<String>) = JsonArray(all.map(::JsonPrimitive))

internal fun spelt(trace: Trace): JsonObject = buildJsonObject {
    put("sends", trace.sends)
    put("looks", trace.looks)
    put(
        "waits",
        buildJsonArray {
            for (wait in trace.waits) {
                add(
                    buildJsonObject {
                        put("ms", wait.ms)
                        put("reason", wait.reason)
                    }
                )
            }
        },
    )
}

internal fun spelt(error: CryptopayException): JsonObject = buildJsonObject {
    put("code", error.code)
    put("text", error.message)
    put("message", error.phrase)
    put("hint", error.hint)
    put("operation", error.operation)
    put("status", error.status)
    put("request_id", error.requestId)
    put("api_code", error.apiCode)
    put("existing_id", error.existingId)
    put("differing", if (error.differing.isEmpty()) JsonNull else texts(error.differing))
    put("retry_at_ms", error.retryAt?.toEpochMilli())
    put("record", error.record?.let(Json::parseToJsonElement) ?: JsonNull)
    put(
        "fields",
        buildJsonArray {
            for (field in error.fields) {
                add(
                    buildJsonObject {
                        put("target", field.target)
                        put("code", field.code)
                        put("message", field.message)
                    }
                )
            }
        },
    )
    error.reason?.let { reason ->
        put(
            "cause",
            buildJsonObject {
                put("code", reason.code)
                put("message", reason.message)
                put("status", reason.status)
            },
        )
    }
    error.signed?.let { signed ->
        put(
            "signed",
            buildJsonObject {
                put("string_to_sign", signed.stringToSign)
                put("clock_difference_ms", signed.clockDifferenceMs)
                put("likely", signed.likely)
            },
        )
    }
    put("trace", spelt(error.trace))
}
