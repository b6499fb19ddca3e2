// One run: a sandbox with its faults, and a few programs at once that make their writes through one client. Then time passes
// until nothing can come late any more, everything unknown is resolved in a new client and in a new process, and the run is
// judged.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { startSandbox } from "../../dist/testing.js";
import { Caller } from "./caller.mjs";
import { judge } from "./judge.mjs";
import { Random } from "./random.mjs";
import { FastTime } from "./time.mjs";
import { Write } from "./write.mjs";

/** How many programs share one client. */
const LANES = 8;
/** After this nothing comes late any more, and `resolve` may say that a write never happened. */
const DRAINED_MS = 21 * 60_000;
/** How wrong the clocks are, by the seed: too little for the server to mind, so that nothing corrects it. */
const SKEW_MS = [0, 0, -30_000, 20_000];
/** What is made beside every tenth payout. */
const OTHERS = { 2: ["transfer", "transfer"], 5: ["transferInTwo", "transfer"], 8: ["refund", "refund"] };

/** The writes: payouts, half of them in two steps, and for ten payouts three of the others. */
function* writes(payouts) {
  for (let n = 0; n < payouts; n += 1) {
    yield new Write(n % 2 === 0 ? "payout" : "payoutInTwo", `payout-${n}`);
    const [kind, word] = OTHERS[n % 10] ?? [];
    if (kind) yield new Write(kind, `${word}-${n}`);
  }
}

/** What a process that was just started says of these writes, by the texts of their records. */
async function elsewhere({ sandbox, time, limited }, seed, inDoubt) {
  const child = spawn(process.execPath, [fileURLToPath(new URL("elsewhere.mjs", import.meta.url))], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const options = { ...sandbox.options, rateLimit: limited ? 195 : 0 };
  const records = inDoubt.map(({ record }) => JSON.stringify(record));
  child.stdin.end(JSON.stringify({ options, seed, passedMs: time.passedMs, records }));
  let text = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) text += chunk;
  return JSON.parse(text);
}

export async function play({ world, rules, seed, payouts }) {
  // Every second run has a rate limit on both sides.
  const limited = seed % 2 === 0;
  const sandbox = await startSandbox({ seed, rateLimit: limited ? 200 : 0 });
  try {
    await sandbox.quirks(world.quirks);
    await sandbox.faults(rules);
    await sandbox.clock({ skew_ms: SKEW_MS[seed % 4] });
    const random = new Random(seed);
    const time = new FastTime((ms) => sandbox.clock({ advance_ms: ms }), random);
    const shared = { sandbox, time, random, limited };
    return await Promise.race([time.broken, judged(shared, [...writes(payouts)], seed)]);
  } finally {
    await sandbox.stop();
  }
}

async function judged(shared, all, seed) {
  const { sandbox, time } = shared;
  const caller = new Caller(shared);
  // In two runs of four the retry quota is soon used up, and a doubtful write ends as unknown at once; in the others it comes
  // back in time to look.
  const longestPauseMs = Math.floor(seed / 2) % 2 === 0 ? 120_000 : 2_000;
  const next = all.values();
  const lane = async () => {
    time.enter();
    for (const write of next) {
      await write.make(caller);
      await time.sleep(shared.random.between(0, longestPauseMs));
    }
    time.leave();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  caller.client.close();
  time.enter();
  await time.sleep(DRAINED_MS);
  // What is unknown is resolved by another client, in the same weather, and all of it in clear weather by another process.
  const other = new Caller(shared);
  for (const write of all) await write.resolve(other);
  other.client.close();
  await fetch(`${sandbox.url}/_sandbox/faults`, { method: "DELETE" });
  await time.sleep(DRAINED_MS);
  const inDoubt = all.filter(({ record }) => record);
  const told = await elsewhere(shared, seed, inDoubt);
  for (const [index, write] of inDoubt.entries()) write.toldElsewhere(told[index]);
  return judge(all, await sandbox.ledger(), await sandbox.journal());
}
