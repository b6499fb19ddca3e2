// The client: configuration in, calls out. It holds the resources, and its secrets where nothing can print them.

import { transport } from "#host";
import { argumentText } from "./arguments.js";
import { crossed, freed } from "./broken.js";
import { CallPromise, type Running } from "./call.js";
import { Callbacks } from "./callbacks.js";
import { type Core, IN_PAGE, startAhead, started } from "./core.js";
import { type CoreCall, drive, type Ended, type Host } from "./drive.js";
import {
  type Cause,
  cancelled,
  causeOf,
  closed,
  configuration,
  errorOf,
  invalidArgument,
  type PendingRecord,
} from "./errors.js";
import type { Fetch } from "./fetch/types.js";
import { type FetchFunction, webFetch } from "./fetch/web.js";
import {
  Accounts,
  Channels,
  Coins,
  CoinWithdrawals,
  Customers,
  ExchangeTransfers,
  Invoices,
  Rates,
  Subscriptions,
  Transactions,
} from "./generated/resources.js";
import { Observers, type Seen, type SeenName } from "./observe.js";
import type { AnyOptions, CallOptions, CryptopayOptions, NodeAgent } from "./options.js";
import { answered, type CallInfo, infoOf, objectOf } from "./outcome.js";
import { Pages } from "./pages.js";
import type { Runner } from "./resource.js";
import { systemTime } from "./time.js";
import { checkOptions, checkResolving, checkSettings, optionsText, settingsText } from "./words.js";

/** What `resolve` found out about a write whose outcome was unknown. */
export interface Resolution {
  /**
   * `applied`: it was done. `not_applied`: it was not and never will be. `unknown`: nothing is proven yet. Applied says that the
   * request was carried out, not that the money arrived: read the object's status.
   */
  readonly state: "applied" | "not_applied" | "unknown";
  /** The object, where one was read. */
  readonly value: Record<string, unknown> | null;
  /** For `unknown`: what stood in the way. Where it passes or can be mended (the network, a 401, a 5xx), ask again after that. */
  readonly reason: Cause | null;
  /** For `unknown`: when asking again can give an answer. `null`, and no `reason` to mend: no later read will tell. */
  readonly retryAt: Date | null;
  /** The fields in which an object that was found differs from the request. */
  readonly differing: readonly string[];
  /** How the resolving itself went. */
  readonly response: CallInfo;
}

interface CoreClient {
  begin(operation: string, start: string, observed: boolean): FreeableCall;
  resolve(start: string, observed: boolean): FreeableCall;
}

interface FreeableCall extends CoreCall {
  custom_id(): string | undefined;
  free(): void;
}

/** A client of one API key. */
export class Cryptopay {
  /** Accounts and their balances. */
  readonly accounts: Accounts;
  /** Addresses that take any number of payments. */
  readonly channels: Channels;
  /** Payouts. */
  readonly coinWithdrawals: CoinWithdrawals;
  /** Coins and their networks. */
  readonly coins: Coins;
  /** Your customers. */
  readonly customers: Customers;
  /** Exchanges between your accounts. */
  readonly exchangeTransfers: ExchangeTransfers;
  /** Requests for a payment with a fixed price. */
  readonly invoices: Invoices;
  /** Rates between currencies. */
  readonly rates: Rates;
  /** Repeated invoices. */
  readonly subscriptions: Subscriptions;
  /** The rows of the ledger, of all accounts. */
  readonly transactions: Transactions;
  /** Verifies, reads and signs callbacks. */
  readonly callbacks: Callbacks;

  readonly #config: string;
  readonly #host: Host;
  readonly #observers = new Observers();
  #client: CoreClient | undefined;
  #closed = false;

