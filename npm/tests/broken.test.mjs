// A panic in the core is an error of this package, and what a write had sent by then is told. The core of these tests is the
// real one, in which one function traps when it is told to, and nothing of that call works any more afterwards.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

let trap;
let trapped = false;
const { Instance } = WebAssembly;
WebAssembly.Instance = new Proxy(Instance, {
  construct(target, given) {
    const { exports } = new target(...given);
    const traps = (name, act) =>
      /^(call|pager|client)_|_callback$|^may_follow$/.test(name)
        ? (...args) => {
            // What a trap left borrowed cannot be used, nor freed.
            if (trapped && name.startsWith("call_")) throw new Error("recursive use of an object detected");
            if (name !== trap) return act(...args);
            trapped = true;
            throw new WebAssembly.RuntimeError("unreachable");
          }
        : act;
    const given_ = Object.entries(exports).map(([name, act]) => [name, traps(name, act)]);
    return { exports: { ...Object.fromEntries(given_), memory: exports.memory } };
  },
});
const { caught, client } = await import("./support.mjs");
const { MemoryStore, receive } = await import("../dist/callbacks.js");

afterEach(() => {
  trap = undefined;
  trapped = false;
});

const PAYOUT = {
  address: "2N9",
  charged_currency: "EUR",
  received_currency: "BTC",
  received_amount: "0.01",
  custom_id: "p-1",
};

/** A payout whose exchange is broken after it may have been sent, and whose core breaks off there. */
async function payout(where, options = {}) {
  let sent = 0;
  const fetch = async () => {
    sent += 1;
    throw new Error("broken");
  };
  const api = client("http://127.0.0.1:1", { maxRetries: 0, fetch: { fetch }, ...options });
  api.on("step", () => undefined);
  trap = where;
  const call = api.coinWithdrawals.create(PAYOUT);
  const error = await caught(call);
  return { error, call, sent };
}

test("before anything was sent it is a defect, and says so", async () => {
  for (const where of ["client_begin", "call_step", "call_seen", "call_pending", "call_custom_id"]) {
    const { error, sent } = await payout(where);
    assert.deepEqual([error.name, error.operation, sent], ["MisuseError", "coin_withdrawals.create", 0], where);
    const text = "coin_withdrawals.create: misuse: the core broke off: unreachable; this is a defect, please report it";
    assert.equal(error.message, text);
    trapped = false;
  }
});

test("a payout that was sent keeps its record", async () => {
  for (const [where, options] of [
    ["call_failed", {}],
    ["call_response", { fetch: { fetch: async () => ({ status: 200, header: () => null, body: new Uint8Array() }) } }],
  ]) {
    const { error, call } = await payout(where, options);
    assert.deepEqual([error.name, error.record.custom_id], ["OutcomeUnknownError", "p-1"]);
    assert.equal(error.record.operation, "coin_withdrawals.create");
    assert.equal(error.reason.code, "misuse");
    assert.equal(error.cause.message, "unreachable");
    assert.match(error.message, /: the core broke off: unreachable; do not repeat it: give the record to resolve,/);
    assert.deepEqual([call.customId, call.pending()], ["p-1", error.record]);
    trapped = false;
  }
});

test("a payout that was sent keeps its record when the own time of a client fails", async () => {
  let broken = false;
  const now = () => {
    if (broken) throw new Error("no clock");
    return { unixMs: 1_700_000_000_000, tickMs: 0 };
  };
  const fetch = async () => {
    broken = true;
    throw new Error("broken");
  };
  const time = { now, sleep: async () => undefined, entropy: () => "0".repeat(32) };
  const { error } = await payout(undefined, { time, fetch: { fetch } });
  assert.deepEqual([error.name, error.record.custom_id], ["OutcomeUnknownError", "p-1"]);
  assert.match(error.message, /: the call broke off: no clock; do not repeat it:/);
});

test("a payout that was applied, and whose answer cannot be handed back, keeps its record", async () => {
  const body = new TextEncoder().encode('{"data":{"id":"06a54ccb-889f-4c1f-8a59-086a84a1e2dd"}}');
  const fetch = async () => ({ status: 201, header: () => null, body });
  const { error } = await payout("call_unfit", { fetch: { fetch } });
  assert.deepEqual([error.name, error.record.custom_id], ["OutcomeUnknownError", "p-1"]);
});

test("a payout that was never sent is no doubt", async () => {
  const { FetchFailure } = await import("../dist/node.js");
  const fetch = async () => {
    throw new FetchFailure("connect", "no", "nobody is there");
  };
  const { error } = await payout("call_woken", { maxRetries: 1, fetch: { fetch } });
  assert.equal(error.name, "MisuseError");
});

test("a read and a list", async () => {
  const fetch = async () => ({ status: 200, header: () => null, body: new TextEncoder().encode('{"data":[]}') });
  const api = client("http://127.0.0.1:1", { fetch: { fetch } });
  trap = "call_response";
  assert.equal((await caught(api.rates.all())).name, "MisuseError");
  for (const where of ["pager_new", "pager_params", "pager_read"]) {
    [trap, trapped] = [where, false];
    const error = await caught(api.invoices.list());
    assert.deepEqual([error.name, error.operation], ["MisuseError", "invoices.list"], where);
  }
});

test("a callback is asked for again", async () => {
  const { callbacks } = client("http://127.0.0.1:1", { callbackSecrets: "c" });
  trap = "verify_callback";
  assert.throws(() => callbacks.verify("{}", "00"), { name: "MisuseError" });
  const refused = [];
  const handle = () => assert.fail("it was handled");
  const onRefused = (error) => refused.push(error.name);
  const told = await receive({ callbacks, store: new MemoryStore(), handle, onRefused }, "{}", "00");
  assert.deepEqual([told, refused], [{ status: 500, body: "not configured" }, ["MisuseError"]]);
});
