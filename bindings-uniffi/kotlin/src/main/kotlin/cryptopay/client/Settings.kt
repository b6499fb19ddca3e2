package cryptopay.client

import java.time.Duration
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/** The defaults of both clients. */
internal object Defaults {
    val TIMEOUT: Duration = Duration.ofSeconds(90)
    val ATTEMPT_TIMEOUT: Duration = Duration.ofSeconds(15)
    const val MAX_RETRIES = 3
    const val RATE_LIMIT = 195
}

/** What both clients are told, on its way to the core, which checks it. */
internal class Settings(
    val environment: String,
    private val apiKey: String,
    private val apiSecret: String,
    val callbackSecrets: List<String>,
    private val timeout: Duration,
    private val attemptTimeout: Duration,
    private val maxRetries: Int,
    private val rateLimit: Int?,
    private val sharedLimit: Boolean,
    private val userAgentSuffix: String?,
    private val maxBody: Long?,
) {
    fun core(): Core = Core(json())

    private fun json(): JsonObject = buildJsonObject {
        put("environment", environment)
        put("api_key", apiKey)
        put("api_secret", apiSecret)
        put("callback_secrets", JsonArray(callbackSecrets.map(::JsonPrimitive)))
        put("deadline_ms", milliseconds(timeout))
        put("attempt_timeout_ms", milliseconds(attemptTimeout))
        put("max_retries", maxRetries)
        put("rate_limit", rateLimit)
        put("shared_limit", sharedLimit)
        userAgentSuffix?.let { put("user_agent_suffix", it) }
        maxBody?.let { put("max_body", it) }
    }

    override fun toString(): String = "Settings(environment=$environment)"
}

/** The environment variables of a client. */
internal class Variables(private val all: Map<String, String>) {
    val environment
        get() = needed("environment", "CRYPTOPAY_ENVIRONMENT")

    val apiKey
        get() = needed("API key", "CRYPTOPAY_API_KEY")

    val apiSecret
        get() = needed("API secret", "CRYPTOPAY_API_SECRET")

    val callbackSecrets
        get() = all["CRYPTOPAY_CALLBACK_SECRET"].orEmpty().split(',').filter(String::isNotEmpty)

    private fun needed(words: String, variable: String): String =
        all[variable]?.takeIf(String::isNotEmpty)
            ?: throw "the $words is missing, set the environment variable $variable"
                .let { exception(Told("configuration", "configuration: $it", it)) }
}
