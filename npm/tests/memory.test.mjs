// Memory stays where it is: over many calls of every ending, and over a list however long. A million calls are made by
// `cargo xtask bench npm`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { grown, held } from "./flat.mjs";
import { answered, client } from "./support.mjs";

const uuid = (n) => `06a54ccb-889f-4c1f-8a59-${n.toString(16).padStart(12, "0")}`;

test("calls of every ending leave nothing behind", { timeout: 120_000 }, async () => {
  const { heap, wasm } = await grown(1000, 3000);
  assert.equal(wasm, 0);
  assert.ok(heap < 1_000_000, `the heap has grown by ${heap} bytes`);
});

test("a list of 100,000 rows is walked in the memory of a page", { timeout: 120_000 }, async () => {
  const text = JSON.stringify(Array.from({ length: 100 }, () => answered("ID")));
  let page = 0;
  const fetch = {
    fetch: async () => {
      let row = page * 100;
      page += 1;
      const data = text.replaceAll("ID", () => uuid(row++));
      const body = `{"data":${data},"meta":{"has_more":${page < 1000}}}`;
      return { status: 200, header: () => null, body: new TextEncoder().encode(body) };
    },
  };
  let [rows, before, most] = [0, undefined, 0];
  for await (const { id } of client("http://127.0.0.1:1", { fetch, rateLimit: null }).invoices.list()) {
    assert.equal(id, uuid(rows));
    rows += 1;
    if (rows === 10_000) before = await held();
    else if (rows % 10_000 === 0) most = Math.max(most, (await held()).heap);
  }
  assert.equal(rows, 100_000);
  assert.equal((await held()).wasm, before.wasm);
  assert.ok(most - before.heap < 2_000_000, `the heap has grown by ${most - before.heap} bytes`);
});
