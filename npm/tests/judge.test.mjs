// The judge of scripts/chaos.mjs must be able to find something wrong: each of its rules meets a run that it lets pass, and the
// same run with one thing changed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, Verdict } from "../scripts/chaos/judge.mjs";
import { Write } from "../scripts/chaos/write.mjs";

const CREATE = "coin_withdrawals.create";
const SUCCESS = { told: "success", recovered: false };
const MOVES = { payout: "CoinWithdrawal", transfer: "ExchangeTransfer", refund: "InvoiceRefund" };

/** A write with the id `p 1` that the client told to be done. */
const done = (kind, more = {}) => Object.assign(new Write(kind, "p 1"), { told: SUCCESS, calls: 1, ...more });
/** What is unknown, with what was said of it later. */
const unknown = (kind, resolved, more = {}) =>
  done(kind, { told: { told: "unknown", record: { custom_id: "p 1" } }, resolved, ...more });
const arrived = (kind, custom_id = "p 1") => ({
  reference_type: MOVES[kind],
  custom_id,
  to: kind === "payout" ? "world" : "merchant",
});
const ledgerOf = (...entries) => ({ balanced: true, entries, withdrawals: [], transfers: [], refunds: [] });
/** A journal, numbered. */
const journalOf = (...entries) => entries.map((entry, index) => ({ n: index + 1, fault: null, path: "", ...entry }));
const sent = (status = null, operation = CREATE) => ({ operation, custom_id: "p 1", method: "POST", status });
const looked = (id = "p%201", fault = null) => ({
  operation: "coin_withdrawals.retrieve_by_custom_id",
  path: `/api/coin_withdrawals/custom_id/${id}`,
  status: 404,
  custom_id: null,
  fault,
});

/** What the judge counts as wrong, in one word for each offence. */
const wrong = (writes, ledger, journal = []) => {
  const { doubled, lost, unknownForEver, offences } = judge(writes, ledger, journal);
  const words = offences.map((story) => story.split(":", 1)[0].toLowerCase()).sort();
  const counts = [...Array(doubled).fill("doubled"), ...Array(lost).fill("lost")];
  assert.deepEqual([...counts, ...Array(unknownForEver).fill("unknown")], words);
  return words;
};

test("what was said is compared with what moved", () => {
  const once = ledgerOf(arrived("payout"));
  const twice = ledgerOf(arrived("payout"), arrived("payout"));
  const refused = done("payout", { told: { told: "refused", code: "validation" } });
  assert.deepEqual(wrong([done("payout")], once), []);
  assert.deepEqual(wrong([done("payout")], ledgerOf()), ["lost"]);
  assert.deepEqual(wrong([done("payout")], twice), ["doubled"]);
  assert.deepEqual(wrong([refused], ledgerOf()), []);
  assert.deepEqual(wrong([refused], once), ["lost"]);
  assert.deepEqual(wrong([unknown("payout", "applied")], once), []);
  assert.deepEqual(wrong([unknown("payout", "applied")], ledgerOf()), ["lost"]);
  assert.deepEqual(wrong([unknown("payout", "not_applied")], once), ["lost"]);
  assert.deepEqual(wrong([unknown("payout", "unknown")], once), ["unknown"]);
  assert.deepEqual(wrong([unknown("payoutInTwo", "unknown", { onlyQuoted: true })], ledgerOf()), ["unknown"]);
  assert.deepEqual(wrong([done("payout", { told: { told: "unknown", record: null } })], ledgerOf()), ["lost"]);
  assert.deepEqual(wrong([], { ...ledgerOf(), balanced: false }), ["lost"]);
});

test("another process must not contradict the first", () => {
  const write = unknown("payout", "applied");
  write.toldElsewhere({ state: "applied" });
  assert.deepEqual(wrong([write], ledgerOf(arrived("payout"))), []);
  write.toldElsewhere({ state: "not_applied" });
  assert.deepEqual(wrong([write], ledgerOf(arrived("payout"))), ["lost"]);
});

