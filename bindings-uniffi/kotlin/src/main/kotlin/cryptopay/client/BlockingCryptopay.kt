package cryptopay.client

import cryptopay.client.callbacks.Callbacks
import java.time.Duration

/**
 * The API, blocking, for Java and for Kotlin without coroutines. Safe to use from many threads; make one for each API
 * key and keep it. An interruption ends a call at once: it throws [CallCancelledException] or
 * [OutcomeUnknownException], never [InterruptedException], and the thread stays interrupted. Clear that with
 * `Thread.interrupted()` before [resolve].
 */
public class BlockingCryptopay private constructor(private val environment: String, made: Builder) : AutoCloseable {
    private val engine =
        BlockingEngine(
            made.settings().core(),
            made.fetch ?: BlockingJdkFetch(),
            made.time ?: BlockingRealTime,
            made.observers.toList(),
            made.sharedLimit,
        )

    /** Verifies callbacks with this client's secrets. */
    @get:JvmName("callbacks") public val callbacks: Callbacks = Callbacks(made.callbackSecrets)

    /** Accounts: one for each currency. */
    @get:JvmName("accounts") public val accounts: BlockingAccounts = BlockingAccounts(engine)

    /** Channels: addresses that take any number of payments. */
    @get:JvmName("channels") public val channels: BlockingChannels = BlockingChannels(engine)

    /** Payouts: coins sent from an account to an address. */
    @get:JvmName("coinWithdrawals")
    public val coinWithdrawals: BlockingCoinWithdrawals = BlockingCoinWithdrawals(engine)

    /** Coins: what the project can be paid in and can pay out. */
    @get:JvmName("coins") public val coins: BlockingCoins = BlockingCoins(engine)

    /** Customers: whom invoices, channels and payouts are for. */
    @get:JvmName("customers") public val customers: BlockingCustomers = BlockingCustomers(engine)

    /** Exchange transfers: money moved from one account to another. */
    @get:JvmName("exchangeTransfers")
    public val exchangeTransfers: BlockingExchangeTransfers = BlockingExchangeTransfers(engine)

    /** Invoices: payments with a fixed price. */
    @get:JvmName("invoices") public val invoices: BlockingInvoices = BlockingInvoices(engine)

    /** Rates between currencies. */
    @get:JvmName("rates") public val rates: BlockingRates = BlockingRates(engine)

    /** Subscriptions: invoices sent by mail for every period. */
    @get:JvmName("subscriptions") public val subscriptions: BlockingSubscriptions = BlockingSubscriptions(engine)

    /** The ledger: every movement on the accounts. */
    @get:JvmName("transactions") public val transactions: BlockingTransactions = BlockingTransactions(engine)

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
    @JvmOverloads
    public fun resolve(record: String, options: ReadOptions = ReadOptions()): Resolution =
        engine.run(RESOLVE, record(record), options) { resolution(it, record) }

    /**
     * Refuses later calls, which throw [MisuseException], and closes the connections. A call that waits for an answer
     * gets it, and its connection closes then; what it would send after that is not sent.
     */
    override fun close(): Unit = engine.close()

    override fun toString(): String = "BlockingCryptopay($environment)"

    public companion object {
        /**
         * Begins a client. [environment] is `"sandbox"`, `"production"` or a base URL; there is no default: it decides
         * about real money.
         */
        @JvmStatic
        public fun builder(environment: String, apiKey: String, apiSecret: String): Builder =
            Builder(environment, apiKey, apiSecret)

        /**
         * Begins a client of what `CRYPTOPAY_ENVIRONMENT`, `CRYPTOPAY_API_KEY`, `CRYPTOPAY_API_SECRET` and
         * `CRYPTOPAY_CALLBACK_SECRET` (several with commas) say.
         *
         * @throws ConfigurationException One of the first three is missing; the text says which.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromEnv(variables: Map<String, String> = System.getenv()): Builder =
            Variables(variables).run { Builder(environment, apiKey, apiSecret).callbackSecrets(callbackSecrets) }
    }

    /** Collects the settings of a client. */
    public class Builder
    internal constructor(private val environment: String, private val apiKey: String, private val apiSecret: String) {
        internal var callbackSecrets: List<String> = emptyList()
        private var timeout = Defaults.TIMEOUT
        private var attemptTimeout = Defaults.ATTEMPT_TIMEOUT
        private var maxRetries = Defaults.MAX_RETRIES
        private var rateLimit: Int? = Defaults.RATE_LIMIT
        private var userAgentSuffix: String? = null
        private var maxBody: Long? = null
        internal var sharedLimit: BlockingPermitStore? = null
        internal var fetch: BlockingFetch? = null
        internal val observers = ArrayList<Observer>()
        internal var time: BlockingTime? = null

        /** The secrets of callbacks, the current one first; several while one is replaced. */
        public fun callbackSecrets(secrets: List<String>): Builder = apply { callbackSecrets = secrets.toList() }

        /** How long a whole call may take: waits, attempts and finding out how a write ended. Default 90 s. */
        public fun timeout(timeout: Duration): Builder = apply { this.timeout = timeout }

        /** How long one attempt may take. Default 15 s. */
        public fun attemptTimeout(timeout: Duration): Builder = apply { attemptTimeout = timeout }

        /** How often an operation may be sent again; 0 means one request. Default 3. */
        public fun maxRetries(retries: Int): Builder = apply { maxRetries = retries }

        /**
         * Requests a minute, 1 to 200. Default 195, for one client per key; with several processes 195 divided by their
         * number. Null: no limit of its own.
         */
        public fun rateLimit(limit: Int?): Builder = apply { rateLimit = limit }

        /**
         * A limit that several processes share; where it fails `rateLimit` decides: set that to 195 divided by their
         * number as well.
         */
        public fun sharedLimit(store: BlockingPermitStore): Builder = apply { sharedLimit = store }

        /** Added to the `User-Agent`. */
        public fun userAgentSuffix(suffix: String): Builder = apply { userAgentSuffix = suffix }

        /** The largest answer that is read, in bytes. Default 16 MiB. */
        public fun maxBody(bytes: Long): Builder = apply { maxBody = bytes }

        /** The transport, closed with the client. By default the JDK's own client. */
        public fun fetch(fetch: BlockingFetch): Builder = apply { this.fetch = fetch }

        /** Is told every step of every call. */
        public fun observer(observer: Observer): Builder = apply { observers += observer }

        /** Clock and waiting, for tests. */
        public fun time(time: BlockingTime): Builder = apply { this.time = time }

        /**
         * The client.
         *
         * @throws ConfigurationException A setting is missing or wrong; the text says which and what to do.
         */
        public fun build(): BlockingCryptopay = BlockingCryptopay(environment, this)

        internal fun settings() =
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
    }
}
