// What the wasm gives back are numbers and texts, never a JavaScript object: V8 before 12 (Node 20 and 21) ends the process when
// it gives up optimised code in which a function that returns one was inlined, while that function runs.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { test } from "node:test";

test("no function of the wasm returns a JavaScript object", () => {
  const told = fs.readFileSync(new URL("../wasm/cryptopay_bg.wasm.d.ts", import.meta.url), "utf8");
  const returned = [...told.matchAll(/^export const (\w+): \(.*\) => (.*);$/gm)].map(([, name, type]) => [name, type]);
  assert.ok(returned.length > 20, told);
  assert.deepEqual(
    returned.filter(([, type]) => type === "any"),
    [],
  );
});
