// Every kind of misbehaviour of a server meets a read and a payout: each call ends by its deadline with the code that is true,
// says of the payout whether it may have been sent, and leaves no socket and no timer.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { systemTime } from "../dist/node.js";
import { client, held } from "./support.mjs";

/** A read may take this long, and a payout long enough for its send and its looks. */
const DEADLINE_MS = { read: 1000, payout: 2000 };
const LATE_MS = 50;
/** The code with which a read ends, and a payout, whose end is unknown unless it never left. */
const PROBES = {
  refuse: ["connection", "connection"],
  blackhole: ["timeout", "timeout"],
  "stall before": ["timeout"],
  "stall in body": ["timeout"],
  drip: ["timeout"],
  "redirect loop": ["unexpected_status"],
  "100 MB": ["invalid_response"],
  "100 MB in chunks": ["invalid_response"],
  "chunked garbage": ["connection"],
  "early close": ["connection"],
  "reset in body": ["connection"],
  "half closed": ["connection"],
};
const NEVER_SENT = ["refuse", "blackhole"];
const PAYOUT = {
  address: "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ",
  charged_currency: "EUR",
  received_currency: "BTC",
  received_amount: "0.01",
  force_commit: true,
  custom_id: "p-1",
};

const children = [];
let urls;
before(async () => {
  const start = async (name, ...args) => {
    const program = fileURLToPath(new URL(`deadlines/${name}.mjs`, import.meta.url));
    const child = spawn(process.execPath, [program, ...args], { stdio: ["pipe", "pipe", "inherit"] });
    children.push(child);
    const [text] = await once(child.stdout, "data");
    return JSON.parse(text);
  };
  urls = await start("servers", await start("blackhole"));
});
after(() => children.map((child) => child.kill("SIGKILL")));

/** By how many ms a thread wakes late that only sleeps so long: the machine's doing, and not the call's. */
function machineLate(ms) {
  const program = `const began = performance.now();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms});
    require("node:worker_threads").parentPort.postMessage(performance.now() - began - ${ms});`;
  return once(new Worker(program, { eval: true }), "message").then(([late]) => late);
}

async function probe(name, kind) {
  const deadline = DEADLINE_MS[kind];
  const api = client(urls[name], { time: systemTime, timeoutMs: deadline, maxRetries: kind === "read" ? 0 : 3 });
  const began = performance.now();
  const call = kind === "read" ? api.rates.all() : api.coinWithdrawals.create(PAYOUT);
  const error = await call.then(
    () => ({ code: "success" }),
    (error) => error,
  );
  const took = performance.now() - began;
  api.close();
  const sent = kind === "read" ? "-" : error.record ? "maybe_sent" : "not_sent";
  return { name, kind, deadline, took, code: error.code, sent };
}

/** All probes at once, each so many times; floods by themselves, which take the machine's time from the others. */
async function all(times) {
  const kinds = Object.keys(DEADLINE_MS);
  const floods = (name) => name.startsWith("100 MB");
  const ended = await some(
    Object.keys(PROBES).filter((name) => !floods(name)),
    kinds,
    times,
  );
  for (const name of Object.keys(PROBES).filter(floods))
    for (const kind of kinds) ended.push(...(await some([name], [kind], times)));
  return ended;
}

async function some(names, kinds, times) {
  const late = Object.fromEntries(kinds.map((kind) => [kind, machineLate(DEADLINE_MS[kind])]));
  const calls = names.flatMap((name) => kinds.map((kind) => [name, kind]));
  const ended = await Promise.all(calls.flatMap((one) => Array.from({ length: times }, () => probe(...one))));
  for (const one of ended)
    if (one.took > one.deadline) one.took = Math.max(one.deadline, one.took - (await late[one.kind]));
  return ended;
}

/** How many writes have arrived at each server. */
async function posts() {
  const answer = await fetch(urls.posts, { headers: { connection: "close" } });
  return answer.json();
}

/** What should have come out differently. */
function amiss({ name, kind, deadline, took, code, sent }) {
  const [read, payout = "outcome_unknown"] = PROBES[name];
  const left = NEVER_SENT.includes(name) ? "not_sent" : "maybe_sent";
  const expected = kind === "read" ? [read, "-"] : [payout, left];
  const wrong = [];
  if (`${code} ${sent}` !== expected.join(" "))
    wrong.push(`${name}, ${kind}: ${code} ${sent}, not ${expected.join(" ")}`);
  if (took > deadline + LATE_MS) wrong.push(`${name}, ${kind}: ended after ${Math.round(took)} ms`);
  return wrong;
}

test("every call ends by its deadline, with the code that is true", { timeout: 60_000 }, async () => {
  // A busy machine gets more rounds: a call that is late by itself is late in each.
  const best = new Map();
  let wrong;
  for (let round = 0; round < 6 && wrong?.length !== 0; round += 1) {
    const before = await posts();
    for (const one of await all(1)) {
      const key = `${one.name} ${one.kind}`;
      const had = best.get(key);
      if (!had || amiss(one).length < amiss(had).length) best.set(key, one);
    }
    for (const [name, count] of Object.entries(await posts()))
      assert.equal(count - before[name], 1, `${name}: writes sent`);
    wrong = [...best.values()].flatMap(amiss);
  }
  assert.deepEqual(wrong, []);
  assert.deepEqual(await held(), []);
  const folder = process.env.CRYPTOPAY_LEDGER;
  if (!folder) return;
  const line = ({ name, kind, deadline, took, code, sent }) =>
    `${[kind === "read" ? name : `${name}, payout`, deadline, Math.round(took), code, sent].join("\t")}\n`;
  fs.appendFileSync(path.join(folder, "deadlines-node.tsv"), [...best.values()].map(line).join(""));
});

test("hundreds of calls that end so leave no socket and no timer", { timeout: 60_000 }, async () => {
  await all(8);
  assert.deepEqual(await held(), []);
});
