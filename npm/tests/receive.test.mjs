// B3: an event is handled once, 200 only afterwards; and whatever comes instead of one, or fails, ends in an answer.

import assert from "node:assert/strict";
import * as http from "node:http";
import { test } from "node:test";
import { lambdaHandler, MemoryStore, nodeHandler, receive, webHandler } from "../dist/callbacks.js";
import { client, halves } from "./support.mjs";

const { callbacks } = client("http://127.0.0.1:1", { callbackSecrets: "secret" });
const BODY = '{"type":"Invoice","event":"status_changed","data":{"id":"1","status":"completed"}}';
const SIGNATURE = callbacks.sign(BODY);
const signed = { "x-cryptopay-signature": SIGNATURE };
const ask = (handler, headers = signed, body = BODY) =>
  handler(new Request("http://shop/", { method: "POST", headers, body }));

test("an event is handled once, however often it is delivered", async () => {
  let handled = 0;
  let finish;
  const handler = webHandler({
    callbacks,
    store: new MemoryStore(),
    handle: () => {
      handled += 1;
      return new Promise((resolve) => {
        finish = resolve;
      });
    },
  });
  const first = ask(handler);
  await new Promise((resolve) => setImmediate(resolve));
  const meanwhile = await ask(handler);
  assert.deepEqual([meanwhile.status, await meanwhile.text()], [503, "being handled, come again"]);
  finish();
  assert.equal((await first).status, 200);
  const again = await ask(handler);
  assert.deepEqual([again.status, await again.text(), handled], [200, "handled before", 1]);
});

test("a handler has five minutes, then another delivery runs it again", async () => {
  let now = 0;
  let handled = 0;
  const handle = () => {
    handled += 1;
    return new Promise(() => {});
  };
  const handler = webHandler({ callbacks, store: new MemoryStore(() => now), handle });
  ask(handler);
  await new Promise(setImmediate);
  now = 299_999;
  assert.deepEqual([(await ask(handler)).status, handled], [503, 1]);
  now = 300_000;
  ask(handler);
  await new Promise(setImmediate);
  assert.equal(handled, 2);
});

test("a handler that fails after its lease does not free the claim of the next delivery", async () => {
  const store = new MemoryStore();
  const key = callbacks.verify(BODY, SIGNATURE).dedupeKey;
  const handle = () => {
    const lapsed = Date.now() + 2;
    while (Date.now() < lapsed);
    assert.equal(store.claim(key, 60_000), "new");
    throw new Error("too slow");
  };
  const handler = webHandler({ callbacks, store, handle, leaseMs: 1, onRefused: () => {} });
  assert.equal((await ask(handler)).status, 500);
  assert.equal(store.claim(key, 60_000), "in_progress");
});

for (const claim of ["OK", null, undefined, true, 1]) {
  test(`an event is not handled when the store's claim answers ${claim}, which may mean that it was before`, async () => {
    const refused = [];
    const store = { claim: async () => claim, complete: () => {}, release: () => {} };
    let handled = 0;
    const handle = () => {
      handled += 1;
    };
    const handler = webHandler({ callbacks, store, handle, onRefused: (error) => refused.push(error.message) });
    const told = await ask(handler);
    assert.deepEqual([told.status, await told.text(), handled], [500, "not handled", 0]);
    assert.deepEqual(refused, [`configuration: store: claim answered ${claim}, not new, in_progress or done`]);
  });
}

test("a handler that fails gets the event again", async () => {
  let times = 0;
  const handler = webHandler({
    callbacks,
    store: new MemoryStore(),
    handle: () => {
      times += 1;
      if (times === 1) throw new Error("database down");
    },
  });
  assert.deepEqual([(await ask(handler)).status, (await ask(handler)).status, times], [500, 200, 2]);
});

