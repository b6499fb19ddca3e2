// An AbortSignal ends a call in under 20 ms in every state, and says what cancelling means (W4).

import assert from "node:assert/strict";
import { test } from "node:test";
import { systemTime } from "../dist/node.js";
import { caught, client, INVOICE, raw, reply, requests } from "./support.mjs";

async function abortedIn(ms, run) {
  const controller = new AbortController();
  const reason = new Error("enough");
  let at = 0;
  setTimeout(() => {
    at = performance.now();
    controller.abort(reason);
  }, ms);
  const error = await caught(run(controller.signal));
  assert.ok(performance.now() - at < 20, `ended after ${performance.now() - at} ms`);
  assert.equal(error.cause, reason);
  return error;
}

test("while a write is on its way: unknown, with the record for resolve", async () => {
  const server = await raw((socket) => requests(socket, () => {}));
  const api = client(server.url, { time: systemTime });
  const error = await abortedIn(60, (signal) => api.invoices.create(INVOICE, { signal }));
  assert.equal(error.code, "outcome_unknown");
  assert.equal(error.record.custom_id, "o-1");
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(server.sockets.size, 0);
  await server.close();
});

test("while a read is on its way, in a retry's wait, in a slow body: cancelled", async () => {
  for (const act of [
    () => {},
    (socket) => socket.write(reply(503, {}, "Retry-After: 30\r\n")),
    (socket) => socket.write("HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n{"),
  ]) {
    const server = await raw((socket) => requests(socket, () => act(socket)));
    const api = client(server.url, { time: systemTime });
    const error = await abortedIn(60, (signal) => api.rates.all({ signal }));
    assert.equal(error.code, "cancelled");
    api.close();
    await server.close();
  }
});

test("in the wait for a shared limit, and in a transport that does not listen", async () => {
  const never = new Promise(() => {});
  const waiting = client("http://127.0.0.1:1", { time: systemTime, limiter: () => never });
  assert.equal((await abortedIn(30, (signal) => waiting.rates.all({ signal }))).code, "cancelled");
  const deaf = client("http://127.0.0.1:1", { time: systemTime, fetch: { fetch: () => never } });
  assert.equal((await abortedIn(30, (signal) => deaf.rates.all({ signal }))).code, "cancelled");
});

test("before it begins: nothing is sent", async () => {
  let sent = 0;
  const api = client("http://127.0.0.1:1", { fetch: { fetch: async () => sent++ } });
  const error = await caught(api.rates.all({ signal: AbortSignal.abort() }));
  assert.deepEqual([error.code, sent], ["cancelled", 0]);
});
