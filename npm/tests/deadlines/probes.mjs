// Every kind of misbehaviour of a server meets a read and a payout, in Node and in a page alike. Here is what is called, how it
// must end, and how often a busy machine may try again.
//
// A host is `{probe({name, kind, id, deadline}), late(ms), posts()}`: makes one call there, a payout with that id, tells by how
// many ms the machine wakes late what sleeps so long, and how often each write has arrived at each server, by its id.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/**
 * A read may take this long, and a payout long enough for its send and its looks: it is not sent at all once less than 1 s is
 * left beyond the 40 % for the looks (T3), which must not happen because a busy machine comes to it late.
 */
const DEADLINE_MS = { read: 1000, payout: 3000 };
/** What ends by itself must not reach its deadline, or "timeout" would be true: it has time for 16 MiB and for all waits. */
const LONG_MS = 10_000;
/** How much later than its deadline a call may end, beyond what the machine itself is late. */
const LATE_MS = 50;
/** How often a call is measured that was late, which a busy machine can make of it. */
const ROUNDS = 3;
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
async function all(times, host) {
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

/** A payout that cannot have left ends with its last repetition, and others with the last look. */
function deadlineOf([name, kind]) {
  const byItself = kind === "read" ? PROBES[name] !== "timeout" : name === "refuse";
  return byItself ? LONG_MS : DEADLINE_MS[kind];
}

let calls = 0;
async function some(probes, times, host) {
  const deadlines = new Set(probes.map(deadlineOf));
  deadlines.delete(LONG_MS);
  // By so much as one who only sleeps wakes late, a call may be late as well; no more is forgiven to a busy machine.
  const sleeping = [...deadlines].map(async (deadline) => [deadline, Math.max(0, await host.late(deadline))]);
  const one = async ([name, kind]) => {
    calls += 1;
    const asked = { name, kind, id: `p-${calls}`, deadline: deadlineOf([name, kind]) };
    return { ...asked, ...(await host.probe(asked)) };
  };
  const running = [];
  for (const probe of probes.flatMap((probe) => Array(times).fill(probe))) {
    running.push(one(probe));
    // Each comes to its send before the next begins, or the first would wait for all the others.
    await setImmediate();
  }
  const ended = await Promise.all(running);
  const late = new Map(await Promise.all(sleeping));
  for (const one of ended)
    if (one.took > one.deadline) one.took = Math.max(one.deadline, one.took - (late.get(one.deadline) ?? 0));
  return ended;
}

/**
 * What is not true of a call's end, which no machine is too busy for; `told` are the probes of which the host can tell that
 * nothing has left, and `posts` how often each write has arrived.
 */
export function untrue({ name, kind, id, code, sent }, told, posts) {
  const payout = told.includes(name) ? `${PROBES[name]} not_sent` : "outcome_unknown maybe_sent";
  const expected = kind === "read" ? `${PROBES[name]} -` : payout;
  const wrong = [];
  if (`${code} ${sent}` !== expected) wrong.push(`${name}, ${kind}: ${code} ${sent}, not ${expected}`);
  // Where nobody listens nothing is counted, and a write that never left may be sent as often as it takes.
  const arrived = kind === "read" || !(name in posts) ? 1 : (posts[name][id] ?? 0);
  if (arrived !== 1) wrong.push(`${name}, ${kind}: arrived ${arrived} times`);
  return wrong;
}

export const tooLate = ({ deadline, took }) => took > deadline + LATE_MS;

/**
 * Proves that every call ends by its deadline with the code that is true, each probe made so many times at once; gives back how
 * each ended. Only one that was late is measured again: it is late by itself if it is late in each round.
 */
export async function proven(host, told, times = 1) {
  const best = new Map();
  const made = [];
  for (let round = 0; round < ROUNDS && (round === 0 || [...best.values()].some(tooLate)); round += 1) {
    const slowest = new Map();
    for (const one of await all(times, host)) {
      made.push(one);
      const key = `${one.name} ${one.kind}`;
      if (!(slowest.get(key)?.took > one.took)) slowest.set(key, one);
    }
    for (const [key, one] of slowest) if (!(best.get(key)?.took <= one.took)) best.set(key, one);
    // Those of the rounds before as well: a second send may have come later.
    const posts = await host.posts();
    assert.deepEqual([...new Set(made.flatMap((one) => untrue(one, told, posts)))], []);
  }
  const ended = [...best.values()];
  const late = ended.filter(tooLate);
  assert.deepEqual(
    late.map(({ name, kind, took }) => `${name}, ${kind}: ended after ${Math.round(took)} ms`),
    [],
  );
  return ended;
}

/** Writes down how each call ended, for the ledger of all languages. */
export function keep(runtime, ended) {
  const folder = process.env.CRYPTOPAY_LEDGER;
  if (!folder) return;
  const line = ({ name, kind, deadline, took, code, sent }) =>
    `${[kind === "read" ? name : `${name}, payout`, deadline, Math.round(took), code, sent].join("\t")}\n`;
  fs.writeFileSync(path.join(folder, `deadlines-${runtime}.tsv`), ended.map(line).join(""));
}
