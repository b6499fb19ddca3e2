// Every vector, transcript and story of the contract, in Node. `browser/contract.browser.mjs` runs the same in pages.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { after, test } from "node:test";
import { inspect } from "node:util";
import { Cryptopay, defaultFetch, FetchFailure } from "../dist/node.js";
import { OPERATIONS } from "../dist/test/operations.js";
import { ANSWERS, SHAPES } from "../dist/test/shapes.js";
import { startSandbox } from "../dist/testing.js";
import * as glue from "../wasm/cryptopay_bg.js";
import * as pureGlue from "../wasm/pure/cryptopay_bg.js";
import { fieldsOf, started } from "./contract/core.mjs";
import { CORE, keep, PURE, read } from "./contract/host.mjs";
import { run } from "./contract/run.mjs";

const start = (from, file) => started(from, new WebAssembly.Module(fs.readFileSync(file)));
const kit = {
  read,
  core: start(glue, CORE),
  pure: start(pureGlue, PURE).pure,
  Cryptopay,
  FetchFailure,
  operations: OPERATIONS,
  fields: (operation) => fieldsOf(ANSWERS, SHAPES, operation),
  inspect: (error) => inspect(error, { depth: 9, showHidden: true }),
  open: ({ rate_limit: rateLimit, ...rest }) => startSandbox({ ...rest, rateLimit }),
  transport: () => defaultFetch(),
};
const skip = process.env.CRYPTOPAY_SANDBOX_BINARY ? false : "CRYPTOPAY_SANDBOX_BINARY names no sandbox";

const whole = [];
after(() => keep("node", whole));

for (const [kind, least, options] of [
  ["vectors", 500, {}],
  ["transcripts", 100, {}],
  ["scenarios", 40, { skip }],
]) {
  test(`every one of the ${kind} holds`, { timeout: 300_000, ...options }, async () => {
    const { ran, wrong, passed } = await run(kit, [kind]);
    whole.push(...passed);
    assert.deepEqual(wrong, []);
    assert.ok(ran[kind] >= least, `only ${ran[kind]} ${kind}`);
  });
}
