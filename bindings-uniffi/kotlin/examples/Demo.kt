/*
 * The story of a payment client in a minute, and a first example: `cargo xtask demo kotlin`.
 *
 * It starts a local Cryptopay (the sandbox), so it needs no account and no internet. Every chapter checks what it tells:
 * the program ends with 0 only if all of it was so.
 */
package cryptopay.example

import cryptopay.client.BlockingCryptopay
import cryptopay.client.Cryptopay
import cryptopay.client.InvalidSignatureException
import cryptopay.client.Invoice
import cryptopay.client.InvoiceStatus
import cryptopay.client.OutcomeUnknownException
import cryptopay.client.Resolution
import cryptopay.client.UnauthenticatedException
import cryptopay.client.WriteOptions
import cryptopay.client.callbacks.Event
import cryptopay.client.callbacks.MemoryStore
import java.time.Duration
import kotlin.time.measureTimedValue
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.toSet

suspend fun main() {
    Shop().use { shop ->
        shop.client().use { client ->
            chapter("The credentials are checked")
            val accounts = client.accounts.list().first().associateBy { it.currency }
            so("key and secret are right: ${accounts.size} accounts, ${accounts["EUR"]?.balance} EUR on one of them")
            invoice(client, shop)
            payout(client, shop)
        }
        wrongSecret(shop)
        wrongClock(shop)
        manyAtOnce(shop)
    }
}

private suspend fun invoice(client: Cryptopay, shop: Shop) {
    chapter("An invoice is created and paid, and its callback is handled once")
    val made =
        client.invoices.create(
            priceAmount = "25.00".toBigDecimal(),
            priceCurrency = "EUR",
            payCurrency = "BTC",
            customId = "order-1001",
        )
    so("invoice ${made.id}: ${made.payAmount} BTC for ${made.priceAmount} EUR, to ${made.address}")
    shop.paid(made.id)
    check(client.invoices.retrieve(made.id).status == InvoiceStatus.COMPLETED)
    so("the customer pays it: the invoice is completed")

    val handled = ArrayList<Event>()
    val store = MemoryStore()
    val deliveries = shop.deliveries()
    for ((body, signature) in deliveries + deliveries) {
        check(client.callbacks.receive(body.encodeToByteArray(), signature, store) { handled += it }.status == 200)
    }
    check(handled.size == deliveries.size)
    check(handled.last().run { id == "${made.id}" && status == "completed" })
    so("${deliveries.size * 2} deliveries came in, ${handled.size} were handled, the last: ${handled.last().event}")
    val (body, signature) = deliveries.last()
    try {
        client.callbacks.verify(body.replace("completed", "refunded").encodeToByteArray(), signature)
        error("a forged callback was believed")
    } catch (refused: InvalidSignatureException) {
        so("one that was changed on the way is refused: ${refused.message}")
    }
}

private suspend fun payout(client: Cryptopay, shop: Shop) {
    chapter("A payout whose answer is lost is found again, not sent twice")
    suspend fun pay(customId: String, options: WriteOptions = WriteOptions()) =
        client.coinWithdrawals.create(
            address = "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ",
            chargedCurrency = "EUR",
            receivedCurrency = "BTC",
            receivedAmount = "0.01".toBigDecimal(),
            customId = customId,
            forceCommit = true,
            options = options,
        )
    shop.loses("coin_withdrawals.create")
    val found = pay("payout-2001")
    check(found.outcome?.run { recovered && attempts == 1 } == true)
    so("the client read before it would repeat, and found it: payout ${found.id} is ${found.status}")

    shop.loses("coin_withdrawals.create", andFails = "coin_withdrawals.retrieve_by_custom_id")
    val record =
        try {
            error("nothing was in doubt: ${pay("payout-2002", WriteOptions(timeout = Duration.ofSeconds(3)))}")
        } catch (unknown: OutcomeUnknownException) {
            unknown.record!! // text: this is what a program stores
        }
    shop.works()
    check(client.resolve(record).state == Resolution.State.APPLIED)
    so("one that could not even be read again left a record; resolved later it says: applied")
    check(shop.payouts().sorted() == listOf("payout-2001", "payout-2002"))
    so("the ledger shows each of them once, and every account balances")
}

private suspend fun wrongSecret(shop: Shop) {
    chapter("A wrong secret: the 401 explains itself")
    shop.client(apiSecret = "not-the-secret-of-this-key").use { stranger ->
        try {
            error("a wrong secret was believed: ${stranger.coins.list()}")
        } catch (error: UnauthenticatedException) {
            val signed = checkNotNull(error.signed)
            check("secret" in signed.likely)
            so("signed was ${signed.stringToSign.replace("\n", "⏎")}")
            so("likely: ${signed.likely}")
        }
    }
}

private suspend fun wrongClock(shop: Shop) {
    chapter("A clock that is an hour off heals itself")
    shop.skewed(Duration.ofHours(1))
    val attempts = shop.client().use { client -> List(2) { client.rates.retrieve("BTC", "EUR").outcome?.attempts } }
    shop.skewed(Duration.ZERO)
    check(attempts == listOf(2, 1))
    so("the first request got a 401; the client took the server's time from it, and the second went through")
}

private suspend fun manyAtOnce(shop: Shop) {
    chapter("A hundred calls at once, and the same without coroutines")
    shop.client(rateLimit = null).use { client ->
        val (made, took) =
            measureTimedValue {
                coroutineScope { List(100) { async { order(client, it + 1) } }.awaitAll() }.map(Invoice::id).toSet()
            }
        check(client.invoices.list().rows().map { it.id }.toSet().containsAll(made))
        so("${made.size} invoices in ${took.inWholeMilliseconds} ms, and the list has all of them")
    }
    BlockingCryptopay.builder(shop.url, shop.apiKey, shop.apiSecret).build().use { client ->
        val newest = client.invoices.list().take(3).map { it.customId }
        so("the blocking client lists the same ones: ${newest.joinToString()} …")
    }
}

private suspend fun order(client: Cryptopay, number: Int): Invoice =
    client.invoices.create(
        priceAmount = number.toBigDecimal(),
        priceCurrency = "EUR",
        payCurrency = "BTC",
        customId = "order-$number",
    )

private var chapters = 0

private fun chapter(title: String) = println("\n${++chapters}. $title")

private fun so(sentence: String) = println("   ✓ $sentence")
