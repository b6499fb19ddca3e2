// Memory stays where it is: over many calls of every ending, and over a list however long. The wasm's memory never shrinks,
// so that what it has after a while shows the most that was ever held.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answered, caught, client, INVOICE } from "./support.mjs";

let memory;
const { Instance } = WebAssembly;
WebAssembly.Instance = new Proxy(Instance, {
  construct(target, given) {
    const instance = new target(...given);
    memory = instance.exports.memory;
    return instance;
  },
});
const heap = async () => {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
};
const bytes = (object) => new TextEncoder().encode(JSON.stringify(object));
const uuid = (n) => `06a54ccb-889f-4c1f-8a59-${n.toString(16).padStart(12, "0")}`;

test("calls of every ending leave nothing behind", { timeout: 120_000 }, async () => {
  const [good, bad, rows] = [bytes({ data: answered() }), bytes({}), bytes({ data: [answered()] })];
  let turn = 0;
  const fetch = {
    fetch: async ({ url }) => {
      turn += 1;
      if (turn % 7 === 0) throw new Error("broken");
      if (turn % 5 === 0) return { status: 503, header: () => null, body: bad };
      return { status: 200, header: () => null, body: url.includes("?") ? rows : good };
    },
  };
  const api = client("http://127.0.0.1:1", { fetch, callbackSecret: "c", rateLimit: 0 });
  const body = '{"type":"Invoice","event":"created","data":{"id":"1"}}';
  const one = async () => {
    await Promise.allSettled([
      api.invoices.create(INVOICE),
      api.invoices.create({ ...INVOICE, price_amount: "1e3" }),
      api.invoices.list({ limit: 1 }),
      api.invoices.create(INVOICE, { signal: AbortSignal.abort() }),
    ]);
    const error = await caught(api.coinWithdrawals.create({ ...INVOICE }));
    assert.equal(error.code, "invalid_argument");
    assert.equal(api.callbacks.verify(body, api.callbacks.sign(body)).id, "1");
    assert.throws(() => api.callbacks.verify(body, "0".repeat(64)));
  };
  for (let round = 0; round < 1000; round += 1) await one();
  const [before, held] = [await heap(), memory.buffer.byteLength];
  for (let round = 0; round < 3000; round += 1) await one();
  assert.equal(memory.buffer.byteLength, held);
  const grown = (await heap()) - before;
  assert.ok(grown < 1_000_000, `the heap has grown by ${grown} bytes`);
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
  let [rows, before, most, held] = [0, 0, 0, 0];
  for await (const { id } of client("http://127.0.0.1:1", { fetch, rateLimit: 0 }).invoices.list()) {
    assert.equal(id, uuid(rows));
    rows += 1;
    if (rows === 10_000) [before, held] = [await heap(), memory.buffer.byteLength];
    else if (rows % 10_000 === 0) most = Math.max(most, await heap());
  }
  assert.equal(rows, 100_000);
  assert.equal(memory.buffer.byteLength, held);
  assert.ok(most - before < 2_000_000, `the heap has grown by ${most - before} bytes`);
});
