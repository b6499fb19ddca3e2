// Every transcript and every story of the contract, in Node.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { test } from "node:test";
import { Cryptopay, defaultFetch } from "../dist/node.js";
import { OPERATIONS } from "../dist/test/operations.js";
import { startSandbox } from "../dist/testing.js";
import * as glue from "../wasm/cryptopay_bg.js";
import { Scene } from "./contract/scenario.mjs";
import { play } from "./contract/transcript.mjs";

const folder = new URL("../../tests/", import.meta.url);
const read = (kind) =>
  fs
    .readdirSync(new URL(`${kind}/`, folder))
    .filter((name) => name.endsWith(".json"))
    .map((name) => [name, JSON.parse(fs.readFileSync(new URL(`${kind}/${name}`, folder), "utf8"))]);

const module = new WebAssembly.Module(fs.readFileSync(new URL("../dist/cryptopay.wasm", import.meta.url)));
const { exports } = new WebAssembly.Instance(module, { "./cryptopay_bg.js": glue });
glue.__wbg_set_wasm(exports);
exports.__wbindgen_start();

test("every transcript plays as written", () => {
  const all = read("transcripts");
  assert.ok(all.length > 100, `only ${all.length} transcripts`);
  const wrong = all.flatMap(([name, transcript]) => play(glue, transcript).map((text) => `${name}: ${text}`));
  assert.deepEqual(wrong, []);
});

test("every story holds", {
  timeout: 300_000,
  skip: process.env.CRYPTOPAY_SANDBOX_BIN ? false : "CRYPTOPAY_SANDBOX_BIN names no sandbox",
}, async () => {
  const all = read("scenarios");
  assert.ok(all.length >= 40, `only ${all.length} stories`);
  const wrong = [];
  const next = all.values();
  const play = async () => {
    for (const [name, story] of next) {
      const scene = await Scene.open(
        story,
        ({ rate_limit: rateLimit, ...rest }) => startSandbox({ ...rest, rateLimit }),
        (options) => new Cryptopay(options),
        OPERATIONS,
        defaultFetch(),
      );
      await scene.play(story).catch((error) => wrong.push(`${name} (${story.rule}): ${error.message}`));
      scene.client.close();
      await scene.sandbox.stop();
    }
  };
  await Promise.all([play(), play(), play(), play()]);
  assert.deepEqual(wrong.sort(), []);
});
