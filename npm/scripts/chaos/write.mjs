// The writes that move money, each as a program would make it: with an id of its own, stored before the first call, and
// with everything that the client said kept for the judge.

const ADDRESS = "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ";
/** How many invoices are tried for one refund, and how long is waited before the next, at most. */
const INVOICES = 50;
const NEXT_INVOICE_MS = 30_000;

/** The kinds of writes: what creates one, what commits it, how the ledger calls its movement, and in which flow it counts. */
const KINDS = {
  payout: { create: "coin_withdrawals.create", moves: "CoinWithdrawal", flow: "create_force_commit" },
  payoutInTwo: {
    create: "coin_withdrawals.create",
    commit: "coin_withdrawals.commit",
    moves: "CoinWithdrawal",
    flow: "create_commit",
  },
  transfer: { create: "exchange_transfers.create", moves: "ExchangeTransfer", flow: "transfer" },
  transferInTwo: {
    create: "exchange_transfers.create",
    commit: "exchange_transfers.commit",
    moves: "ExchangeTransfer",
    flow: "transfer",
  },
  refund: { create: "invoices.create_refund", moves: "InvoiceRefund", flow: "refund" },
};
/** The flows by their names in the ledger of all languages. */
export const FLOWS = [...new Set(Object.values(KINDS).map(({ flow }) => flow))];

export class Write {
  log = [];
  /** The path of its POST, where its id stands in it. */
  path;
  /** What the client said; absent: it never came to it. */
  told;
  /** Whether that was about a quote, which moves nothing. */
  onlyQuoted = false;
  /** How often a program asked for it under its id. */
  calls = 0;
  resolved;
  /** The ids of the objects that it was said to be. */
  named = [];
  /** What another process said, where it was something else. */
  contradicted;

  constructor(kind, customId) {
    Object.assign(this, { kind, customId, ...KINDS[kind] });
  }

  /** The write that this one's `data()` tells of. */
  static of(data) {
    return Object.assign(new Write(data.kind, data.customId), data);
  }

  /** What became of it, as plain data. */
  data() {
    const { kind, customId, log, path, onlyQuoted, calls, resolved, named } = this;
    const told = this.told && { ...this.told, object: undefined };
    return { kind, customId, log, path, told, onlyQuoted, calls, resolved, named };
  }

  get pays() {
    return this.moves === "CoinWithdrawal";
  }

  get record() {
    return this.told?.told === "unknown" ? this.told.record : undefined;
  }

  /** Makes the write, and half of the times asks at once how it ended when the client does not know. */
  async make(caller) {
    const params = await this.#params(caller);
    let told = await this.#ask(caller, params);
    if (this.commit) {
      this.onlyQuoted = true;
      if (told.told === "success") {
        this.onlyQuoted = false;
        told = await this.#commit(caller, told.object);
      }
    }
    if (this.kind === "payout" && told.told === "unknown") told = await this.#again(caller, params, told);
    this.told = told;
    if (told.told === "success") this.#name(told.object);
    if (caller.random.onceIn(2)) await this.resolve(caller);
  }

  #ask(caller, params) {
    this.calls += 1;
    return caller.call(this.log, this.create, params);
  }

  /** Remembers which object it was said to be. */
  #name(object) {
    if (object?.id !== undefined) this.named.push(object.id);
  }

  /**
   * Makes it again under the same id, as the hint of an unknown payout says, one time in three: either it is made now, or it
   * is there already. Another error says nothing about the first.
   */
  async #again(caller, params, first) {
    if (!caller.random.onceIn(3)) return first;
    await caller.time.sleep(caller.random.between(0, 30_000));
    const told = await this.#ask(caller, params);
    if (told.told !== "refused") return told;
    return told.code === "duplicate_custom_id" ? { told: "exists" } : first;
  }

  /** Asks how the write ended, if that is not known yet. */
  async resolve(caller) {
    if (!this.record || (this.resolved ?? "unknown") !== "unknown") return;
    const { state, id } = await caller.resolve(this.log, this.record);
    this.resolved = state;
    if (state === "applied") this.#name({ id });
  }

  /** Takes what another process found out; it must not contradict what is known. */
  toldElsewhere({ state: status, id }) {
    if (status === "applied") this.#name({ id });
    if ((this.resolved ?? "unknown") === "unknown") this.resolved = status;
    // A quote that was there lapses: what is said of it last is true.
    else if (this.onlyQuoted) this.resolved = status;
    else if (this.resolved !== status) this.contradicted = status;
  }

  async #params(caller) {
    const form = caller.random.between(0, 2);
    const small = caller.random.between(1_000, 9_999);
    if (this.kind === "refund") return this.#overpaid(caller);
    const params = {
      charged_currency: "EUR",
      received_currency: "BTC",
      force_commit: !this.commit,
      custom_id: this.customId,
    };
    if (this.pays) params.address = ADDRESS;
    if (form === 0) params.received_amount = `0.0${small}`;
    else if (form === 1 && this.pays) params.charged_amount_to_send = `1${small % 100}.5`;
    else params.charged_amount = `${small}.5`;
    return params;
  }

  /**
   * An invoice that was paid too much, which is what can be refunded. One that the weather kept from being made is made under
   * another id: a refund that is left out in silence would be one that nobody judges.
   */
  async #overpaid(caller) {
    const wanted = this.customId;
    for (let attempt = 1; attempt <= INVOICES; attempt += 1) {
      if (attempt > 1) await caller.time.sleep(caller.random.between(0, NEXT_INVOICE_MS));
      this.customId = `${wanted}.${attempt}`;
      const invoice = { price_amount: "25.00", price_currency: "EUR", pay_currency: "BTC", custom_id: this.customId };
      const told = await caller.call(this.log, "invoices.create", invoice);
      if (told.told !== "success") continue;
      const { id } = told.object;
      const paid = await caller.sandbox.pay({ invoice_id: id, amount: "0.5" }).catch((error) => error.message);
      caller.note(this.log, `overpaid: ${JSON.stringify(paid)}`);
      if (paid.invoice?.status !== "unresolved") continue;
      this.path = `/api/invoices/${id}/refunds`;
      return { invoice_id: id, address: ADDRESS };
    }
    throw new Error(`no invoice could be overpaid for ${wanted} in ${INVOICES} attempts`);
  }

  /** Commits at once, soon, or too late, with the quote or with its id alone. */
  async #commit(caller, quote) {
    const when = caller.random.between(0, 9);
    const waitMs = when < 4 ? 0 : when < 9 ? caller.random.between(100, 24_000) : caller.random.between(24_000, 40_000);
    const withQuote = caller.random.onceIn(2);
    await caller.time.sleep(waitMs);
    const id = `${this.create.split(".")[0].slice(0, -1)}_id`;
    return caller.call(this.log, this.commit, { [id]: quote.id }, withQuote ? { quote } : {});
  }
}
