package cryptopay.client

private const val ADDRESS = "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ"
private val AMOUNT = "0.01".toBigDecimal()

/** The payout of tests that ask what becomes of one, whatever it is. */
internal suspend fun pay(client: Cryptopay, customId: String = "p-1") =
    client.coinWithdrawals.create(
        ADDRESS,
        "EUR",
        "BTC",
        receivedAmount = AMOUNT,
        customId = customId,
        forceCommit = true,
    )

/** The same, blocking. */
internal fun pay(client: BlockingCryptopay) =
    client.coinWithdrawals.create(ADDRESS, "EUR", "BTC", receivedAmount = AMOUNT, customId = "p-1", forceCommit = true)
