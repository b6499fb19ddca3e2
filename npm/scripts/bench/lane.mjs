// One peer at one width in a process of its own: `node --expose-gc lane.mjs PEER PORT LANES`. Prints what a call costs when it
// is warm, how many are made in a second, and the most that the process holds.

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
const { maxRSS } = process.resourceUsage();
console.log(JSON.stringify({ cpu: least("cpu"), calls: 1e6 / least("clock"), held: maxRSS / 1e3 }));
