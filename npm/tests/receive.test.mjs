// B3: an event is handled once, 200 only afterwards; and what a relay lets through.

import assert from "node:assert/strict";
import * as http from "node:http";
import { test } from "node:test";
import { lambdaHandler, MemoryStore, nodeHandler, webHandler } from "../dist/callbacks.js";
import { ADDRESS_HEADER, createRelay, nodeRelay } from "../dist/relay.js";
import { createRelayClient, RelayError } from "../dist/relay-page.js";
import { answered, caught, client, INVOICE } from "./support.mjs";

const { callbacks } = client("http://127.0.0.1:1", { callbackSecret: "secret" });
const BODY = '{"type":"Invoice","event":"status_changed","data":{"id":"1","status":"completed"}}';
const signed = { "x-cryptopay-signature": callbacks.sign(BODY) };
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
  assert.equal((await ask(handler)).status, 503, "in progress");
  finish();
  assert.equal((await first).status, 200);
  assert.equal((await ask(handler)).status, 200);
  assert.equal(handled, 1);
});

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
  assert.equal((await ask(handler, {})).status, 401);
  assert.equal((await ask(handler, { "x-cryptopay-signature": "0".repeat(64) })).status, 401);
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
  const response = { setHeader() {}, end() {} };
  await nodeHandler(options)({ headers: signed, body: JSON.parse(BODY), readableEnded: true }, response);
  assert.equal(response.statusCode, 500);
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

test("a relay runs what is allowed, from where it is allowed, as often as it is allowed", async () => {
  const sent = [];
  const api = client("http://127.0.0.1:1", {
    maxRetries: 0,
    fetch: {
      fetch: async (request) => {
        sent.push(JSON.parse(request.body));
        return {
          status: 201,
          header: () => null,
          body: new TextEncoder().encode(JSON.stringify({ data: answered() })),
        };
      },
    },
  });
  const relay = createRelay({
    client: api,
    allow: ["invoices.create"],
    origins: ["https://shop"],
    authorize: ({ params }) => params.custom_id !== "no",
    limit: 4,
  });
  const page = createRelayClient({
    url: "https://shop/pay",
    fetch: (url, init) => relay(new Request(url, { ...init, headers: { ...init.headers, origin: "https://shop" } })),
  });
  const order = { price_amount: "1", price_currency: "EUR", pay_currency: "BTC" };
  assert.equal((await page.invoices.create(order)).status, "new");
  assert.match(sent[0].custom_id, /^[0-9a-f]{32}$/, "the page made the id");
  await assert.rejects(page.invoices.create({ ...order, custom_id: "no" }), { code: "forbidden", maybeSent: false });
  await assert.rejects(page.coinWithdrawals.create({}), { code: "forbidden" });
  await assert.rejects(
    page.invoices.create({ ...order, price_amount: 1 }),
    (error) => error instanceof RelayError && error.code === "invalid_argument",
  );
  await assert.rejects(page.invoices.create(order), { code: "rate_limited" });
  assert.equal(
    (await relay(new Request("https://shop/pay", { method: "POST", body: "{}" }))).status,
    403,
    "another origin",
  );
  assert.equal(sent.length, 1);
});

test("what a page may have sent is told: a lost answer, an unknown end, and its own id that is there already", async () => {
  const order = { price_amount: "1", price_currency: "EUR", pay_currency: "BTC" };
  const told = async (answer, call) => {
    const page = createRelayClient({ url: "https://shop/pay", fetch: answer });
    const error = await caught(call(page));
    assert.ok(error instanceof RelayError, String(error));
    return error.maybeSent;
  };
  const refused = (code) => async () => new Response(JSON.stringify({ error: { code } }), { status: 409 });
  const lost = async () => {
    throw new TypeError("fetch failed");
  };
  const create = (more) => (page) => page.invoices.create({ ...order, ...more });
  assert.equal(await told(lost, create()), true);
  assert.equal(await told(lost, (page) => page.invoices.retrieve({ invoice_id: "1" })), false);
  assert.equal(await told(refused("outcome_unknown"), create()), true);
  // Nobody else can have used an id that the page made; one of its caller's is another's.
  assert.equal(await told(refused("duplicate_custom_id"), create()), true);
  assert.equal(await told(refused("duplicate_custom_id"), create({ custom_id: "mine" })), false);
  assert.equal(await told(refused("validation"), create()), false);
});

test("a relay over node:http is the same, and knows who asks", async () => {
  const fetch = {
    fetch: async () => ({
      status: 201,
      header: () => null,
      body: new TextEncoder().encode(JSON.stringify({ data: answered() })),
    }),
  };
  const visitors = [];
  const relay = nodeRelay({
    client: client("http://127.0.0.1:1", { fetch }),
    allow: ["invoices.create"],
    origins: ["https://shop"],
    authorize: () => true,
    visitor: (request) => visitors.push(request.headers.get(ADDRESS_HEADER)) && "",
  });
  const server = http.createServer(relay);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}/pay`;
  const headers = { origin: "https://shop", "content-type": "application/json", [ADDRESS_HEADER]: "6.6.6.6" };
  const send = (body, more = {}) => globalThis.fetch(url, { method: "POST", headers: { ...headers, ...more }, body });
  const ask = JSON.stringify({ operation: "invoices.create", params: INVOICE });
  const answer = await send(ask);
  assert.deepEqual([answer.status, (await answer.json()).data.status], [200, "new"]);
  assert.equal(answer.headers.get("access-control-allow-origin"), "https://shop");
  assert.deepEqual(visitors, ["127.0.0.1"], "not what the request says of itself");
  assert.equal((await send(ask, { origin: "https://else" })).status, 403);
  assert.equal((await send("x".repeat(70_000))).status, 413);
  assert.equal((await globalThis.fetch(url, { method: "OPTIONS", headers })).status, 204);
  server.close();
  server.closeAllConnections();
});
