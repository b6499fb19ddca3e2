// An AbortSignal ends a call in under 20 ms in every state, and says what cancelling means (W4).

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { FetchFailure, systemTime } from "../dist/node.js";
import { caught, client, held, INVOICE, raw, reply, requests } from "./support.mjs";

afterEach(async () => assert.deepEqual(await held(), [], "no socket and no timer is left"));

/** Aborts once `arrived` is, and a moment later. */
async function abortedAfter(arrived, run) {
  const controller = new AbortController();
  const reason = new Error("enough");
  let at = 0;
  const ended = caught(run(controller.signal));
  await arrived;
  setTimeout(() => {
    at = performance.now();
    controller.abort(reason);
  }, 30);
  const error = await ended;
  const took = performance.now() - at;
  assert.equal(error.cause, reason);
  return { error, took };
}

/** Does it again, a few times, when it took longer than 20 ms: a busy machine may have been elsewhere. */
async function soon(once) {
  const took = [];
  while (took.length < 5 && !(took.at(-1) < 20)) took.push(await once());
  assert.ok(took.at(-1) < 20, `ended after ${took} ms`);
}

/** A server that does this with a request, and a promise that one has come. */
async function met(act) {
  let arrive;
  const arrived = new Promise((resolve) => {
    arrive = resolve;
  });
  const server = await raw((socket) =>
    requests(socket, () => {
      act(socket);
      arrive();
    }),
  );
  return { server, arrived };
}

test("while a write is on its way: unknown, with the record for resolve", async () => {
  await soon(async () => {
    const { server, arrived } = await met(() => {});
    const api = client(server.url, { time: systemTime });
    const { error, took } = await abortedAfter(arrived, (signal) => api.invoices.create(INVOICE, { signal }));
    assert.equal(error.code, "outcome_unknown");
    assert.equal(error.record.custom_id, "o-1");
    for (let round = 0; round < 100 && server.sockets.size > 0; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.equal(server.sockets.size, 0);
    await server.close();
    return took;
  });
});

test("while a read is on its way, in a retry's wait, in a slow body: cancelled", async () => {
  for (const act of [
    () => {},
    (socket) => socket.write(reply(503, {}, "Retry-After: 30\r\n")),
    (socket) => socket.write("HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n{"),
  ]) {
    await soon(async () => {
      const { server, arrived } = await met(act);
      const api = client(server.url, { time: systemTime });
      const { error, took } = await abortedAfter(arrived, (signal) => api.rates.all({ signal }));
      assert.equal(error.code, "cancelled");
      api.close();
      await server.close();
      return took;
    });
  }
});

test("in the wait for a shared limit, and in a transport that does not listen", async () => {
  const never = new Promise(() => {});
  for (const options of [{ sharedLimit: () => never }, { fetch: { fetch: () => never } }]) {
    const api = client("http://127.0.0.1:1", { time: systemTime, ...options });
    await soon(async () => {
      const { error, took } = await abortedAfter(undefined, (signal) => api.rates.all({ signal }));
      assert.equal(error.code, "cancelled");
      return took;
    });
  }
});

test("while a connection is made, also for the last time: cancelled with the reason, never `connection`", async () => {
  const connecting = {
    fetch: (_, attempt) =>
      new Promise((_, reject) =>
        attempt.onEnd(() => reject(new FetchFailure("connect", "no", "no connection was had"))),
      ),
  };
  for (const maxRetries of [0, 3]) {
    const api = client("http://127.0.0.1:1", { time: systemTime, fetch: connecting, maxRetries });
    const { error } = await abortedAfter(undefined, (signal) => api.invoices.create(INVOICE, { signal }));
    assert.deepEqual([error.name, error.attempts], ["CallCancelledError", 1]);
  }
});

test("when an attempt's time is over just before: cancelled with the reason", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const slow = {
    fetch: (_, attempt) =>
      new Promise((_, reject) =>
        attempt.onEnd(() => {
          controller.abort(reason);
          reject(new FetchFailure("timeout", "no", "no connection was had"));
        }),
      ),
  };
  const api = client("http://127.0.0.1:1", { time: systemTime, fetch: slow, maxRetries: 0, attemptTimeoutMs: 20 });
  const error = await caught(api.invoices.create(INVOICE, { signal: controller.signal }));
  assert.deepEqual([error.name, error.cause], ["CallCancelledError", reason]);
});

test("before it begins: nothing is sent", async () => {
  let sent = 0;
  const api = client("http://127.0.0.1:1", { fetch: { fetch: async () => sent++ } });
  const error = await caught(api.rates.all({ signal: AbortSignal.abort() }));
  assert.deepEqual([error.code, sent], ["cancelled", 0]);
});
