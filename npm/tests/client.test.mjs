// What the package's own code decides: arguments, looks, classes, lists, callbacks.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { inspect } from "node:util";
import * as esm from "../dist/node.js";
import { answered, caught, client, INVOICE, raw, reply, requests } from "./support.mjs";

const cjs = createRequire(import.meta.url)("../dist/cjs/node.js");
const answering = (object) => ({
  fetch: async () => ({ status: 200, header: () => null, body: new TextEncoder().encode(JSON.stringify(object)) }),
});

test("instanceof holds across the ESM and the CJS copy", async () => {
  const error = await caught(client("http://127.0.0.1:1").invoices.create({}));
  for (const copy of [esm, cjs]) {
    assert.ok(error instanceof copy.CryptopayError);
    assert.ok(error instanceof copy.InvalidArgumentError);
    assert.ok(!(error instanceof copy.ValidationError));
  }
  assert.ok(!({ code: "invalid_argument" } instanceof esm.CryptopayError));
});

test("nothing shows a secret", async () => {
  const api = new esm.Cryptopay({
    environment: "sandbox",
    apiKey: "key",
    apiSecret: "s3cr3t-one",
    callbackSecrets: "s3cr3t-two",
  });
  const error = await caught(api.invoices.create({}));
  for (const text of [
    inspect(api, { depth: 9, showHidden: true }),
    JSON.stringify(api),
    inspect(error, { depth: 9 }),
    JSON.stringify(error),
    String(api),
  ]) {
    assert.ok(!text.includes("s3cr3t"), text);
  }
});

test("arguments that JSON would change without a word are refused", async () => {
  const api = client("http://127.0.0.1:1");
  const cyclic = {};
  cyclic.self = cyclic;
  for (const value of [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1n,
    () => 1,
    Symbol("s"),
    new Map(),
    "\ud800",
    cyclic,
    100,
  ]) {
    const error = await caught(api.invoices.create({ ...INVOICE, price_amount: value }));
    assert.equal(error.code, "invalid_argument", inspect(value));
    assert.match(error.message, /^invoices\.create: invalid_argument \(0 attempts\): price_amount/);
  }
});

test("a list refuses its arguments when it is read, and does not throw before", async () => {
  const api = client("http://127.0.0.1:1");
  for (const params of [{ customer_id: Number.NaN }, "BTC", [], { nonsense: 1 }]) {
    assert.equal((await caught(api.invoices.list(params))).code, "invalid_argument", inspect(params));
  }
});

test("a decimal object goes out as its exact text", async () => {
  let sent;
  const server = await raw((socket) =>
    requests(socket, (_, body) => {
      sent ||= body;
      socket.write(reply(500, {}));
    }),
  );
  await caught(
    client(server.url, { maxRetries: 0, timeoutMs: 3000 }).invoices.create({
      ...INVOICE,
      price_amount: { toJSON: () => "0.10000000000000000001" },
    }),
  );
  assert.match(sent, /"price_amount":"0\.10000000000000000001"/);
  await server.close();
});

test("amounts that the API writes as numbers keep every digit", async () => {
  const text = '{"data":{"buy_rate":12345678901234567890.123456789,"sell_rate":1.5e-7}}';
  const fetch = { fetch: async () => ({ status: 200, header: () => null, body: new TextEncoder().encode(text) }) };
  const rate = await client("http://127.0.0.1:1", { fetch }).rates.retrieve("BTC", "EUR");
  assert.deepEqual(rate, { buy_rate: "12345678901234567890.123456789", sell_rate: "0.00000015" });
});

test("a list is walked to its end, row by row and page by page", async () => {
  const [a, b, c] = [1, 2, 3].map((n) => `06a54ccb-889f-4c1f-8a59-086a84a1e2d${n}`);
  const pages = [[a, b], [b, c], []];
  const asked = [];
  const api = client("http://127.0.0.1:1", {
    fetch: {
      fetch: async (request) => {
        asked.push(new URL(request.url).searchParams.get("starting_after"));
        const ids = pages[asked.length - 1];
        const body = JSON.stringify({ data: ids.map(answered), meta: { has_more: asked.length < 3 } });
        return { status: 200, header: () => null, body: new TextEncoder().encode(body) };
      },
    },
  });
  const ids = [];
  for await (const invoice of api.invoices.list()) ids.push(invoice.id);
  assert.deepEqual(
    [ids, asked],
    [
      [a, b, c],
      [null, b, c],
    ],
  );
  asked.length = 0;
  const first = await api.invoices.list();
  assert.deepEqual([first.data.length, first.more, first.lastId], [2, true, b]);
});

