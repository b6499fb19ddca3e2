// Runs every file of the contract, in Node and in a page alike: `kit` brings what the two have in different ways.
//
// `{ read(kind), core, pure, Cryptopay, FetchFailure, operations, fields(operation), open(options), transport(sandbox),
// inspect?, without? }`: the files of a folder, the core's exports, its pure functions, the package, the known fields of
// an answer, a sandbox of its own for each story, how requests reach it, and stories that cannot be told there.

import { Scene } from "./scenario.mjs";
import { play } from "./transcript.mjs";
import { judge } from "./vectors.mjs";

/** How many of each were run, what came out differently, and `[file, cases]` of each file that passed whole. */
export async function run(kit, kinds = ["vectors", "transcripts", "scenarios"]) {
  const ran = { vectors: 0, transcripts: 0, scenarios: 0 };
  const wrong = [];
  const passed = [];
  const runs = {
    vectors: async (name, { function: named, cases }) => {
      if (!cases.length) wrong.push(`${name} has no case`);
      for (const { name: title, rule, in: given, ...expected } of cases) {
        const differ = await judge(named, expected, given, kit);
        if (differ.length) wrong.push(`${name}: ${title} (${rule}): ${differ.join("; ")}`);
        ran.vectors += 1;
      }
    },
    transcripts: (name, transcript) => {
      for (const text of play(kit.core, transcript)) wrong.push(`${name} (${transcript.rule}): ${text}`);
      ran.transcripts += 1;
    },
    scenarios: async (name, story) => {
      const scene = await Scene.open(story, kit);
      await scene.play(story).catch((error) => wrong.push(`${name} (${story.rule}): ${error.message}`));
      scene.client.close();
      await scene.sandbox.stop();
      ran.scenarios += 1;
    },
  };
  for (const kind of kinds) {
    const files = await kit.read(kind);
    if (files.length === 0) wrong.push(`there are no ${kind}`);
    const next = files.values();
    const work = async () => {
      for (const [name, file] of next) {
        if (kit.without?.has(name)) continue;
        await runs[kind](name, file);
        if (!wrong.some((text) => text.startsWith(name))) passed.push([`${kind}/${name}`, file.cases?.length ?? 1]);
      }
    };
    await Promise.all(kind === "scenarios" ? [work(), work(), work(), work()] : [work()]);
  }
  return { ran, wrong: wrong.sort(), passed };
}
