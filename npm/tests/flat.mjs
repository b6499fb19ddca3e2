// Calls of every ending, one after another over a transport without IO, and what the process holds before and after them.
// The wasm's memory never shrinks, so that what it has shows the most that was ever held. Needs `--expose-gc`.

import assert from "node:assert/strict";

let memory;
const { Instance } = WebAssembly;
WebAssembly.Instance = new Proxy(Instance, {
  construct(target, given) {
    const instance = new target(...given);
    memory = instance.exports.memory;
    return instance;
  },
});
const { answered, caught, client, INVOICE } = await import("./support.mjs");

const bytes = (object) => new TextEncoder().encode(JSON.stringify(object));
const [GOOD, BAD, ROWS] = [bytes({ data: answered() }), bytes({}), bytes({ data: [answered()] })];
const CALLBACK = '{"type":"Invoice","event":"created","data":{"id":"1"}}';
/** How many calls of the API a round is. */
export const CALLS_A_ROUND = 5;

/** Bytes of the heap that are in use after everything that can go is gone, and of the wasm's memory. */
export async function held() {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { heap: process.memoryUsage().heapUsed, wasm: memory.buffer.byteLength };
}

/** A function that makes a round of calls: answered, lost, refused by the API and by the client, cancelled; and callbacks. */
export function rounds() {
  let turn = 0;
  const fetch = {
    fetch: async ({ url }) => {
      turn += 1;
      if (turn % 7 === 0) throw new Error("broken");
      if (turn % 5 === 0) return { status: 503, header: () => null, body: BAD };
      return { status: 200, header: () => null, body: url.includes("?") ? ROWS : GOOD };
    },
  };
  const api = client("http://127.0.0.1:1", { fetch, callbackSecrets: "c", rateLimit: null });
  return async () => {
    await Promise.allSettled([
      api.invoices.create(INVOICE),
      api.invoices.create({ ...INVOICE, price_amount: "1e3" }),
      api.invoices.list({ limit: 1 }),
      api.invoices.create(INVOICE, { signal: AbortSignal.abort() }),
    ]);
    const error = await caught(api.coinWithdrawals.create({ ...INVOICE }));
    assert.equal(error.code, "invalid_argument");
    assert.equal(api.callbacks.verify(CALLBACK, api.callbacks.sign(CALLBACK)).id, "1");
    assert.throws(() => api.callbacks.verify(CALLBACK, "0".repeat(64)));
  };
}

/** Makes so many rounds after so many others that make it warm, and tells by how many bytes heap and wasm have grown. */
export async function grown(warm, many) {
  const round = rounds();
  for (let n = 0; n < warm; n += 1) await round();
  const before = await held();
  for (let n = 0; n < many; n += 1) await round();
  const after = await held();
  return { heap: after.heap - before.heap, wasm: after.wasm - before.wasm, held: after };
}
