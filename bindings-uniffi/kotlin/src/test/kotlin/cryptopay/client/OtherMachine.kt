package cryptopay.client

/** What a program says on a machine that the jar has no library for. */
fun main() {
    try {
        BlockingCryptopay.builder("sandbox", "key", "secret").build().close()
        println("a client was made")
    } catch (error: CryptopayException) {
        println("${error.javaClass.simpleName}: ${error.message}")
    }
}
