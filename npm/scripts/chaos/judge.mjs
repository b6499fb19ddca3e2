// Compares what the client said with what the server did, after every late request has been carried out: a success is
// exactly one movement of money, a definite error none, and what was unknown is what `resolve` says.

import { Seen } from "./seen.mjs";
import { FLOWS } from "./write.mjs";

/** How many movements a write should have made, by what was said; nothing for what is still unknown. */
const EXPECTED = { success: 1, exists: 1, refused: 0, applied: 1, not_applied: 0 };
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
  /** What is to be told of each write that was doubled or lost, or stayed unknown. */
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

  add(write, seen) {
    const { told, resolved } = write;
    const moved = seen.moved(write);
    const said = told?.told === "unknown" ? (resolved ?? "unknown") : told?.told;
    if (told) this[write.pays ? "payouts" : "others"] += 1;
    // A quote that was never committed is no payment: it stands in no other column, but must have moved nothing.
    if (told && !write.onlyQuoted) this.#count(write, said);
    // That is so however it was found; and what was never tried moves nothing either.
    const expected = write.onlyQuoted || !said ? 0 : EXPECTED[said];
    // A quote needs no record: it is made again.
    const withoutRecord = told?.told === "unknown" && !write.record && !write.onlyQuoted;
    let offence;
    if (moved > 1 || seen.sentAgain(write)) offence = "doubled";
    else if (expected !== undefined && expected !== moved) offence = "lost";
    else if (withoutRecord || write.contradicted || seen.isAnother(write)) offence = "lost";
    // Each of these writes can be found again by reading, quotes too: none may stay unknown.
    else if (write.record && said === "unknown") offence = "unknown";
    const flow = this.flows.get(write.flow);
    if (!offence) {
      if (write.record && !write.onlyQuoted) flow.resolved += 1;
      return;
    }
    flow[offence] += 1;
    if (offence !== "unknown") this[offence] += 1;
    const { customId, named, contradicted: elsewhere } = write;
    const what = `${write.kind} ${customId}: the client said ${JSON.stringify({ ...told, resolved, elsewhere, named })}`;
    this.#offend(offence, [`${what}; the money moved ${moved} times`, ...seen.story(write)].join("\n  "));
  }

  #count({ told, record, flow }, said) {
    this.flows.get(flow).done += 1;
    if (told.told === "success") this[told.recovered ? "recovered" : "atOnce"] += 1;
    else this[COLUMN[told.told]] += 1;
    if (told.told === "refused") count(this.codes, told.code);
    if (told.told !== "unknown") return;
    count(this.causes, record?.cause?.code ?? "none");
    this[RESOLVED[said] ?? "stillUnknown"] += 1;
  }

  /** What is wrong with the run, and with no write of it. */
  addWrong(offence, what) {
    this[offence] += 1;
    this.#offend(offence, what);
  }

  #offend(offence, what) {
    this.offences.push(`${offence.toUpperCase()}: ${what}`);
  }

  /** How many writes another process could not tell the end of. */
  get unknownForEver() {
    return [...this.flows.values()].reduce((sum, flow) => sum + flow.unknown, 0);
  }

  /** What has to have happened before the rest says anything: without weather, recovery or doubt, this was another program. */
  unproven(payouts) {
    const missing = [];
    if (this.payouts !== payouts) missing.push(`${this.payouts} payouts were made, not ${payouts}`);
    if (this.struck === 0) missing.push("no request was struck");
    if (this.recovered === 0) missing.push("no write was recovered");
    if (this.unknown === 0) missing.push("no write was unknown at first");
    for (const [flow, { done }] of this.flows) if (done === 0) missing.push(`no ${flow} was made`);
    return missing;
  }
}

/** Judges the writes of one run. */
export function judge(writes, ledger, journal) {
  const verdict = new Verdict();
  const seen = new Seen(ledger, journal);
  verdict.requests = journal.length;
  verdict.struck = journal.filter(({ fault }) => fault != null).length;
  for (const [offence, what] of seen.wrong) verdict.addWrong(offence, what);
  for (const stray of seen.strays(writes)) verdict.addWrong("doubled", stray);
  for (const write of writes) verdict.add(write, seen);
  return verdict;
}

function count(map, key, times = 1) {
  map.set(key, (map.get(key) ?? 0) + times);
}
