// Compares what the client said with what the server did, after every late request has been carried out: a success is
// exactly one movement of money, a definite error none, and what was unknown is what `resolve` says.

import { FLOWS } from "./write.mjs";

/** How many movements a write should have made, by what was said; nothing for what is still unknown. */
const EXPECTED = { success: 1, exists: 1, refused: 0, applied: 1, not_applied: 0 };
/** Where the money arrives, by reason: that entry of each movement is counted. */
const ARRIVES = { CoinWithdrawal: "world", InvoiceRefund: "merchant", ExchangeTransfer: "merchant" };
/** The columns by what was said. */
const COLUMN = { exists: "exists", refused: "refused", unknown: "unknown" };
const RESOLVED = { applied: "applied", not_applied: "notApplied" };

/** What the ledger of all languages says of a flow, in its order. */
const COUNTS = ["done", "doubled", "lost", "resolved", "unknown"];

/** How the writes of a run ended. */
export class Verdict {
  /** The counts of each flow. */
  flows = new Map(FLOWS.map((flow) => [flow, Object.fromEntries(COUNTS.map((name) => [name, 0]))]));
  payouts = 0;
  others = 0;
  atOnce = 0;
  recovered = 0;
  exists = 0;
  refused = 0;
  unknown = 0;
  applied = 0;
  notApplied = 0;
  stillUnknown = 0;
  doubled = 0;
  lost = 0;
  requests = 0;
  struck = 0;
  /** The codes of the definite errors. */
  codes = new Map();
  /** What kept the client from knowing. */
  causes = new Map();
  /** What is to be told of each doubled or lost write. */
  offences = [];

  addUp(other) {
    for (const [name, value] of Object.entries(other)) {
      if (name === "flows") this.#addFlows(value);
      else if (typeof value === "number") this[name] += value;
      else if (Array.isArray(value)) this[name].push(...value);
      else for (const [code, times] of value) count(this[name], code, times);
    }
  }

  #addFlows(flows) {
    for (const [flow, counts] of flows) for (const name of COUNTS) this.flows.get(flow)[name] += counts[name];
  }

  /** The lines of the ledger of all languages for one run. */
  lines(world, seed) {
    return [...this.flows].map(([flow, counts]) =>
      [flow, world, seed, ...COUNTS.map((name) => counts[name])].join("\t"),
    );
  }

  add(write, moved, journal) {
    const { told, resolved } = write;
    this[write.pays ? "payouts" : "others"] += 1;
    let said = told?.told;
    if (said === "success") this[told.recovered ? "recovered" : "atOnce"] += 1;
    else if (said) this[COLUMN[said]] += 1;
    if (said === "refused") count(this.codes, told.code);
    if (said === "unknown") {
      count(this.causes, write.record?.cause?.code ?? "none");
      said = resolved ?? "unknown";
      this[RESOLVED[said] ?? "stillUnknown"] += 1;
    }
    // A quote that was never committed moves nothing, however it was found; nor does what was never tried.
    const expected = write.onlyQuoted || !said ? 0 : EXPECTED[said];
    // A quote needs no record: it is made again.
    const withoutRecord = told?.told === "unknown" && !write.record && !write.onlyQuoted;
    const offence =
      moved > 1 || sentAgain(write, journal)
        ? "doubled"
        : (expected !== undefined && expected !== moved) || withoutRecord || write.contradicted
          ? "lost"
          : undefined;
    const flow = this.flows.get(write.flow);
    if (told) flow.done += 1;
    if (write.record && !offence) flow[said === "unknown" ? "unknown" : "resolved"] += 1;
    if (!offence) return;
    flow[offence] += 1;
    this[offence] += 1;
    const what = `${write.kind} ${write.customId}: the client said ${JSON.stringify({ ...told, resolved, elsewhere: write.contradicted })}`;
    this.offences.push(
      [`${offence.toUpperCase()}: ${what}; the money moved ${moved} times`, ...story(write, journal)].join("\n  "),
    );
  }
}

/** Judges the writes of one run. */
export function judge(writes, ledger, journal) {
  const verdict = new Verdict();
  const moved = new Map();
  for (const { reference_type: reason, custom_id: id, to } of ledger.entries) {
    if (reason in ARRIVES && to === ARRIVES[reason]) count(moved, `${reason} ${id}`);
  }
  verdict.requests = journal.length;
  verdict.struck = journal.filter(({ fault }) => fault != null).length;
  if (ledger.balanced !== true) {
    verdict.lost += 1;
    verdict.offences.push("LOST: the ledger is not balanced");
  }
  for (const write of writes) verdict.add(write, moved.get(`${write.moves} ${write.customId}`) ?? 0, journal);
  return verdict;
}

/** Whether a refund, which nothing makes unique, was sent again after it may have been applied. */
function sentAgain({ path }, journal) {
  const posts = journal.filter((entry) => path !== undefined && entry.path === path && entry.method === "POST");
  const doubt = ({ status }) => status == null || status < 400 || status === 408 || status === 425 || status >= 500;
  const first = posts.findIndex(doubt);
  return first >= 0 && first < posts.length - 1;
}

/** What the client did for this write, and what the server saw of it. */
function story({ log }, journal) {
  const told = log.map(([at, line]) => [at, `client   ${line}`]);
  for (const { at_ms: at, method, path, n, status, fault, applied } of journal) {
    const sent = `${method} ${path}`;
    // A create has no id in its path: it is known by the time, which is the same on both sides but for a few ms.
    if (log.some(([tick, line]) => Math.abs(tick - at) <= 60 && line.endsWith(sent)))
      told.push([at, `server   ${sent}: ${JSON.stringify({ n, status, fault, applied })}`]);
  }
  return told.sort(([one], [other]) => one - other).map(([at, line]) => `${String(at).padStart(9)} ms ${line}`);
}

function count(map, key, times = 1) {
  map.set(key, (map.get(key) ?? 0) + times);
}