test("what has not changed is no failure: NotModified, and no object in .withResponse()", async () => {
  const headers = { etag: '"x"' };
  const api = client("http://127.0.0.1:1", {
    fetch: { fetch: async () => ({ status: 304, header: (name) => headers[name], body: new Uint8Array() }) },
  });
  const options = { ifNoneMatch: '"x"' };
  const id = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd";
  const { data, response } = await api.invoices.retrieve(id, options).withResponse();
  assert.deepEqual([data, response.notModified], [null, true]);
  for (const call of [api.invoices.retrieve(id, options), api.invoices.list({}, options)]) {
    const told = await caught(call);
    assert.ok(told instanceof esm.NotModified && !(told instanceof esm.CryptopayError));
    assert.deepEqual([told.name, told.message, told.response.etag], ["NotModified", "not modified", '"x"']);
  }
});

test("a 202 that shows no object is unknown with its record, and without one where nothing has moved", async () => {
  const fetch = async ({ method }) => ({
    status: method === "GET" ? 404 : 202,
    header: (name) => (name === "x-request-id" ? "f00d" : null),
    body: new TextEncoder().encode(method === "GET" ? '{"error":{"code":"not_found"}}' : "{}"),
  });
  const api = client("http://127.0.0.1:1", { fetch: { fetch } });
  const amount = { charged_currency: "EUR", received_currency: "BTC", received_amount: "1" };
  const paid = await caught(
    api.coinWithdrawals.create({ address: "a", ...amount, force_commit: true, custom_id: "p" }),
  );
  assert.deepEqual([paid.code, paid.status, paid.record.custom_id], ["outcome_unknown", 202, "p"]);
  assert.match(paid.message, /\(status 202, .*1 attempt\): .*; do not send it again: store the record and resolve it/);
  const quoted = await caught(api.exchangeTransfers.create({ ...amount, custom_id: "x" }));
  assert.deepEqual([quoted.code, quoted.record], ["outcome_unknown", undefined]);
  assert.match(quoted.message, /; nothing has moved: ask again later$/);
});

test("a write whose answer is not what its type says was applied: unknown, with its record and the object's id", async () => {
  const wrong = { ...answered(), pay_amount: null };
  const api = client("http://127.0.0.1:1", { fetch: answering({ data: wrong }) });
  const error = await caught(api.invoices.create(INVOICE));
  assert.deepEqual([error.name, error.status, error.existingId], ["OutcomeUnknownError", 200, wrong.id]);
  assert.deepEqual([error.record.custom_id, error.reason.code], ["o-1", "invalid_response"]);
  assert.match(error.message, /does not fit its model: the answer\.pay_amount is missing; .*; do not send it again: /);
  assert.equal((await api.invoices.create(INVOICE).withResponse()).data.pay_amount, null);
});

test("a read whose answer is not what its type says is refused, and .withResponse() hands it back", async () => {
  const wrong = { ...answered(), pay_amount: null };
  const api = client("http://127.0.0.1:1", { fetch: answering({ data: wrong }) });
  const error = await caught(api.invoices.retrieve(wrong.id));
  assert.deepEqual([error.name, error.existingId, error.record], ["InvalidResponseError", wrong.id, undefined]);
  assert.equal((await api.invoices.retrieve(wrong.id).withResponse()).data.pay_amount, null);
  const rows = client("http://127.0.0.1:1", { fetch: answering({ data: [wrong], meta: { has_more: false } }) });
  const listed = await caught(rows.invoices.list());
  assert.equal(listed.name, "InvalidResponseError");
  assert.match(listed.message, /the answer\[0\]\.pay_amount is missing/);
});

test("what may be missing and does not fit hides no object: it is left out, and is in the raw answer", async () => {
  const odd = { ...answered(), custom_id: 7, exchange: { pair: "BTCEUR" }, metadata: { a: 1 }, name: "kept" };
  const api = client("http://127.0.0.1:1", { fetch: answering({ data: odd }) });
  for (const call of [() => api.invoices.create(INVOICE), () => api.invoices.retrieve(odd.id)]) {
    const { custom_id, exchange, metadata, name, status } = await call();
    assert.deepEqual([custom_id, exchange, metadata, name, status], [undefined, undefined, undefined, "kept", "new"]);
    assert.deepEqual(JSON.parse((await call().withResponse()).response.raw).data, odd);
  }
});

test("the same object is awaited twice", async () => {
  const api = client("http://127.0.0.1:1", { fetch: answering({ data: answered() }) });
  const call = api.invoices.create(INVOICE);
  assert.equal(await call, await call);
});

test("a generated custom_id is known before anything is sent, and an observer hears of it", async () => {
  const seen = [];
  const api = client("http://127.0.0.1:1", { fetch: answering({ data: answered() }) });
  api.on("fetch", (step) => seen.push(step.customId));
  const call = api.invoices.create({ price_amount: "1", price_currency: "EUR", pay_currency: "BTC" });
  assert.match(call.customId, /^[0-9a-f]{32}$/);
  await call;
  assert.deepEqual(seen, [call.customId]);
});

