// Every kind of misbehaviour of a server meets a read and a payout in Node: each call ends by its deadline with the code that is
// true, says of the payout whether it may have been sent, sends it once, and leaves no socket, no timer and no thread.

import assert from "node:assert/strict";
import { once } from "node:events";
import * as fs from "node:fs";
import { after, before, test } from "node:test";
import { Worker } from "node:worker_threads";
import { systemTime } from "../dist/node.js";
import { call } from "./deadlines/call.mjs";
import { keep, NEVER_SENT, proven, servers, tooLate, untrue } from "./deadlines/probes.mjs";
import { client, held } from "./support.mjs";

let host;
let stop;
before(async () => {
  const { urls, posts, stop: ends } = await servers();
  const probe = ({ name, ...asked }) =>
    call((settings) => client(urls[name], { time: systemTime, ...settings }), asked);
  host = { probe, late, posts };
  stop = ends;
});
after(() => stop());

/** By how many ms a thread wakes late that only sleeps so long: the machine's doing, and not the call's. */
async function late(ms) {
  const program = `const began = performance.now();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms});
    require("node:worker_threads").parentPort.postMessage(performance.now() - began - ${ms});`;
  const worker = new Worker(program, { eval: true });
  const [[late]] = await Promise.all([once(worker, "message"), once(worker, "exit")]);
  return late;
}

/** What the system holds for this process, where it tells. */
function holds() {
  if (process.platform !== "linux") return { files: 0, threads: 0 };
  const count = (name) => fs.readdirSync(`/proc/self/${name}`).length;
  return { files: count("fd"), threads: count("task") };
}

test("every call ends by its deadline, with the code that is true", { timeout: 120_000 }, async () => {
  keep("node", await proven(host, NEVER_SENT));
  assert.deepEqual(await held(), []);
});

test("of hundreds of calls each ends so, and they leave nothing", { timeout: 240_000 }, async () => {
  const left = [];
  for (let half = 0; half < 2; half += 1) {
    await proven(host, NEVER_SENT, 8);
    assert.deepEqual(await held(), []);
    left.push(holds());
  }
  // What the first half leaves is warm; what the second adds to it is a leak.
  const [{ files, threads }, after] = left;
  assert.ok(after.files <= files && after.threads <= threads, `it grows: ${JSON.stringify(left)}`);
});

test("an end that is not true is found out, and so is a second send", () => {
  const posts = { drip: { "p-1": 1, "p-2": 2 } };
  const end = { name: "drip", kind: "payout", id: "p-1", code: "outcome_unknown", sent: "maybe_sent" };
  const unsent = { name: "refuse", kind: "payout", id: "p-4", code: "connection", sent: "not_sent" };
  const read = { name: "drip", kind: "read", id: "p-5", code: "timeout", sent: "-" };
  for (const one of [end, unsent, read]) assert.deepEqual(untrue(one, NEVER_SENT, posts), []);
  for (const [one, change] of [
    [end, { code: "timeout" }],
    [end, { sent: "not_sent" }],
    [end, { id: "p-2" }],
    [end, { id: "p-3" }],
    [unsent, { sent: "maybe_sent" }],
    [read, { code: "connection" }],
  ])
    assert.equal(untrue({ ...one, ...change }, NEVER_SENT, posts).length, 1, JSON.stringify(change));
  assert.deepEqual(
    [1050, 1051].map((took) => tooLate({ deadline: 1000, took })),
    [false, true],
  );
});
