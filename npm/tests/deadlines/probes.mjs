// Every kind of misbehaviour of a server meets a read and a payout, in Node and in a page alike. Here is what is called, how it
// must end, and how often a busy machine may try again.
//
// A host is `{probe(name, kind), late(ms), posts()}`: makes one call there, tells by how many ms the machine wakes late what
// sleeps so long, and how many writes have arrived at each server.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { DEADLINE_MS } from "./call.mjs";

const LATE_MS = 50;
const KINDS = Object.keys(DEADLINE_MS);
/** The code with which a read ends; a payout's end is unknown unless it never left. */
const PROBES = {
  refuse: "connection",
  blackhole: "timeout",
  "stall before": "timeout",
  "stall in body": "timeout",
  drip: "timeout",
  "redirect loop": "unexpected_status",
  "100 MB": "invalid_response",
  "100 MB in chunks": "invalid_response",
  "chunked garbage": "connection",
  "early close": "connection",
  "reset in body": "connection",
  "half closed": "connection",
};
export const NAMES = Object.keys(PROBES);
/** Where nothing has left: no connection was had. */
export const NEVER_SENT = ["refuse", "blackhole"];

/** Starts the servers: their addresses by probe, and what ends them. */
export async function servers() {
  const children = [];
  const start = async (name, ...args) => {
    const program = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
    const child = spawn(process.execPath, [program, ...args], { stdio: ["pipe", "pipe", "inherit"] });
    children.push(child);
    const [text] = await once(child.stdout, "data");
    return JSON.parse(text);
  };
  const urls = await start("servers", await start("blackhole"));
  const posts = async () => {
    const answer = await fetch(urls.posts, { headers: { connection: "close" } });
    return answer.json();
  };
  return { urls, posts, stop: () => children.map((child) => child.kill("SIGKILL")) };
}

/** All probes at once, each so many times; floods by themselves, which take the machine's time from the others. */
export async function all(times, host) {
  const floods = (name) => name.startsWith("100 MB");
  const calm = NAMES.filter((name) => !floods(name));
  const ended = await some(
    calm.flatMap((name) => KINDS.map((kind) => [name, kind])),
    times,
    host,
  );
  for (const name of NAMES.filter(floods))
    for (const kind of KINDS) ended.push(...(await some([[name, kind]], times, host)));
  return ended;
}

async function some(calls, times, host) {
  const sleeping = KINDS.map(async (kind) => [kind, await host.late(DEADLINE_MS[kind])]);
  const one = async ([name, kind]) => ({ name, kind, deadline: DEADLINE_MS[kind], ...(await host.probe(name, kind)) });
  const ended = await Promise.all(calls.flatMap((call) => Array.from({ length: times }, () => one(call))));
  const late = Object.fromEntries(await Promise.all(sleeping));
  for (const one of ended) if (one.took > one.deadline) one.took = Math.max(one.deadline, one.took - late[one.kind]);
  return ended;
}

/** What should have come out differently; `told` are the probes of which the host can tell that nothing has left. */
function amiss({ name, kind, deadline, took, code, sent, arrived }, told) {
  const payout = told.includes(name) ? `${PROBES[name]} not_sent` : "outcome_unknown maybe_sent";
  const expected = kind === "read" ? `${PROBES[name]} -` : payout;
  const wrong = [];
  if (`${code} ${sent}` !== expected) wrong.push(`${name}, ${kind}: ${code} ${sent}, not ${expected}`);
  if (took > deadline + LATE_MS) wrong.push(`${name}, ${kind}: ended after ${Math.round(took)} ms`);
  if (arrived === 0) wrong.push(`${name}, ${kind}: never arrived`);
  return wrong;
}

/** Proves that every call ends by its deadline, with the code that is true; writes down how each ended. */
export async function proven(runtime, host, told) {
  // A busy machine gets more rounds: a call that is late by itself is late in each.
  const best = new Map();
  let wrong;
  for (let round = 0; round < 6 && wrong?.length !== 0; round += 1) {
    const before = await host.posts();
    const ended = await all(1, host);
    const posts = await host.posts();
    for (const one of ended) {
      const key = `${one.name} ${one.kind}`;
      const had = best.get(key);
      if (one.kind === "payout" && one.name in posts) one.arrived = posts[one.name] - before[one.name];
      assert.ok(!(one.arrived > 1), `${one.name}: ${one.arrived} writes were sent`);
      if (!had || amiss(one, told).length < amiss(had, told).length) best.set(key, one);
    }
    wrong = [...best.values()].flatMap((one) => amiss(one, told));
  }
  assert.deepEqual(wrong, []);
  const folder = process.env.CRYPTOPAY_LEDGER;
  if (!folder) return;
  const line = ({ name, kind, deadline, took, code, sent }) =>
    `${[kind === "read" ? name : `${name}, payout`, deadline, Math.round(took), code, sent].join("\t")}\n`;
  fs.writeFileSync(path.join(folder, `deadlines-${runtime}.tsv`), [...best.values()].map(line).join(""));
}