test("an observer hears what was read, and what the client waits for", async () => {
  const steps = [];
  const failed = { status: 503, header: (name) => (name === "cf-ray" ? "r-1" : null), body: new Uint8Array() };
  const answers = [failed, await answering({ data: answered() }).fetch()];
  const api = client("http://127.0.0.1:1", { fetch: { fetch: async () => answers.shift() } });
  api.on("step", (step) => steps.push(step));
  await api.invoices.retrieve("06a54ccb-889f-4c1f-8a59-086a84a1e2dd");
  const [, sleep, , done] = steps;
  assert.deepEqual(
    steps.map((step) => step.step),
    ["fetch", "sleep", "fetch", "done"],
  );
  assert.ok(sleep.waitMs >= 0 && sleep.waitMs <= 500, `${sleep.waitMs}`);
  assert.deepEqual(sleep.read, { status: 503, requestId: "r-1", clockOffsetMs: null, placesLeft: 194 });
  assert.deepEqual([sleep.detail, sleep.customId, done.sends, done.waitMs], ["retry", null, 2, null]);
});

test("a custom_id is asked for where its type asks for one, and made elsewhere", async () => {
  const api = client("http://127.0.0.1:1", { maxRetries: 0, fetch: async () => assert.fail("is not reached") });
  const amount = { charged_currency: "EUR", received_currency: "BTC", received_amount: "1" };
  const creates = {
    coinWithdrawals: [{ address: "a", ...amount }, "asked"],
    exchangeTransfers: [amount, "made"],
    exchangeTransfers_: [{ ...amount, force_commit: true }, "asked"],
    channels: [{ name: "c", pay_currency: "BTC", receiver_currency: "EUR" }, "made"],
    invoices: [{ price_amount: "1", price_currency: "EUR", pay_currency: "BTC" }, "made"],
  };
  for (const [name, [params, wanted]] of Object.entries(creates)) {
    const resource = api[name.replace("_", "")];
    const call = resource.create(params);
    assert.equal(call.customId ? "made" : "asked", wanted, name);
    if (wanted === "asked") assert.match((await caught(call)).message, /: custom_id: is required/);
    else await caught(call);
    assert.ok(resource.create(params, { generatedCustomId: true }).customId, name);
  }
});

test("a shared limit that does not answer holds no call up: the client's own limit decides", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const asked = [];
  const sharedLimit = (ask, signal) => {
    asked.push([ask, signal]);
    return new Promise(() => undefined);
  };
  const api = client("http://127.0.0.1:1", { sharedLimit, fetch: answering({ data: {} }) });
  const call = api.rates.all();
  await new Promise(setImmediate);
  const [[ask, signal]] = asked;
  assert.deepEqual(ask, { cost: 1, priority: "read", frozenMs: 0 });
  context.mock.timers.tick(4_999);
  assert.equal(signal.aborted, false);
  context.mock.timers.tick(1);
  assert.deepEqual([await call, signal.aborted], [{}, true]);
});

test("an observer that fails, at once or later, ends neither the call nor the process", async (context) => {
  const warned = context.mock.method(console, "warn", () => undefined);
  const api = client("http://127.0.0.1:1", { fetch: answering({ data: answered() }) });
  api.on("fetch", () => {
    throw new Error("at once");
  });
  api.on("done", async () => {
    throw new Error("later");
  });
  assert.equal((await api.invoices.create(INVOICE)).status, "new");
  await new Promise(setImmediate);
  const told = warned.mock.calls.map(({ arguments: [text, cause] }) => [text, cause.message]);
  const text = "cryptopay-client: an observer failed, the call goes on:";
  assert.deepEqual(told, [
    [text, "at once"],
    [text, "later"],
  ]);
});

test("what is missing, or still text, is told by its own name", async () => {
  const api = client("http://127.0.0.1:1");
  assert.match((await caught(api.invoices.create())).message, /params: is missing, pass an object;/);
  assert.match(
    (await caught(api.resolve(undefined))).message,
    /record: is missing: give the `record` that the error carries;/,
  );
  assert.throws(() => api.on("retry", () => undefined), /name: must be one of fetch, sleep, permit, done, step;/);
  const stored = JSON.stringify({ v: 1, operation: "invoices.create", params: {} });
  const error = await caught(api.resolve(stored));
  assert.ok(error instanceof esm.InvalidArgumentError);
  assert.match(error.message, /record: is text: give what JSON.parse makes of it;/);
});

