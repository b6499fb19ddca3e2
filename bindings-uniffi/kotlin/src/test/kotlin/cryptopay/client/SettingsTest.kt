package cryptopay.client

import java.time.Duration
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlinx.coroutines.runBlocking

/** What a client is given is refused when it is made, by its name. */
class SettingsTest {
    @Test
    fun `no rate limit is asked for with null, and zero is refused`() {
        for (wrong in listOf(0, -1, 201)) {
            val refused =
                listOf(
                    assertFailsWith<ConfigurationException> { Cryptopay("sandbox", "k", "s", rateLimit = wrong) },
                    assertFailsWith<ConfigurationException> {
                        BlockingCryptopay.builder("sandbox", "k", "s").rateLimit(wrong).build()
                    },
                )
            for (error in refused) {
                assertContains(error.message.orEmpty(), "1 to 200, or null (None, nil) for no limit")
            }
        }
        for (good in listOf(null, 1, 200)) {
            Cryptopay("sandbox", "k", "s", rateLimit = good).close()
            BlockingCryptopay.builder("sandbox", "k", "s").rateLimit(good).build().close()
        }
    }

    @Test
    fun `a client of the environment takes what the constructor takes`() {
        val variables =
            mapOf("CRYPTOPAY_ENVIRONMENT" to "sandbox", "CRYPTOPAY_API_KEY" to "k", "CRYPTOPAY_API_SECRET" to "s")
        val requests = ArrayList<Request>()
        val permits = ArrayList<Permit>()
        val fetch =
            object : Fetch {
                override suspend fun fetch(request: Request): Response {
                    requests += request
                    return Response(500, emptyList(), ByteArray(0))
                }
            }
        val store = PermitStore {
            permits += it
            0
        }
        val client =
            Cryptopay.fromEnv(
                variables,
                attemptTimeout = Duration.ofMillis(1234),
                maxRetries = 0,
                sharedLimit = store,
                userAgentSuffix = "shop/1",
                maxBody = 4321,
                fetch = fetch,
            )
        client.use { assertFailsWith<ServerException> { runBlocking { it.coins.list() } } }
        val request = requests.single()
        assertEquals(listOf(1234L, 4321L), listOf(request.timeoutMs, request.maxBody))
        assertContains(request.headers.single { it.name == "User-Agent" }.value, "shop/1")
        assertEquals(1, permits.size)
        for ((refused, name) in
            listOf<Pair<() -> Cryptopay, String>>(
                { Cryptopay.fromEnv(variables, timeout = Duration.ofMillis(-1)) } to "the timeout of the call",
                { Cryptopay.fromEnv(variables, rateLimit = 0) } to "the rate limit",
            )) {
            assertContains(assertFailsWith<ConfigurationException> { refused() }.message.orEmpty(), name)
        }
    }
}
