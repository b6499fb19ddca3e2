// One run: a sandbox with its faults, and a host (`node.mjs`, `page.mjs`) that makes the writes there and resolves, elsewhere and
// in clear weather, all that is unknown. Then the run is judged.

import { startSandbox } from "../../dist/testing.js";
import { judge } from "./judge.mjs";
import { DRAINED_MS } from "./made.mjs";
import { Write } from "./write.mjs";

/** How wrong the clocks are, by the seed: too little for the server to mind, so that nothing corrects it. */
const SKEW_MS = [0, 0, -30_000, 20_000];

export async function play({ world, rules, seed, payouts }, open) {
  // Every second run has a rate limit on both sides.
  const limited = seed % 2 === 0;
  const sandbox = await startSandbox({ seed, rateLimit: limited ? 200 : 0 });
  const host = await open(sandbox);
  try {
    await sandbox.quirks(world.quirks);
    await sandbox.faults(rules);
    await sandbox.clock({ skew_ms: SKEW_MS[seed % 4] });
    const options = { ...sandbox.options, rateLimit: limited ? 195 : null, dangerouslyAllowBrowser: true };
    const { writes, passedMs } = await host.made({ options, seed, payouts });
    const all = writes.map(Write.of);
    await fetch(`${sandbox.url}/_sandbox/faults`, { method: "DELETE" });
    await sandbox.clock({ advance_ms: DRAINED_MS });
    const inDoubt = all.filter(({ record }) => record);
    const records = inDoubt.map(({ record }) => JSON.stringify(record));
    const told = await host.elsewhere({ options, seed, passedMs: passedMs + DRAINED_MS, records });
    for (const [index, write] of inDoubt.entries()) write.toldElsewhere(told[index]);
    return judge(all, await sandbox.ledger(), await sandbox.journal());
  } finally {
    await host.close();
    await sandbox.stop();
  }
}
