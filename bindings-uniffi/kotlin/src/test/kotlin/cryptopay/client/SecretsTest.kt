package cryptopay.client

import cryptopay.client.callbacks.Callbacks
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.ObjectInputStream
import java.io.ObjectOutputStream
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotNull
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test

/** No text and no serialized form shows a secret or a signature; and what a person reads says what to do. */
class SecretsTest {
    private val secret = "hush-4711-hush"
    private val callbackSecret = "whisper-0815"

    private fun clean(name: String, text: String) {
        for (hidden in listOf(secret, callbackSecret, "HMAC ")) {
            assertTrue(hidden !in text, "$name shows $hidden: $text")
        }
    }

    private fun serialized(error: Throwable): ByteArray =
        ByteArrayOutputStream().also { ObjectOutputStream(it).writeObject(error) }.toByteArray()

    @Test
    fun `texts of what a program holds`() {
        val builder = BlockingCryptopay.builder("sandbox", "key", secret).callbackSecrets(listOf(callbackSecret))
        clean("builder", "$builder")
        clean("settings", "${builder.settings()}")
        builder.build().use { clean("blocking client", "$it ${it.callbacks} ${it.invoices}") }
        Cryptopay("sandbox", "key", secret, listOf(callbackSecret)).use {
            clean("client", "$it ${it.callbacks} ${it.engine}")
        }
        clean("callbacks", "${Callbacks(listOf(callbackSecret))}")
    }

    @Test
    fun `exceptions, their stack traces and their serialized forms, and what observers see`() {
        Sandbox().use { sandbox ->
            val seen = ArrayList<Seen>()
            var asked: Request? = null
            val watching =
                object : Fetch {
                    val inner = JdkFetch()

                    override suspend fun fetch(request: Request) = inner.fetch(request).also { asked = request }

                    override fun close() = inner.close()
                }
            val client =
                Cryptopay(
                    sandbox.url,
                    sandbox.apiKey,
                    secret,
                    listOf(callbackSecret),
                    maxRetries = 0,
                    fetch = watching,
                    observers = listOf(Observer { seen += it }),
                )
            client.use {
                val error = assertFailsWith<UnauthenticatedException> { runBlocking { it.coins.list() } }
                clean("exception", error.stackTraceToString() + error.signed + error.trace)
                clean("serialized exception", serialized(error).decodeToString())
                val again =
                    ObjectInputStream(ByteArrayInputStream(serialized(error))).readObject() as UnauthenticatedException
                assertEquals(
                    listOf(error.code, error.message, error.signed),
                    listOf(again.code, again.message, again.signed),
                )
            }
            clean("events", "$seen")
            clean("request", "$asked ${assertNotNull(asked).headers}")
            assertTrue(assertNotNull(asked).headers.any { it.name == "Authorization" && it.value.startsWith("HMAC ") })
        }
    }

    @Test
    fun `a transport's exception is the cause, and shows nothing either`() {
        Cryptopay("http://127.0.0.1:1", "key", secret, maxRetries = 0).use {
            val error = assertFailsWith<ConnectionFailedException> { runBlocking { it.coins.list() } }
            assertNotNull(error.cause)
            clean("connection", error.stackTraceToString())
            clean("serialized connection", serialized(error).decodeToString())
        }
    }

    @Test
    fun `a wrong key, a wrong environment and no network say what to do`() {
        fun short(text: String?, vararg words: String) {
            words.forEach { assertTrue(it in assertNotNull(text), "$it is missing in: $text") }
            assertTrue(assertNotNull(text).length < 600, text)
        }
        Sandbox().use { sandbox ->
            BlockingCryptopay.builder(sandbox.url, "another-key", secret).build().use {
                val error = assertFailsWith<UnauthenticatedException> { it.coins.list() }
                short(error.message, "key")
                short(error.signed?.likely, "other environment")
            }
        }
        BlockingCryptopay.builder("https://cryptopay.invalid", "key", secret).maxRetries(0).build().use {
            short(assertFailsWith<ConnectionFailedException> { it.coins.list() }.message, "connection", "network")
        }
        short(
            assertFailsWith<ConfigurationException> { BlockingCryptopay.builder("prod", "key", secret).build() }
                .message,
            "production",
        )
    }

    @Test
    fun `a machine without the native library is told so`() {
        val told = elsewhere("cryptopay.client.OtherMachineKt", listOf("-Dos.arch=riscv64"))
        for (words in listOf("ConfigurationException", "Linux on riscv64", "glibc", "-Djna.tmpdir")) {
            assertTrue(words in told, told)
        }
    }

    @Test
    fun `a class path without JNA is told so`() {
        val told = unloaded(NoClassDefFoundError("com/sun/jna/Structure"))
        assertTrue(told is ConfigurationException && "net.java.dev.jna:jna" in told.message.orEmpty(), "$told")
    }

    @Test
    fun `a secret from a variable that is not set is a missing one`() {
        val unset: String? = System.getenv("CRYPTOPAY_NOT_SET")
        @Suppress("UNCHECKED_CAST") val callbacks = Callbacks(listOf(unset) as List<String>)
        val body = "{}".encodeToByteArray()
        assertFailsWith<ConfigurationException> { callbacks.verify(body, "00") }
        assertFailsWith<ConfigurationException> { callbacks.sign(body) }
    }

    @Test
    fun `a record that is none says what to give`() {
        BlockingCryptopay.builder("sandbox", "key", secret).build().use { client ->
            for (text in listOf("", "nonsense", "[]", "\"record\"", "{")) {
                val error = assertFailsWith<InvalidArgumentException> { client.resolve(text) }
                assertTrue("record: is not a JSON object" in error.message.orEmpty(), "$error")
            }
            assertFailsWith<InvalidArgumentException> { client.resolve("{}") }
        }
    }
}
