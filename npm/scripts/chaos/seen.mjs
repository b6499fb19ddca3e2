// What the server saw of the writes of one run, from its journal and its ledger: how often each was sent and looked for, how
// often its money arrived, which object is its own, and which money moved that nobody asked for.

/** Where the money arrives, by reason: that entry of each movement is counted. */
const ARRIVES = { CoinWithdrawal: "world", InvoiceRefund: "merchant", ExchangeTransfer: "merchant" };
/** The ledger's list of the objects that move it, by reason. */
const LISTS = { CoinWithdrawal: "withdrawals", InvoiceRefund: "refunds", ExchangeTransfer: "transfers" };
/** Answers with which a request was certainly not carried out. */
const TURNED_AWAY = [401, 429];
/** How often a payout has to be looked for before it is sent once more (W5). */
const LOOKS = 2;
/** How often one call sends at most: once, and for a payout once more. */
const SENDS = 2;
const CREATES = { CoinWithdrawal: "coin_withdrawals.create", ExchangeTransfer: "exchange_transfers.create" };
const LOOK = "coin_withdrawals.retrieve_by_custom_id";

export class Seen {
  #journal;
  #ledger;
  /** How often money arrived, by reason and id. */
  #moved = new Map();
  /** What is wrong whatever the writes were told: `[doubled or lost, what]`. */
  wrong = [];

  constructor(ledger, journal) {
    // What it has forgotten could be the very request that was sent twice.
    if (journal.length > 0 && journal[0].n !== 1) throw new Error("the journal is not whole");
    this.#ledger = ledger;
    this.#journal = journal;
    for (const { reference_type: reason, custom_id: id, to } of ledger.entries) {
      if (to !== ARRIVES[reason]) continue;
      // A refund to an address leaves as a withdrawal without an id: that one is counted with its refund.
      if (reason === "CoinWithdrawal" && id == null) continue;
      const key = keyOf(reason, id);
      this.#moved.set(key, (this.#moved.get(key) ?? 0) + 1);
    }
    if (ledger.balanced !== true) this.wrong.push(["lost", "the ledger is not balanced"]);
    this.#refunds();
  }

  /** A refund to an address is paid out once, and nothing else is paid out without an id. */
  #refunds() {
    for (const { id } of this.#ledger.refunds.filter(({ address }) => address != null)) {
      const paid = this.#ledger.withdrawals.filter((one) => one.refund_id === id).length;
      if (paid !== 1) this.wrong.push([paid > 1 ? "doubled" : "lost", `refund ${id} was paid out ${paid} times`]);
    }
    for (const one of this.#ledger.withdrawals)
      if (one.custom_id == null && one.refund_id == null)
        this.wrong.push(["doubled", `withdrawal ${one.id} has no custom_id and is no refund's`]);
  }

  /** How often the money of a write moved. */
  moved({ moves, customId }) {
    return this.#moved.get(keyOf(moves, customId)) ?? 0;
  }

  /** The money that moved for none of these writes, in words. */
  strays(writes) {
    const known = new Set(writes.map(({ moves, customId }) => keyOf(moves, customId)));
    return [...this.#moved].flatMap(([key, times]) =>
      known.has(key) ? [] : [`${key} moved ${times} times, and nobody asked for it`],
    );
  }

  /** Whether a write was sent again after it may have been carried out, and without the looks that allow it. */
  sentAgain(write) {
    if (write.moves === "InvoiceRefund") return this.#refundedAgain(write);
    // The quote of a transfer moves nothing and is made as often as it takes.
    if (write.moves === "ExchangeTransfer" && write.commit) return false;
    return this.#callsSeen(write) > write.calls;
  }

  /**
   * How many calls it takes at least to have sent what was sent: one sends twice at most, and a second time only a payout that
   * was looked for twice in between. A program that asks again under the same id makes a call of its own.
   */
  #callsSeen({ moves, customId }) {
    let calls = 0;
    let sends = 0;
    let looks = 0;
    for (const { operation, custom_id: id, path, status } of this.#journal) {
      if (operation === LOOK && path.endsWith(`/${encodeURIComponent(customId)}`)) looks += 1;
      if (operation !== CREATES[moves] || id !== customId || TURNED_AWAY.includes(status)) continue;
      const goesOn = moves === "CoinWithdrawal" && sends > 0 && sends < SENDS && looks >= LOOKS;
      sends = goesOn ? sends + 1 : 1;
      if (!goesOn) calls += 1;
      looks = 0;
    }
    return calls;
  }

  /** Nothing makes a refund unique: it is sent again only after answers that say that it was not made. */
  #refundedAgain({ path }) {
    const posts = this.#journal.filter((one) => path !== undefined && one.path === path && one.method === "POST");
    const doubt = ({ status }) => status == null || status < 400 || status === 408 || status === 425 || status >= 500;
    const first = posts.findIndex(doubt);
    return first >= 0 && first < posts.length - 1;
  }

  /** Whether an object that was handed back for a write is not the one that the ledger has for it. */
  isAnother({ moves, customId, onlyQuoted, named }) {
    const own = this.#ledger[LISTS[moves]].filter((one) => one.custom_id === customId);
    // Quotes share their id with what was made in their place: money is moved by the one that was committed.
    const meant = own.filter(({ committed }) => onlyQuoted || committed !== false);
    return meant.length > 0 && named.some((id) => meant.every((one) => one.id !== id));
  }

  /** What the client did for this write, and what the server saw of it. */
  story({ log, customId }) {
    const told = log.map(([at, line]) => [at, `client   ${line}`]);
    for (const { at_ms: at, method, path, custom_id: id, n, status, fault, applied } of this.#journal) {
      const sent = `${method} ${path}`;
      // What has no id is known by the time, which is the same on both sides but for a few ms.
      if (id === customId || log.some(([tick, line]) => Math.abs(tick - at) <= 60 && line.endsWith(sent)))
        told.push([at, `server   ${sent}: ${JSON.stringify({ n, status, fault, applied })}`]);
    }
    return told.sort(([one], [other]) => one - other).map(([at, line]) => `${String(at).padStart(9)} ms ${line}`);
  }
}

const keyOf = (reason, id) => `${reason} ${id}`;