test("what is not signed is refused, and an unknown type is taken", async () => {
  const seen = [];
  const handler = webHandler({ callbacks, store: new MemoryStore(), handle: (event) => void seen.push(event.known) });
  const refused = [await ask(handler, {}), await ask(handler, { "x-cryptopay-signature": "0".repeat(64) })];
  const [absent, wrong] = await Promise.all(refused.map(async (told) => `${told.status} ${await told.text()}`));
  assert.match(absent, /^400 the request has no X-Cryptopay-Signature header, /);
  assert.match(wrong, /^400 the signature does not fit, check that the secret is the callback secret /);
  const unknown = '{"type":"Lottery","event":"won","data":{}}';
  assert.equal((await ask(handler, { "x-cryptopay-signature": callbacks.sign(unknown) }, unknown)).status, 200);
  assert.deepEqual(seen, [false]);
});

test("a body that was parsed before says so", async () => {
  const refused = [];
  const options = {
    callbacks,
    store: new MemoryStore(),
    handle: () => {},
    onRefused: (error) => refused.push(error.message),
  };
  let said;
  const response = { setHeader() {}, end: (text) => (said = text) };
  await nodeHandler(options)({ headers: signed, body: JSON.parse(BODY), readableEnded: true }, response);
  assert.deepEqual([response.statusCode, said], [500, "not configured"]);
  assert.match(refused[0], /before any body parser/);
});

test("node:http and Lambda bring the raw body", async () => {
  const options = { callbacks, store: new MemoryStore(), handle: () => {} };
  const server = http.createServer(nodeHandler(options)).listen(0);
  const url = `http://127.0.0.1:${server.address().port}/`;
  assert.equal((await fetch(url, { method: "POST", headers: signed, body: BODY })).status, 200);
  assert.equal(
    (await fetch(url, { method: "POST", headers: signed, body: "x".repeat(1 << 21) }).catch(() => ({ status: 413 })))
      .status,
    413,
  );
  server.close();
  server.closeAllConnections();
  const lambda = lambdaHandler(options);
  const headers = { "X-Cryptopay-Signature": signed["x-cryptopay-signature"] };
  assert.equal((await lambda({ headers, body: btoa(BODY), isBase64Encoded: true })).statusCode, 200);
});

test("a delivery that breaks off ends in no unhandled error, and is told", async () => {
  const refused = [];
  const handler = nodeHandler({
    callbacks,
    store: new MemoryStore(),
    handle: () => {},
    onRefused: (error) => refused.push(error.code),
  });
  await halves(handler, "POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 100\r\n\r\nhalf");
  assert.deepEqual(refused, ["ECONNRESET"]);
});

test("a body that is no base64, too large or never whole is refused as that", async () => {
  const refused = [];
  const options = { callbacks, store: new MemoryStore(), handle: () => {}, onRefused: (error) => refused.push(error) };
  const told = await lambdaHandler(options)({ headers: signed, body: "~", isBase64Encoded: true });
  assert.deepEqual(told, { statusCode: 400, body: "the body did not arrive whole" });
  const endless = new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(1 << 16)) });
  const request = new Request("http://shop/", { method: "POST", headers: signed, body: endless, duplex: "half" });
  assert.equal((await webHandler(options)(request)).status, 413);
  assert.equal(refused.length, 2);
});

test("what fails while a failure is dealt with changes no answer", async (context) => {
  const warned = context.mock.method(console, "warn", () => undefined);
  const refused = [];
  const store = {
    claim: () => "new",
    complete: () => {},
    release() {
      throw new Error("the store is down");
    },
  };
  const handle = () => {
    throw new Error("database down");
  };
  const told = await receive(
    { callbacks, store, handle, onRefused: (error) => refused.push(error.message) },
    BODY,
    SIGNATURE,
  );
  assert.deepEqual([told.status, refused], [500, ["the store is down", "database down"]]);
  for (const onRefused of [handle, async () => handle()]) {
    const failing = { callbacks, store: new MemoryStore(), handle, onRefused };
    assert.equal((await receive(failing, BODY, SIGNATURE)).status, 500);
  }
  await new Promise(setImmediate);
  const text = "cryptopay-client: onRefused failed, the answer stands:";
  assert.deepEqual(
    warned.mock.calls.map(({ arguments: [said, cause] }) => [said, cause.message]),
    [
      [text, "database down"],
      [text, "database down"],
    ],
  );
});