  /** @throws ConfigurationError that names the setting and says what to do */
  constructor(options: CryptopayOptions) {
    checkSettings(options);
    if (IN_PAGE && !options.dangerouslyAllowBrowser) {
      throw configuration(
        "a page must not hold an API secret: use the relay (cryptopay-client/relay), or set dangerouslyAllowBrowser when " +
          "every visitor may have it",
      );
    }
    const { secrets, config } = settingsText(options);
    // Only looked for: the first read makes Node load all of it, which takes 2 ms and is not needed before the first call.
    if (!options.time && !("crypto" in globalThis)) {
      throw configuration("this runtime is too old, it has no global crypto: use Node 20 or later");
    }
    this.#config = config;
    this.#host = {
      fetch: transportOf(options),
      time: options.time ?? systemTime,
      sharedLimit: options.sharedLimit ?? undefined,
      see: undefined,
      headers: [],
    };
    const core = started();
    if (core) this.#open(core);
    const runner: Runner = {
      call: (operation, params, options) => this.#call(operation, params, options),
      pages: (operation, params, options) => this.#pages(operation, params, options),
    };
    this.accounts = new Accounts(runner);
    this.channels = new Channels(runner);
    this.coinWithdrawals = new CoinWithdrawals(runner);
    this.coins = new Coins(runner);
    this.customers = new Customers(runner);
    this.exchangeTransfers = new ExchangeTransfers(runner);
    this.invoices = new Invoices(runner);
    this.rates = new Rates(runner);
    this.subscriptions = new Subscriptions(runner);
    this.transactions = new Transactions(runner);
    this.callbacks = new Callbacks(secrets);
  }

  /**
   * A client of `CRYPTOPAY_ENVIRONMENT`, `CRYPTOPAY_API_KEY`, `CRYPTOPAY_API_SECRET` and, where callbacks are verified,
   * `CRYPTOPAY_CALLBACK_SECRET` (several of those separated by commas). What is given here goes before the environment.
   * @returns the client, which has not connected yet
   * @throws ConfigurationError that names the variable which is not set, or is set wrongly
   */
  static fromEnv(options: Partial<CryptopayOptions> = {}): Cryptopay {
    const env = (globalThis as { process?: { env: Record<string, string | undefined> } }).process?.env ?? {};
    const named = { environment: "environment", apiKey: "API key", apiSecret: "API secret" };
    checkSettings(options);
    const settings: Record<string, unknown> = { ...options };
    const secrets = env["CRYPTOPAY_CALLBACK_SECRET"]?.split(",").filter(Boolean);
    if (secrets?.length) settings["callbackSecrets"] ??= secrets;
    for (const [option, words] of Object.entries(named)) {
      const variable = `CRYPTOPAY_${words.toUpperCase().replace(" ", "_")}`;
      settings[option] ??= env[variable] || undefined;
      if (settings[option] === undefined)
        throw configuration(`the ${words} is missing, set the environment variable ${variable}`);
    }
    return new this(settings as unknown as CryptopayOptions);
  }

  /**
   * Tells an observer every step of every call (`step`), or only those of one name: `fetch` before a request leaves, `sleep`
   * and `permit` before a wait, `done` at the end. It is called in the middle of the call, so it must be quick.
   * What comes back removes it.
   */
  on(name: SeenName, tell: (seen: Seen) => void): () => void {
    return this.#observers.add(name, tell);
  }

  /**
   * Finds out how the write of a record ended, in any process and as often as needed. Only reads. `applied` and `not_applied`
   * are final; `unknown` is not: ask again at `retryAt`, and do not pay again. Applied says that the request was carried out,
   * not that the money arrived: read the object's status.
   * @returns how it ended, with the object where one was read; `unknown` also without a network or with wrong keys
   * @throws InvalidArgumentError for what is no record, and for an option that is wrong
   */
  async resolve(record: PendingRecord, options?: CallOptions): Promise<Resolution> {
    this.#alive();
    checkResolving(options);
    if (record === undefined || record === null)
      throw invalidArgument("resolve", "record", "is missing: give the `record` that the error carries");
    if (typeof record === "string")
      throw invalidArgument("resolve", "record", "is text: give what JSON.parse makes of it");
    const core = started() ?? (await startAhead());
    const text = argumentText("resolve", record);
    const start = this.#start("resolve", text, options);
    const call = crossed("resolve", () => this.#open(core).resolve(start, this.#observers.any));
    const ended = await this.#drive(call, "resolve", options).finally(() => freed(call));
    const { done } = ended;
    if (done.error) throw errorOf(done.error, ended.cause);
    const { retry_at_ms: retry, cause, differing } = done.unresolved ?? {};
    return {
      state: done.resolved ?? "unknown",
      value: objectOf(ended) as Record<string, unknown> | null,
      reason: causeOf(cause),
      retryAt: retry == null ? null : new Date(retry),
      differing: differing ?? [],
      response: infoOf(ended),
    };
  }

  /** Closes the connections. Calls that run are not disturbed; later ones end as `MisuseError`. */
  close(): void {
    this.#closed = true;
    this.#host.fetch.close?.();
  }

  /** Plain data for logs, without a secret. */
  toJSON(): Record<string, unknown> {
    return { name: "Cryptopay" };
  }

  #alive(): void {
    if (this.#closed) throw closed();
  }

  #open(core: Core): CoreClient {
    if (!this.#client) {
      try {
        this.#client = crossed("client", () => new core.Client(this.#config) as CoreClient);
      } catch (cause) {
        throw typeof cause === "string" ? configuration(cause) : cause;
      }
      this.#host.headers = core.response_headers().split(",");
    }
    return this.#client;
  }

  #call<T>(operation: string, params: object, options?: AnyOptions): CallPromise<T> {
    let call: FreeableCall | undefined;
    let customId: string | null = null;
    let last: PendingRecord | null | undefined;
    let ended: Promise<Ended>;
    try {
      this.#alive();
      checkOptions(operation, options);
      if (options?.signal?.aborted) throw cancelled(operation, options.signal.reason);
      // Taken as text at once: what the caller changes later is not sent.
      const text = argumentText(operation, params);
      const begin = (core: Core) => {
        const begun = this.#begin(core, operation, text, options);
        call = begun;
        customId = crossed(operation, () => begun.custom_id()) ?? null;
        return this.#drive(begun, operation, options);
      };
      const core = started();
      ended = core ? begin(core) : startAhead().then(begin);
    } catch (cause) {
      ended = Promise.reject(cause);
    }
    const running: Running = {
      customId: () => customId,
      pending: () => (last === undefined ? pendingOf(call) : last),
      answered: ended.then(
        (ended) => {
          last = pendingOf(call);
          const read = answered(call as FreeableCall, operation, ended, options?.quote);
          freed(call);
          return read;
        },
        (error) => {
          last = (error as { record?: PendingRecord } | null)?.record ?? null;
          freed(call);
          throw error;
        },
      ),
    };
    return new CallPromise<T>(running);
  }

  #pages<T>(operation: string, params: object, options?: AnyOptions): Pages<T> {
    // Taken as text at once, refused when the list is read: what gives a promise does not throw.
    let text: () => string;
    try {
      checkOptions(operation, options);
      const taken = argumentText(operation, params);
      text = () => taken;
    } catch (cause) {
      text = () => {
        throw cause;
      };
    }
    return new Pages<T>(operation, text, {
      core: async () => started() ?? (await startAhead()),
      run: async (params, read) => {
        this.#alive();
        const core = started() ?? (await startAhead());
        const call = this.#begin(core, operation, params, options);
        const ended = this.#drive(call, operation, options);
        return ended.then((ended) => read(ended, call)).finally(() => freed(call));
      },
    });
  }

  #begin(core: Core, operation: string, params: string, options: AnyOptions | undefined): FreeableCall {
    const start = this.#start(operation, params, options);
    return crossed(operation, () => this.#open(core).begin(operation, start, this.#observers.any));
  }

  #drive(call: FreeableCall, operation: string, options: CallOptions | undefined): Promise<Ended> {
    const see = this.#observers.any ? this.#observers.tell : undefined;
    return drive(call, operation, see ? { ...this.#host, see } : this.#host, options?.signal);
  }

  #start(operation: string, params: string, options: AnyOptions | undefined): string {
    const { unixMs, tickMs } = this.#host.time.now();
    const given = options ? `,"options":${optionsText(operation, options)}` : "";
    return `{"unix_ms":${unixMs},"tick_ms":${tickMs},"entropy":"${this.#host.time.entropy()}","params":${params}${given}}`;
  }
}

function pendingOf(call: FreeableCall | undefined): PendingRecord | null {
  return JSON.parse(call?.pending() ?? "null") as PendingRecord | null;
}

/** The transport that a client has without one of yours, for those who wrap it. */
export function defaultFetch(agent?: NodeAgent): Fetch {
  return transport(agent);
}

function transportOf({ fetch, agent }: CryptopayOptions): Fetch {
  if (typeof fetch === "function") return webFetch(fetch as FetchFunction);
  if (fetch) return fetch;
  if (IN_PAGE && !new Request("http://localhost/", { headers: { Date: "x" } }).headers.has("date")) {
    throw configuration(
      "pages cannot send the Date header of a signed request: give a `fetch` that forwards, or use the relay",
    );
  }
  return transport(agent);
}