test("what resolve found has the words of every language: state, value, reason", async () => {
  const down = JSON.stringify({ error: { code: "maintenance", message: "down" }, meta: { request_id: "r-1" } });
  const sends = (status, text) => ({
    fetch: async () => ({ status, header: () => null, body: new TextEncoder().encode(text) }),
  });
  const offline = client("http://127.0.0.1:1", { fetch: sends(503, down) });
  const { record, reason } = await caught(offline.invoices.create(INVOICE));
  const cause = { code: "maintenance", status: 503, requestId: "r-1" };
  assert.deepEqual({ ...reason, message: "" }, { ...cause, message: "" });
  const unknown = await offline.resolve(record);
  assert.deepEqual([unknown.state, unknown.value, unknown.differing], ["unknown", null, []]);
  assert.deepEqual({ ...unknown.reason, message: "" }, { ...cause, message: "" });
  assert.match(unknown.reason.message, /./);
  assert.ok(unknown.retryAt === null || unknown.retryAt instanceof Date);

  const made = { ...answered(), custom_id: INVOICE.custom_id };
  const online = client("http://127.0.0.1:1", { fetch: sends(200, JSON.stringify({ data: made })) });
  const applied = await online.resolve(record);
  assert.deepEqual([applied.state, applied.value?.id, applied.reason], ["applied", made.id, null]);
  assert.deepEqual([applied.retryAt, applied.differing, applied.response.status], [null, [], 200]);
});

test("a runtime that is too old is told so before anything is asked", (context) => {
  const crypto = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  context.after(() => Object.defineProperty(globalThis, "crypto", crypto));
  delete globalThis.crypto;
  const message = "configuration: this runtime is too old, it has no global crypto: use Node 20 or later";
  const settings = { environment: "sandbox", apiKey: "k", apiSecret: "s" };
  assert.throws(() => new esm.Cryptopay(settings), { name: "ConfigurationError", message });
});

test("the environment's variables are named, and an empty callback secret is none", (context) => {
  const before = { ...process.env };
  context.after(() => {
    process.env = before;
  });
  const set = (callback) => ({
    CRYPTOPAY_ENVIRONMENT: "sandbox",
    CRYPTOPAY_API_KEY: "k",
    CRYPTOPAY_API_SECRET: "s",
    CRYPTOPAY_CALLBACK_SECRET: callback,
  });
  for (const words of ["environment", "API key", "API secret"]) {
    const variable = `CRYPTOPAY_${words.toUpperCase().replace(" ", "_")}`;
    const message = `configuration: the ${words} is missing, set the environment variable ${variable}`;
    process.env = { ...set("c"), [variable]: "" };
    assert.throws(() => esm.Cryptopay.fromEnv(), { name: "ConfigurationError", message });
  }
  process.env = set("");
  const missing = {
    code: "configuration",
    message:
      "no callback secret was given, give the client the one shown in the dashboard; a client made from environment " +
      "variables reads it from CRYPTOPAY_CALLBACK_SECRET",
  };
  assert.throws(() => esm.Cryptopay.fromEnv().callbacks.sign("{}"), missing);
  assert.throws(() => esm.Cryptopay.fromEnv().callbacks.verify("{}", "00"), missing);
  process.env = set("new,old,");
  const { callbacks } = esm.Cryptopay.fromEnv();
  const old = client("http://127.0.0.1:1", { callbackSecrets: "old" }).callbacks;
  const body = '{"type":"Invoice","event":"created","data":{"id":"1","status":"new"}}';
  assert.equal(callbacks.verify(body, old.sign(body)).id, "1");
});

test("a callback is verified over its raw bytes", () => {
  // Published in the tests of the API's Java client.
  const body = '{"event":"transaction_created","status":"success"}';
  const signature = "48f6618904af38a6457c9ad037fc2bde58b85bacafb07dda3d9f2be03e659b4d";
  const { callbacks } = client("http://127.0.0.1:1", { callbackSecrets: ["new", "dsgFEG8Ef663J7ff31-KFW9jf66w0K"] });
  const { event, secret } = callbacks.verify(body, signature);
  assert.deepEqual([event, secret], ["transaction_created", 1], "the old secret fitted");
  assert.equal(callbacks.parse(body).secret, null);
  assert.throws(() => callbacks.verify(`${body} `, signature), esm.InvalidSignatureError);
  assert.throws(() => callbacks.verify(JSON.parse(body), signature), /raw bytes/);
  assert.throws(() => client("http://127.0.0.1:1").callbacks.verify(body, signature), esm.ConfigurationError);
});

test("a wrong configuration is refused by the constructor", () => {
  for (const wrong of [
    { environment: "http://example.com" },
    { apiKey: "" },
    { apiSecret: " " },
    { maxRetries: -1 },
    { rateLimit: 500 },
  ]) {
    assert.throws(() => client("sandbox", wrong), esm.ConfigurationError);
  }
});
