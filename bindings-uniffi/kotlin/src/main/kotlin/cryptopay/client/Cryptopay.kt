package cryptopay.client

import cryptopay.client.callbacks.Callbacks
import java.time.Duration

/**
 * The API, in coroutines. One client serves any number of them; make one for each API key and keep it.
 *
 * @param environment `"sandbox"`, `"production"` or a base URL. There is no default: it decides about real money.
 * @param apiKey The API key.
 * @param apiSecret The API secret. It is never sent or printed.
 * @param callbackSecrets The secrets of callbacks, the current one first; several while one is replaced.
 * @param timeout How long a whole call may take: waits, attempts and finding out how a write ended. Default 90 s.
 * @param attemptTimeout How long one attempt may take. Default 15 s.
 * @param maxRetries How often an operation may be sent again; 0 means one request. Default 3.
 * @param rateLimit Requests a minute, 1 to 200. Default 195, for one client per key; with several processes 195 divided
 *   by their number. Null: no limit of its own.
 * @param sharedLimit A limit that several processes share; where it fails `rateLimit` decides: set that to 195 divided
 *   by their number as well.
 * @param userAgentSuffix Added to the `User-Agent`.
 * @param maxBody The largest answer that is read, in bytes. Null, the default: 16 MiB.
 * @param fetch The transport, closed with the client. By default the JDK's own client.
 * @param observers Are told every step of every call.
 * @param time Clock and waiting, for tests.
 * @throws ConfigurationException A setting is missing or wrong; the text says which and what to do.
 */
public class Cryptopay(
    private val environment: String,
    apiKey: String,
    apiSecret: String,
    callbackSecrets: List<String> = emptyList(),
    timeout: Duration = Defaults.TIMEOUT,
    attemptTimeout: Duration = Defaults.ATTEMPT_TIMEOUT,
    maxRetries: Int = Defaults.MAX_RETRIES,
    rateLimit: Int? = Defaults.RATE_LIMIT,
    sharedLimit: PermitStore? = null,
    userAgentSuffix: String? = null,
    maxBody: Long? = null,
    fetch: Fetch? = null,
    observers: List<Observer> = emptyList(),
    time: Time? = null,
) : AutoCloseable {
    internal val engine =
        Engine(
            Settings(
                    environment,
                    apiKey,
                    apiSecret,
                    callbackSecrets,
                    timeout,
                    attemptTimeout,
                    maxRetries,
                    rateLimit,
                    sharedLimit != null,
                    userAgentSuffix,
                    maxBody,
                )
                .core(),
            fetch ?: JdkFetch(),
            time ?: RealTime,
            observers.toList(),
            sharedLimit,
        )

    /** Verifies callbacks with this client's secrets. */
    public val callbacks: Callbacks = Callbacks(callbackSecrets)

    /** Accounts: one for each currency. */
    public val accounts: Accounts = Accounts(engine)

    /** Channels: addresses that take any number of payments. */
    public val channels: Channels = Channels(engine)

    /** Payouts: coins sent from an account to an address. */
    public val coinWithdrawals: CoinWithdrawals = CoinWithdrawals(engine)

    /** Coins: what the project can be paid in and can pay out. */
    public val coins: Coins = Coins(engine)

    /** Customers: whom invoices, channels and payouts are for. */
    public val customers: Customers = Customers(engine)

    /** Exchange transfers: money moved from one account to another. */
    public val exchangeTransfers: ExchangeTransfers = ExchangeTransfers(engine)

    /** Invoices: payments with a fixed price. */
    public val invoices: Invoices = Invoices(engine)

    /** Rates between currencies. */
    public val rates: Rates = Rates(engine)

    /** Subscriptions: invoices sent by mail for every period. */
    public val subscriptions: Subscriptions = Subscriptions(engine)

    /** The ledger: every movement on the accounts. */
    public val transactions: Transactions = Transactions(engine)

    /**
     * Finds out how the write of a record ended: applied, not applied, or still unknown. It only reads, so it may be
     * called at any time and from any process. Applied says that the request was carried out, not that the money
     * arrived: read the object's status.
     *
     * @param record What [CryptopayException.record], [Outcome.record] or [pendingOf] gave, unchanged.
     * @param options What is set for this call alone.
     * @return How it ended, with the object where one was read; unknown also without a network or with wrong keys.
     * @throws InvalidArgumentException It is no record, or an option is wrong.
     * @throws MisuseException The client is closed.
     */
    public suspend fun resolve(record: String, options: ReadOptions = ReadOptions()): Resolution =
        engine.run(RESOLVE, record(record), options) { resolution(it, record) }

    /**
     * Refuses later calls, which throw [MisuseException], and closes the connections. A call that waits for an answer
     * gets it, and its connection closes then; what it would send after that is not sent.
     */
    override fun close(): Unit = engine.close()

    override fun toString(): String = "Cryptopay($environment)"

    public companion object {
        /**
         * A client of what `CRYPTOPAY_ENVIRONMENT`, `CRYPTOPAY_API_KEY`, `CRYPTOPAY_API_SECRET` and
         * `CRYPTOPAY_CALLBACK_SECRET` (several with commas) say. All else is that of the constructor.
         *
         * @throws ConfigurationException One of the first three is missing, or a setting is wrong; the text says which.
         */
        public fun fromEnv(
            variables: Map<String, String> = System.getenv(),
            timeout: Duration = Defaults.TIMEOUT,
            attemptTimeout: Duration = Defaults.ATTEMPT_TIMEOUT,
            maxRetries: Int = Defaults.MAX_RETRIES,
            rateLimit: Int? = Defaults.RATE_LIMIT,
            sharedLimit: PermitStore? = null,
            userAgentSuffix: String? = null,
            maxBody: Long? = null,
            fetch: Fetch? = null,
            observers: List<Observer> = emptyList(),
            time: Time? = null,
        ): Cryptopay =
            Variables(variables).run {
                Cryptopay(
                    environment,
                    apiKey,
                    apiSecret,
                    callbackSecrets,
                    timeout,
                    attemptTimeout,
                    maxRetries,
                    rateLimit,
                    sharedLimit,
                    userAgentSuffix,
                    maxBody,
                    fetch,
                    observers,
                    time,
                )
            }
    }
}
