// Another process, which finds out how writes ended: it is given the texts of their records and a client's settings on its
// input, and nothing else but the time. Prints what `resolve` says of each: applied, not_applied or unknown.

import { Cryptopay } from "../../dist/node.js";
import { Random } from "./random.mjs";
import { FastTime } from "./time.mjs";

let text = "";
for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
const { options, seed, passedMs, records } = JSON.parse(text);
const advance = async (ms) => {
  const init = { method: "POST", headers: { "content-type": "application/json" } };
  const body = JSON.stringify({ advance_ms: ms });
  const answer = await fetch(`${options.environment}/_sandbox/clock`, { ...init, body });
  if (!answer.ok) throw new Error(await answer.text());
};
const time = new FastTime(advance, new Random(seed), passedMs);
const client = new Cryptopay({ ...options, time });
time.enter();
const told = [];
for (const record of records) told.push((await client.resolve(JSON.parse(record))).status);
client.close();
console.log(JSON.stringify(told));
