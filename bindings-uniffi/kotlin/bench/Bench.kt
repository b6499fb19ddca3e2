package cryptopay.bench
fun main() {}