test("a payout is sent again only after two looks, and once in a call", () => {
  const journals = [
    [[sent()], 1],
    [[sent(), looked(), looked("p%201", "truncate"), sent(201)], 1],
    [[sent(), sent(201)], 2],
    [[sent(), looked(), sent(201)], 2],
    [[sent(), looked(), looked("other"), sent(201)], 2],
    [[looked(), looked(), sent(), sent(201)], 2],
    [[sent(), looked(), looked(), sent(), looked(), looked(), sent(201)], 2],
    [[sent(429), sent(401), sent(201)], 1],
    [[sent(429), sent(401), sent(500), sent(201)], 2],
    [[sent(), { ...sent(), custom_id: "other" }], 1],
    [[sent(), sent(), looked(), looked(), sent()], 2],
    [[sent(), sent(), sent()], 3],
  ];
  for (const [entries, calls] of journals) {
    for (const kind of ["payout", "payoutInTwo"]) {
      const judged = (calls) => wrong([done(kind, { calls })], ledgerOf(arrived("payout")), journalOf(...entries));
      assert.deepEqual(judged(calls), [], JSON.stringify(entries));
      assert.deepEqual(judged(calls - 1), ["doubled"], JSON.stringify(entries));
    }
  }
});

test("a forced transfer is never sent again, and the quote of one may be", () => {
  const create = (status) => sent(status, "exchange_transfers.create");
  const judged = (kind, ...entries) => wrong([done(kind)], ledgerOf(arrived("transfer")), journalOf(...entries));
  assert.deepEqual(judged("transfer", create(429), create(401), create(201)), []);
  assert.deepEqual(judged("transfer", create(null), looked(), looked(), create(201)), ["doubled"]);
  assert.deepEqual(judged("transferInTwo", create(null), create(201)), []);
});

test("a refund is not sent again after it may have been made", () => {
  const path = "/api/invoices/1/refunds";
  const post = (status) => ({ ...sent(status, "invoices.create_refund"), custom_id: null, path });
  const ledger = { ...ledgerOf(arrived("refund")), refunds: [{ id: "r", custom_id: "p 1", address: null }] };
  const judged = (...entries) => wrong([done("refund", { path })], ledger, journalOf(...entries));
  assert.deepEqual(judged(post(429), post(422), post(201)), []);
  assert.deepEqual(judged(post(null), post(201)), ["doubled"]);
  assert.deepEqual(judged(post(503), post(201)), ["doubled"]);
});

test("only what was told something, and is more than a quote, is done", () => {
  const quoted = { onlyQuoted: true };
  const never = done("refund", { told: undefined });
  const verdict = judge(
    [done("payoutInTwo", quoted), unknown("transferInTwo", "applied", quoted), never],
    ledgerOf(),
    [],
  );
  for (const [flow, counts] of verdict.flows)
    assert.deepEqual(Object.values(counts), [0, 0, 0, 0, 0], `${flow} has something`);
  const { payouts, others, atOnce, unknown: inDoubt, applied, offences } = verdict;
  assert.deepEqual(
    { payouts, others, atOnce, inDoubt, applied },
    { payouts: 1, others: 1, atOnce: 0, inDoubt: 0, applied: 0 },
  );
  assert.deepEqual(offences, []);
  assert.deepEqual(wrong([done("payoutInTwo", quoted)], ledgerOf(arrived("payout"))), ["lost"]);
  assert.deepEqual(wrong([never], ledgerOf(arrived("refund"))), ["lost"]);
  const paid = judge([done("payoutInTwo")], ledgerOf(arrived("payout")), []);
  assert.equal(paid.flows.get("create_commit").done, 1);
});

test("money that moved and that nobody asked for is seen", () => {
  const judged = (...entries) => wrong([done("payout")], ledgerOf(arrived("payout"), ...entries));
  for (const kind of Object.keys(MOVES)) assert.deepEqual(judged(arrived(kind, "stray")), ["doubled"], kind);
  assert.deepEqual(judged(arrived("transfer", null)), ["doubled"]);
  // The same id in another flow is another write's.
  assert.deepEqual(judged(arrived("transfer")), ["doubled"]);
  // The payout of a refund, and what a movement leaves on its way.
  assert.deepEqual(judged(arrived("payout", null)), []);
  assert.deepEqual(judged({ ...arrived("payout"), to: "network" }, { ...arrived("refund", "x"), to: "fees" }), []);
});

