// What a relay lets through, what it tells a page and what its server's log; and what a page makes of the answers.

import assert from "node:assert/strict";
import * as http from "node:http";
import { test } from "node:test";
import { ADDRESS_HEADER, createRelay, nodeRelay } from "../dist/relay.js";
import { createRelayClient, RelayError } from "../dist/relay-page.js";
import { caught, client, halves, INVOICE, sold } from "./support.mjs";

const ORIGIN = "https://shop";
const settings = (more) => ({
  client: client("http://127.0.0.1:1", { fetch: sold() }),
  allow: ["invoices.create"],
  origins: [ORIGIN],
  authorize: () => true,
  ...more,
});
const asks = (asked, headers = { origin: ORIGIN }) =>
  new Request("https://shop/pay", {
    method: "POST",
    headers,
    body: typeof asked === "string" ? asked : JSON.stringify(asked),
  });

test("a relay runs what is allowed, from where it is allowed, as often as it is allowed", async () => {
  const sent = [];
  const api = client("http://127.0.0.1:1", {
    maxRetries: 0,
    fetch: sold((request) => sent.push(JSON.parse(request.body))),
  });
  const relay = createRelay(settings({ client: api, authorize: ({ params }) => params.custom_id !== "no", limit: 4 }));
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
  assert.equal(await told(refused("parameter_mismatch"), create({ custom_id: "mine" })), true);
  // Nobody else can have used an id that the page made; one of its caller's is another's.
  assert.equal(await told(refused("duplicate_custom_id"), create()), true);
  assert.equal(await told(refused("conflict"), create()), true);
  assert.equal(await told(refused("duplicate_custom_id"), create({ custom_id: "mine" })), false);
  assert.equal(await told(refused("validation"), create()), false);
});

