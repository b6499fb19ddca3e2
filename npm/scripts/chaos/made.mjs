// What a run does where the client is, in Node and in a page alike: a few programs at once make their writes through one
// client, time passes until nothing can come late any more, and a new client resolves what is unknown. `kit` is the package
// with `transport()`, what it sends with there, and `stallMs`: between which real ms one attempt is given up, drawn for each.

import { Caller } from "./caller.mjs";
import { Random } from "./random.mjs";
import { control } from "./sandbox.mjs";
import { FastTime } from "./time.mjs";
import { Write } from "./write.mjs";

/** How many programs share one client. */
const LANES = 8;
/** After this nothing comes late any more, and `resolve` may say that a write never happened. */
export const DRAINED_MS = 21 * 60_000;
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

/** Makes the writes: what became of each as data, and by how much the clocks were moved. */
export async function made({ options, seed, payouts }, kit) {
  const sandbox = control(options);
  const random = new Random(seed);
  const time = new FastTime(sandbox.clock, random);
  const shared = { sandbox, time, random, kit };
  const all = [...writes(payouts)];
  await Promise.race([time.broken, play(shared, all, seed)]);
  return { writes: all.map((write) => write.data()), passedMs: time.passedMs };
}

async function play(shared, all, seed) {
  const { time, random } = shared;
  const caller = new Caller(shared);
  // In two runs of four the retry quota is soon used up, and a doubtful write ends as unknown at once; in the others it comes
  // back in time to look.
  const longestPauseMs = Math.floor(seed / 2) % 2 === 0 ? 120_000 : 2_000;
  const next = all.values();
  const lane = async () => {
    time.enter();
    for (const write of next) {
      await write.make(caller);
      await time.sleep(random.between(0, longestPauseMs));
    }
    time.leave();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  caller.client.close();
  time.enter();
  await time.sleep(DRAINED_MS);
  const other = new Caller(shared);
  for (const write of all) await write.resolve(other);
  other.client.close();
}

/** What somebody says of writes who is given the texts of their records and a client's settings, and nothing else but the time. */
export async function elsewhere({ options, seed, passedMs, records }, { Cryptopay, transport }) {
  const time = new FastTime(control(options).clock, new Random(seed), passedMs);
  const client = new Cryptopay({ ...options, time, fetch: transport() });
  time.enter();
  const told = [];
  for (const record of records) {
    const { state, value } = await client.resolve(JSON.parse(record));
    told.push({ state, id: value?.id });
  }
  client.close();
  return told;
}
