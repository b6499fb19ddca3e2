// One peer at one width in a process of its own: `node --expose-gc lane.mjs PEER PORT LANES`. Prints what a call costs when it
// is warm, how many are made in a second, and the most that the process holds.

import * as fs from "node:fs";
import { cost } from "./lanes.mjs";
import { PEERS } from "./peers.mjs";

const [CALLS, ROUNDS] = [2048, 4];
const [name, port, lanes] = process.argv.slice(2);
const { call, close } = await PEERS[name](Number(port));
await cost(call, Number(lanes), CALLS);
const told = [];
while (told.length < ROUNDS) told.push(await cost(call, Number(lanes), CALLS));
close();
const least = (what) => Math.min(...told.map((round) => round[what]));
console.log(JSON.stringify({ cpu: least("cpu"), calls: 1e6 / least("clock"), held: held() }));

/** In MB, as Linux tells it: what `resourceUsage` says of a child counts what its parent held. */
function held() {
  const [, most] = fs.readFileSync("/proc/self/status", "utf8").match(/^VmHWM:\s*(\d+)/m);
  return Number(most) / 1e3;
}