test("a refund to an address is paid out once, and nothing is paid out without a reason", () => {
  const payout = (refund_id) => ({ id: "w", custom_id: null, refund_id });
  const judged = (address, ...withdrawals) =>
    wrong([], { ...ledgerOf(), refunds: [{ id: "r", custom_id: "p 1", address }], withdrawals });
  assert.deepEqual(judged("2N", payout("r")), []);
  assert.deepEqual(judged("2N"), ["lost"]);
  assert.deepEqual(judged("2N", payout("r"), payout("r")), ["doubled"]);
  assert.deepEqual(judged("2N", payout("r"), payout(null)), ["doubled"]);
  assert.deepEqual(judged(null), []);
});

test("a journal that forgot its beginning fails the run", () => {
  const [first, second] = journalOf(sent(), sent());
  assert.throws(() => judge([], ledgerOf(), [second]), /^Error: the journal is not whole$/);
  judge([], ledgerOf(), [first, second]);
});

test("what is handed back is the object whose money moved", () => {
  for (const [kind, list] of Object.entries({ payout: "withdrawals", transfer: "transfers", refund: "refunds" })) {
    const committed = kind === "refund" ? undefined : true;
    const objects = [{ id: "mine", custom_id: "p 1", committed, address: null }];
    if (kind !== "refund") objects.push({ id: "quote", custom_id: "p 1", committed: false });
    objects.push({ id: "other", custom_id: "p 2", committed, address: null });
    const ledger = { ...ledgerOf(arrived(kind)), [list]: objects };
    assert.deepEqual(wrong([done(kind, { named: ["mine", "mine"] })], ledger), [], kind);
    for (const id of ["other", "quote", "nobody's"])
      assert.deepEqual(wrong([done(kind, { named: ["mine", id] })], ledger), ["lost"], `${kind} ${id}`);
  }
});

/** A caller whose invoices and payments end as given, one after another, and whose other calls succeed. */
const caller = (invoices, payments = []) => ({
  random: { between: (low) => low, onceIn: () => false },
  time: { sleep: async () => {} },
  sandbox: { pay: async () => ({ invoice: { status: payments.shift() ?? "unresolved" } }) },
  note: () => {},
  call: async (_, operation) =>
    operation !== "invoices.create" || (invoices.shift() ?? true)
      ? { told: "success", object: { id: "i" } }
      : { told: "refused", code: "cancelled" },
});

test("what a write is said to be is remembered", async () => {
  const write = new Write("payout", "p 1");
  await write.make(caller([]));
  assert.deepEqual([write.calls, write.named], [1, ["i"]]);
  const inDoubt = unknown("payout", undefined);
  await inDoubt.resolve({ resolve: async () => ({ state: "applied", id: "one" }) });
  inDoubt.toldElsewhere({ state: "applied", id: "another" });
  assert.deepEqual(Write.of(inDoubt.data()).named, ["one", "another"]);
});

test("an invoice for a refund is tried fifty times, and then the run fails", async () => {
  const late = new Write("refund", "refund-8");
  await late.make(caller([false, false, true], ["new"]));
  assert.deepEqual([late.told.told, late.customId, late.path], ["success", "refund-8.4", "/api/invoices/i/refunds"]);
  const never = new Write("refund", "refund-8").make(caller(Array(50).fill(false)));
  await assert.rejects(never, /no invoice could be overpaid for refund-8 in 50 attempts/);
});

test("a run in which too little happened proves nothing", () => {
  const full = () => {
    const verdict = Object.assign(new Verdict(), { payouts: 3, struck: 1, recovered: 1, unknown: 1 });
    for (const flow of verdict.flows.values()) flow.done = 1;
    return verdict;
  };
  assert.deepEqual(full().unproven(3), []);
  assert.deepEqual(full().unproven(4), ["3 payouts were made, not 4"]);
  for (const name of ["struck", "recovered", "unknown"])
    assert.equal(Object.assign(full(), { [name]: 0 }).unproven(3).length, 1, name);
  for (const flow of full().flows.keys()) {
    const verdict = full();
    verdict.flows.get(flow).done = 0;
    assert.deepEqual(verdict.unproven(3), [`no ${flow} was made`]);
  }
});
