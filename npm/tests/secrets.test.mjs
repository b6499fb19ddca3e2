// Everything that can be printed, of calls that end in every way, holds neither secret and no signature: a signed request can
// be sent again for minutes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { format, inspect } from "node:util";
import * as v8 from "node:v8";
import { createRelay } from "../dist/relay.js";
import { client, INVOICE, raw, reply, requests } from "./support.mjs";

const SECRET = "s3cr3t-of-the-api-0123456789";
const CALLBACK = "s3cr3t-of-callbacks-9876543210";
const ID = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd";

/** How a thing can end up in a log, a file or another thread. */
const FORMS = {
  String,
  stack: ({ stack }) => stack,
  inspect: (thing) => inspect(thing, { depth: 9 }),
  "inspect, all of it": (thing) => inspect(thing, { depth: 9, showHidden: true, showProxy: true, getters: true }),
  format: (thing) => format("%s %o %j %O", thing, thing, thing, thing),
  JSON: (thing) => JSON.stringify(thing),
  "JSON of its own names": (thing) => JSON.stringify(thing, Object.getOwnPropertyNames(thing)),
  structuredClone: (thing) => inspect(structuredClone(thing), { depth: 9, showHidden: true }),
  "v8.serialize": (thing) => v8.serialize(thing).toString("latin1"),
  "spread out": (thing) => inspect({ ...thing }, { depth: 9, showHidden: true }),
};

/** Every text that a thing gives; what cannot be cloned or written gives none. */
function* texts(thing) {
  for (const [form, show] of Object.entries(FORMS)) {
    try {
      yield [form, String(show(thing))];
    } catch (error) {
      yield [`${form}, refused`, inspect(error, { depth: 9 })];
    }
  }
}

/** What the server does with a request for each currency. */
const ANSWERS = {
  A01: reply(401, { error: { code: "unauthenticated", message: "no" } }),
  A03: reply(403, "<html>blocked</html>"),
  A22: reply(422, { error: { code: "validation", message: "no", details: [] } }),
  A50: reply(500, {}),
  A53: reply(503, "<html>down</html>"),
  A32: reply(302, "", "Location: /elsewhere\r\n"),
  A20: reply(200, { data: { nonsense: true } }),
  A21: reply(200, "no JSON"),
  A29: reply(429, {}, "Retry-After: 900\r\n"),
  OK: reply(200, { data: { buy_rate: "1", sell_rate: "2" } }),
};

test("nothing that can be printed shows a secret or a signature", { timeout: 60_000 }, async () => {
  const signatures = new Set();
  const server = await raw((socket) =>
    requests(socket, (head) => {
      signatures.add(/^authorization: (\S+ \S+)/im.exec(head)[1]);
      const answer = ANSWERS[/\/api\/rates\/(\w+)\//.exec(head)?.[1]];
      if (answer) socket.write(answer);
      else socket.resetAndDestroy();
    }),
  );
  const printed = [];
  const keep = (name, thing) => printed.push([name, thing]);
  const settings = { apiSecret: SECRET, callbackSecrets: [CALLBACK], maxRetries: 1, timeoutMs: 4000 };
  const api = client(server.url, settings);
  for (const seen of ["fetch", "sleep", "permit", "done"]) api.on(seen, (event) => keep(`event ${seen}`, event));
  keep("client", api);
  for (const part of ["invoices", "callbacks"]) keep(part, api[part]);

  const ended = async (name, call) => {
    keep(`${name}, running`, call);
    try {
      keep(name, await call);
      if (call.withResponse) keep(`${name}, response`, await call.withResponse());
    } catch (error) {
      keep(name, error);
    }
    if (call.pending) keep(`${name}, pending`, call.pending() ?? {});
  };
  for (const currency of Object.keys(ANSWERS)) {
    // A limit that was learnt stops every later call of a client.
    const own = currency === "A29" ? client(server.url, settings) : api;
    await ended(currency, own.rates.retrieve(currency, "EUR"));
    if (own !== api) own.close();
  }
  await ended("a write that is lost", api.invoices.create(INVOICE));
  await ended("a list", api.invoices.list());
  await ended("a wrong argument", api.invoices.create({ ...INVOICE, price_amount: "1e3" }));
  await ended("a cancelled call", api.rates.all({ signal: AbortSignal.abort() }));
  const record = { v: 1, operation: "invoices.create", params: INVOICE, custom_id: "o-1" };
  await ended("resolve", api.resolve(record));

  // Transports whose errors carry what they were given.
  const throwing = [
    (request) => Object.assign(new Error("in a field"), { config: { headers: request.headers } }),
    (request) => new Error(`in the text: ${JSON.stringify(request.headers)}`),
    (request) => new Error("in its cause", { cause: { request } }),
    (request) => ({ no: "error", request }),
  ];
  for (const [index, made] of throwing.entries()) {
    const fetch = async (request) => {
      for (const [name, value] of request.headers) if (name === "Authorization") signatures.add(value);
      throw made(request);
    };
    const other = client(server.url, { ...settings, fetch: { fetch } });
    await ended(`transport ${index}, read`, other.rates.all());
    await ended(`transport ${index}, write`, other.invoices.create(INVOICE));
  }

  const body = '{"type":"Invoice","event":"created","data":{"id":"1"}}';
  keep("callback", api.callbacks.verify(body, api.callbacks.sign(body)));
  const refusals = [
    () => api.callbacks.verify(body, "0".repeat(64)),
    () => api.callbacks.verify({}, ""),
    () => client(server.url, { ...settings, apiSecret: `${SECRET} ` }),
    () => client(server.url, { ...settings, callbackSecrets: `${CALLBACK}\n` }),
    () => client("http://example.com", settings),
  ];
  for (const refused of refusals) assert.throws(refused, (error) => keep("refused", error) === printed.length);
  const relay = createRelay({
    client: api,
    allow: ["invoices.retrieve"],
    origins: ["https://shop"],
    authorize: () => true,
    onRefused: (error) => keep("what the relay's log is told", error),
  });
  const asked = { method: "POST", headers: { origin: "https://shop", "content-type": "application/json" } };
  const told = await relay(
    new Request("https://shop/pay", {
      ...asked,
      body: JSON.stringify({ operation: "invoices.retrieve", params: { invoice_id: ID } }),
    }),
  );
  assert.equal(printed.at(-1)[0], "what the relay's log is told");
  keep("the relay's answer", { status: told.status, headers: [...told.headers], text: await told.text() });
  api.close();
  await server.close();

  assert.ok(signatures.size > 10, `only ${signatures.size} signatures were seen`);
  const never = [SECRET, CALLBACK];
  for (const secret of [SECRET, CALLBACK])
    for (const encoding of ["hex", "base64"]) never.push(Buffer.from(secret).toString(encoding));
  for (const signature of signatures) never.push(signature, signature.split(":")[1]);
  const shown = [];
  for (const [name, thing] of printed)
    for (const [form, text] of texts(thing))
      for (const secret of never) if (text.includes(secret)) shown.push(`${name}, ${form}: ${secret}`);
  // Its name is no secret, but nothing of the package's own speaks of it.
  for (const [name, thing] of printed)
    if (!name.startsWith("transport"))
      for (const [form, text] of texts(thing))
        if (/authorization/i.test(text)) shown.push(`${name}, ${form}: the header`);
  assert.deepEqual(shown, []);
  // The scan sees what is there.
  assert.ok(
    [...texts(Object.assign(new Error("x"), { deep: { er: [SECRET] } }))].filter(([, text]) => text.includes(SECRET))
      .length > 3,
  );
  assert.ok(printed.length > 60, `${printed.length} things were printed`);
});