test("a write that a browser sends again by itself is run once, a read each time", async () => {
  let [sent, at] = [0, 0];
  const fetch = async () => {
    sent++;
    return { status: 422, header: () => null, body: new TextEncoder().encode("{}") };
  };
  const ids = [];
  const relay = createRelay(
    settings({
      client: client("http://127.0.0.1:1", { maxRetries: 0, fetch: { fetch } }),
      now: () => at,
      authorize: ({ id, operation }) =>
        ids.push(id) && (operation === "coins.list" || { subscription_id: crypto.randomUUID() }),
      allow: ["subscriptions.cancel", "coins.list"],
    }),
  );
  const ask = (id, subscription_id = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd") =>
    relay(asks({ operation: "subscriptions.cancel", params: { subscription_id }, id }));
  const [one, two] = [crypto.randomUUID(), crypto.randomUUID()];
  const told = await Promise.all([ask(one), ask(one)].map(async (answer) => (await answer).json()));
  assert.deepEqual([sent, told[0], told[0].error.code], [1, told[1], "validation"]);
  await Promise.all([ask(two), ask(two)]);
  assert.equal(sent, 2, "another call");
  await ask(one);
  assert.equal(sent, 2, "its answer is kept");
  await ask(one, "15d0bb11-1e9f-4295-bec5-abd9d5a906a1");
  assert.equal(sent, 3, "the same id for something else");
  assert.deepEqual(ids, [one, two, one], "nobody is asked whether what comes again may");
  at = 5 * 60_000;
  await ask(one);
  assert.equal(sent, 4, "after five minutes it is forgotten");
  const read = () => relay(asks({ operation: "coins.list", params: {}, id: two }));
  await Promise.all([read(), read()]);
  assert.equal(sent, 6);
});

test("who asks too often is refused and not remembered, and what ran is told again all the same", async () => {
  let at = 0;
  const relay = createRelay(settings({ now: () => at, limit: 1 }));
  const [one, two] = [crypto.randomUUID(), crypto.randomUUID()];
  const ask = async (id) => (await relay(asks({ operation: "invoices.create", params: INVOICE, id }))).status;
  assert.deepEqual([await ask(one), await ask(two), await ask(one)], [200, 429, 200]);
  at = 61_000;
  assert.equal(await ask(two), 200);
});

test("what a gateway answers in the relay's place is no success, and does not say that nothing was sent", async () => {
  const gateways = [
    [504, { message: "Endpoint request timed out" }],
    [504, { status: 504, error: "Gateway Timeout" }],
    [504, { error: { code: "FUNCTION_INVOCATION_TIMEOUT" } }],
    [502, { error: { code: 502 } }],
    [502, { data: {} }],
    [502, null],
    [200, "maintenance"],
    [200, {}],
  ];
  for (const [status, body] of gateways) {
    const page = createRelayClient({
      url: "https://shop/pay",
      fetch: async () => new Response(JSON.stringify(body), { status }),
    });
    const error = await caught(page.invoices.create(INVOICE));
    assert.ok(error instanceof RelayError, `${status} ${JSON.stringify(body)}: ${error}`);
    assert.deepEqual([error.code, error.maybeSent, error.customId], ["connection", true, INVOICE.custom_id]);
    const read = await caught(page.invoices.retrieve({ invoice_id: "1" }));
    assert.deepEqual([read.code, read.maybeSent], ["connection", false]);
  }
});

test("a relay over node:http is the same, and knows who asks", async () => {
  const visitors = [];
  const visitor = (request) => visitors.push(request.headers.get(ADDRESS_HEADER)) && "";
  const relay = nodeRelay(settings({ visitor }));
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

test("the server's log is told why a page is answered with no object, and of which operation", async () => {
  const told = [];
  const relay = createRelay(
    settings({
      authorize({ params }) {
        if (params.custom_id === "broken") throw Object.assign(new Error("database down"), { code: "ECONNREFUSED" });
        return params.custom_id === "yes" ? "yes" : params.custom_id !== "no";
      },
      limit: 7,
      onRefused: (error, operation) => told.push([error.code, error.message, operation]),
    }),
  );
  const create = (more) => asks({ operation: "invoices.create", params: { ...INVOICE, ...more } });
  const refusals = [
    [create({ custom_id: "no" }), 403, { code: "forbidden" }],
    [asks({ operation: "coin_withdrawals.create" }), 403, { code: "forbidden" }],
    [asks({ operation: "invoices.creat" }), 400, { code: "invalid_argument" }],
    [asks("no JSON"), 400, { code: "invalid_argument" }],
    // Its code is of the server's inside, not of this client.
    [create({ custom_id: "broken" }), 502, { code: "server_error" }],
    [create({ custom_id: "yes" }), 502, { code: "configuration" }],
    [create({ price_amount: 1 }), 502, { code: "invalid_argument" }],
    [create(), 429, { code: "rate_limited" }],
    [asks({}, { origin: "https://else" }), 403, { code: "forbidden" }],
  ];
  for (const [request, status, error] of refusals) {
    const answer = await relay(request);
    const { fields, ...rest } = (await answer.json()).error;
    assert.deepEqual([answer.status, rest], [status, error]);
  }
  const amount = told[6][1];
  assert.match(amount, /^invoices\.create: invalid_argument \(0 attempts\): price_amount: is a number/);
  assert.deepEqual(told, [
    ["forbidden", "the relay refused invoices.create: authorize refused it", "invoices.create"],
    [
      "forbidden",
      "the relay refused coin_withdrawals.create: the operation is not in allow",
      "coin_withdrawals.create",
    ],
    ["invalid_argument", "the relay refused a request: there is no such operation", undefined],
    ["invalid_argument", "the relay refused a request: the body is not JSON", undefined],
    ["ECONNREFUSED", "database down", "invoices.create"],
    [
      "configuration",
      "configuration: authorize: must return true, false or an object of parameters, not a string",
      "invoices.create",
    ],
    ["invalid_argument", amount, "invoices.create"],
    ["rate_limited", "the relay refused invoices.create: the visitor asks too often", "invoices.create"],
    ["forbidden", 'the relay refused a request: "https://else" is not in origins', undefined],
  ]);
});

test("a hook that fails, at once or later, changes no answer", async (context) => {
  const warned = context.mock.method(console, "warn", () => undefined);
  const fail = () => {
    throw new Error("no disk");
  };
  for (const onRefused of [fail, async () => fail()]) {
    const answer = await createRelay(settings({ onRefused, authorize: () => false }))(
      asks({ operation: "invoices.create", params: INVOICE }),
    );
    assert.deepEqual([answer.status, await answer.json()], [403, { error: { code: "forbidden" } }]);
  }
  await new Promise(setImmediate);
  assert.deepEqual(
    warned.mock.calls.map(({ arguments: [text, cause] }) => `${text} ${cause.message}`),
    Array(2).fill("cryptopay-client: onRefused failed, the answer stands: no disk"),
  );
});

test("a visitor who breaks off, or asks in a way that the Web does not know, ends no process", async () => {
  const told = [];
  const relay = nodeRelay(settings({ onRefused: (error) => told.push(error.code ?? error.name) }));
  const head = "Host: shop\r\nOrigin: https://shop\r\n";
  await halves(relay, `POST /pay HTTP/1.1\r\n${head}Content-Length: 100\r\n\r\nhalf`);
  const answer = await halves(relay, `TRACE /pay HTTP/1.1\r\n${head}\r\n`);
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.deepEqual(told, ["ECONNRESET", "TypeError"]);
});
