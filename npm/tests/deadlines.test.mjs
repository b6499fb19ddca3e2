// Every kind of misbehaviour of a server meets a read and a payout in Node: each call ends by its deadline with the code that is
// true, says of the payout whether it may have been sent, and leaves no socket and no timer.

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { Worker } from "node:worker_threads";
import { systemTime } from "../dist/node.js";
import { call } from "./deadlines/call.mjs";
import { all, NEVER_SENT, proven, servers } from "./deadlines/probes.mjs";
import { client, held } from "./support.mjs";

let host;
let stop;
before(async () => {
  const { urls, posts, stop: ends } = await servers();
  const probe = (name, kind) => call((settings) => client(urls[name], { time: systemTime, ...settings }), kind);
  host = { probe, late, posts };
  stop = ends;
});
after(() => stop());

/** By how many ms a thread wakes late that only sleeps so long: the machine's doing, and not the call's. */
function late(ms) {
  const program = `const began = performance.now();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms});
    require("node:worker_threads").parentPort.postMessage(performance.now() - began - ${ms});`;
  return once(new Worker(program, { eval: true }), "message").then(([late]) => late);
}

test("every call ends by its deadline, with the code that is true", { timeout: 60_000 }, async () => {
  await proven("node", host, NEVER_SENT);
  assert.deepEqual(await held(), []);
});

test("hundreds of calls that end so leave no socket and no timer", { timeout: 60_000 }, async () => {
  await all(8, host);
  assert.deepEqual(await held(), []);
});
