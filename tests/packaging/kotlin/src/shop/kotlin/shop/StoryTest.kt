package shop

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test

/** The example runs outside the package's own build, and checks what it tells. */
class StoryTest {
    @Test fun `the story of the example is true`() = runBlocking { cryptopay.example.main() }
}
