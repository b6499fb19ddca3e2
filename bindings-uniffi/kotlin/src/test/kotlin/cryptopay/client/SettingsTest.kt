package cryptopay.client

import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertFailsWith

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
}
