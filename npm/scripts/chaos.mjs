// Payouts through bad weather, from Node or a page:
// `node scripts/chaos.mjs [--in page] [--payouts N] [--seeds N] [--seed N] [--world NAME]`.
//
// Makes N payouts (500), spread over every world of tests/chaos.json and the seeds (2), while 30 % of all requests are struck
// by faults around the moment at which they are carried out; exchange transfers and refunds besides. Uses the built package
// and the sandbox that CRYPTOPAY_SANDBOX_BINARY names. Prints one row for each world, and ends with 1 if a single write was
// doubled or lost or stays unknown, with its whole story, or if too little happened to prove anything. A quote that was never
// committed is in none of the columns but the first two. The same run in Rust is tests/contract/src/bin/chaos.

import * as fs from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { Verdict } from "./chaos/judge.mjs";
import { play } from "./chaos/run.mjs";

/** How many runs go on at once: most of their time they wait for sockets. */
const AT_ONCE = 4;
/** How many stories of doubled or lost writes are told. */
const STORIES = 5;
const HEAD = `\
world                       seeds | payouts  others | at once  recovered  exists  refused  unknown | applied     not  still | doubled  lost
----------------------------------+-----------------+---------------------------------------------+------------------------+--------------`;

const number = (value, name, least) => {
  const read = Number(value);
  if (!Number.isSafeInteger(read) || read < least)
    throw new Error(`--${name} takes a whole number from ${least}, not ${value}`);
  return read;
};

const { values: asked } = parseArgs({
  options: {
    in: { type: "string", default: "node" },
    payouts: { type: "string", default: "500" },
    seeds: { type: "string", default: "2" },
    seed: { type: "string", default: "1" },
    world: { type: "string" },
  },
});
const payouts = number(asked.payouts, "payouts", 1);
const seeds = number(asked.seeds, "seeds", 1);
const firstSeed = number(asked.seed, "seed", 0);
/** Where the client is: who makes a run's host, and how the ledgers call that runtime. */
const HOSTS = { node: ["./chaos/node.mjs", "Node", "node"], page: ["./chaos/page.mjs", "a page", "browser"] };
if (!(asked.in in HOSTS)) throw new Error(`--in takes ${Object.keys(HOSTS).join(" or ")}, not ${asked.in}`);
const [program, where, runtime] = HOSTS[asked.in];
const { open, end } = await import(program);
// The ledger of all languages (`tests/README.md`).
const kept = process.env.CRYPTOPAY_LEDGER && path.join(process.env.CRYPTOPAY_LEDGER, `chaos-${runtime}.tsv`);
const weather = JSON.parse(fs.readFileSync(new URL("../../tests/chaos.json", import.meta.url), "utf8"));
const worlds = weather.worlds.filter(({ name }) => asked.world === undefined || asked.world === name);
if (worlds.length === 0)
  throw new Error(`there is no such world: there are ${weather.worlds.map(({ name }) => name).join("; ")}`);

/** The rules that strike as often as the weights say: a rule is asked only when those before it did not strike. */
function rules({ struck, faults }) {
  const all = faults.reduce((sum, { weight }) => sum + weight, 0);
  let left = 1;
  return faults.map(({ weight, rule }) => {
    const share = (struck * weight) / all;
    const probability = share / left;
    left -= share;
    return { ...rule, probability };
  });
}

function row(world, seed, of) {
  const cell = (value, width) => String(value).padStart(width);
  return (
    `${world.padEnd(27)} ${cell(seed, 5)} | ${cell(of.payouts, 7)} ${cell(of.others, 7)} | ${cell(of.atOnce, 7)} ` +
    `${cell(of.recovered, 10)} ${cell(of.exists, 7)} ${cell(of.refused, 8)} ${cell(of.unknown, 8)} | ` +
    `${cell(of.applied, 7)} ${cell(of.notApplied, 7)} ${cell(of.stillUnknown, 6)} | ${cell(of.doubled, 7)} ${cell(of.lost, 5)}`
  );
}

const counted = (codes) =>
  [...codes]
    .sort()
    .map(([code, times]) => `${code} ${times}`)
    .join(", ");

// Every run gets as many payouts as the others, and the first ones one more until the sum is right.
const runs = worlds.flatMap((world) =>
  Array.from({ length: seeds }, (_, index) => ({ world, seed: firstSeed + index, rules: rules(weather) })),
);
for (const [index, run] of runs.entries())
  run.payouts = Math.floor(payouts / runs.length) + (index < payouts % runs.length ? 1 : 0);

console.log(`${payouts} payouts from ${where} in ${worlds.length} worlds, 30 % of all requests struck\n\n${HEAD}`);
const started = performance.now();
const all = new Verdict();
const sums = new Map(worlds.map((world) => [world, { of: new Verdict(), left: seeds }]));
const next = runs.values();
const lane = async () => {
  for (const run of next) {
    const sum = sums.get(run.world);
    const verdict = await play(run, open).catch((cause) => {
      throw new Error(`${run.world.name}, seed ${run.seed}: ${cause.message}`, { cause });
    });
    if (kept)
      fs.appendFileSync(
        kept,
        verdict
          .lines(run.world.name, run.seed)
          .map((line) => `${line}\n`)
          .join(""),
      );
    verdict.offences = verdict.offences.map((story) => `${run.world.name}, seed ${run.seed}: ${story}`);
    sum.of.addUp(verdict);
    sum.left -= 1;
    if (sum.left === 0) console.log(row(run.world.name, seeds, sum.of));
    all.addUp(verdict);
  }
};
await Promise.all(Array.from({ length: AT_ONCE }, lane)).finally(end);
console.log(row("all", "", all));
console.log(`\nrefused because of ${counted(all.codes)}\nunknown because of ${counted(all.causes)}`);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(`${all.requests} requests, ${all.struck} of them struck; ${seconds} s`);
for (const story of all.offences) console.log(story.split("\n", 1)[0]);
for (const story of all.offences.slice(0, STORIES)) console.log(`\n${story}`);
const unproven = all.unproven(payouts);
for (const what of unproven) console.log(`\nthis proves nothing: ${what}`);
console.log(`\n${all.doubled} doubled, ${all.lost} lost, ${all.unknownForEver} still unknown to another process`);
// Ended here, whatever a browser that was closed has left open.
process.exit(unproven.length === 0 && all.offences.length === 0 ? 0 : 1);
