// Whatever a caller passes: it is refused with the error of its place, and the core works as before.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Cryptopay, FetchFailure } from "../dist/node.js";
import * as glue from "../wasm/cryptopay_bg.js";
import { started } from "./contract/core.mjs";
import { client, INVOICE } from "./support.mjs";

const ID = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd";
const BODY = '{"type":"Invoice","event":"created","data":{"id":"1","status":"new"}}';
const own = () => {
  throw new Error("the caller's own");
};
const cyclic = {};
cyclic.self = cyclic;
const cyclicList = [];
cyclicList.push(cyclicList);
const detached = new Uint8Array(8);
structuredClone(detached.buffer, { transfer: [detached.buffer] });
const detachedBuffer = new ArrayBuffer(8);
structuredClone(detachedBuffer, { transfer: [detachedBuffer] });
const revoked = Proxy.revocable({}, {});
revoked.revoke();
let deep = [];
for (let n = 0; n < 200; n += 1) deep = [deep];

/** What is bad everywhere. */
const BAD = {
  NaN: Number.NaN,
  "a BigInt": 1n,
  "a Symbol": Symbol("s"),
  "a function": () => 1,
  "a Map": new Map(),
  "a cyclic object": cyclic,
  "a cyclic list": cyclicList,
  "a key that is half of a pair": { "\ud800": "1" },
  "a detached array": detached,
  "a detached buffer": detachedBuffer,
  "a getter that throws": {
    get x() {
      return own();
    },
  },
  "a toJSON that throws": { toJSON: own },
  "a toJSON that gives itself": {
    toJSON() {
      return this;
    },
  },
  "a revoked proxy": revoked.proxy,
  "a proxy that throws": new Proxy({}, { get: own, has: own, ownKeys: own, getPrototypeOf: own }),
  "a proxy of bytes": new Proxy(new Uint8Array(8), {}),
  "deep nesting": deep,
};
/** What is bad where something must be. */
const NOTHING = {
  undefined: undefined,
  null: null,
  "a number": 42,
  "a boolean": true,
  "an empty list": [],
  "half of a pair": "\ud800",
};
const TEXTS = { ...BAD, ...NOTHING };
const without = (bad, ...names) => Object.fromEntries(Object.entries(bad).filter(([name]) => !names.includes(name)));

const nobody = async () => {
  throw new FetchFailure("connect", "no", "nobody is there");
};
const api = client("http://127.0.0.1:1", { callbackSecrets: "c", maxRetries: 0, fetch: { fetch: nobody } });
const made = (settings) => new Cryptopay({ environment: "sandbox", apiKey: "k", apiSecret: "s", ...settings });

/** Every place that takes a value: which are bad there, what is called with one, and the code of the refusal. */
const PLACES = {
  parameters: [TEXTS, (value) => api.invoices.create(value), "invalid_argument"],
  "an amount": [TEXTS, (value) => api.invoices.create({ ...INVOICE, price_amount: value }), "invalid_argument"],
  "an object in parameters": [BAD, (value) => api.invoices.create({ ...INVOICE, metadata: value }), "invalid_argument"],
  "an id in a path": [TEXTS, (value) => api.invoices.retrieve(value), "invalid_argument"],
  "parameters of a list": [without(TEXTS, "undefined"), (value) => api.invoices.list(value), "invalid_argument"],
  "a record": [TEXTS, (value) => api.resolve(value), "invalid_argument"],
  "parameters in a record": [
    TEXTS,
    (value) => api.resolve({ v: 1, operation: "invoices.create", params: value }),
    "invalid_argument",
  ],
  options: [without(TEXTS, "undefined", "null"), (value) => api.rates.all(value), "invalid_argument"],
  "a time": [{ ...BAD, "a text": "soon" }, (value) => api.rates.all({ timeoutMs: value }), "invalid_argument"],
  "a signal": [BAD, (value) => api.rates.all({ signal: value }), "invalid_argument"],
  "a quote": [
    without(
      BAD,
      "a Map",
      "a key that is half of a pair",
      "a detached array",
      "a detached buffer",
      "a toJSON that gives itself",
      "a proxy of bytes",
    ),
    (value) => api.coinWithdrawals.commit(ID, { quote: value }),
    "invalid_argument",
  ],
  "an observer": [without(TEXTS, "a function"), async (value) => api.on("step", value), "invalid_argument"],
  "a body to read": [TEXTS, async (value) => api.callbacks.parse(value), "invalid_argument"],
  "a body to sign": [TEXTS, async (value) => api.callbacks.sign(value), "invalid_argument"],
  "a body to verify": [TEXTS, async (value) => api.callbacks.verify(value, "0".repeat(64)), "invalid_signature"],
  "a signature": [TEXTS, async (value) => api.callbacks.verify(BODY, value), "invalid_signature"],
  "a status": [
    without(TEXTS, "half of a pair"),
    async (value) => api.callbacks.parse(BODY).mayFollow(value),
    "invalid_argument",
  ],
  settings: [TEXTS, async (value) => new Cryptopay(value), "configuration"],
  "a key": [TEXTS, async (value) => made({ apiKey: value }), "configuration"],
  "an environment": [TEXTS, async (value) => made({ environment: value }), "configuration"],
  "a callback secret": [
    without(TEXTS, "undefined", "an empty list"),
    async (value) => made({ callbackSecrets: value }),
    "configuration",
  ],
  "a number of retries": [BAD, async (value) => made({ maxRetries: value }), "configuration"],
};

/** That the core still does what it should. */
async function works() {
  const { id } = api.callbacks.verify(BODY, api.callbacks.sign(BODY));
  assert.equal(id, "1");
  await assert.rejects(api.invoices.create(INVOICE), { code: "connection" });
}

for (const [place, [bad, call, code]] of Object.entries(PLACES)) {
  test(`what is no good as ${place} is refused, and the core works on`, async () => {
    for (const [name, value] of Object.entries(bad)) {
      let came = "nothing";
      try {
        await call(value);
      } catch (error) {
        came = error.code ?? String(error);
        if (error.code) assert.ok(error.message.length > 20, `${name}: ${error.message}`);
      }
      assert.equal(came, code, name);
      await works();
    }
  });
}

test("texts that are none of the core's are refused by it, and it works on", () => {
  const core = started(glue, new WebAssembly.Module(readFileSync(new URL("../dist/cryptopay.wasm", import.meta.url))));
  const config = JSON.stringify({ environment: "sandbox", api_key: "k", api_secret: "s" });
  const start = '{"unix_ms":1,"tick_ms":1,"entropy":"00000000000000000000000000000000","params":{}}';
  const texts = [
    "",
    " ",
    "{",
    "[]",
    "null",
    "1e999",
    '"\\ud800"',
    "[".repeat(5000),
    "\0",
    "x".repeat(1 << 20),
    start.replace("1,", "-1,"),
  ];
  for (const text of texts) {
    assert.throws(
      () => new core.Client(text),
      (error) => typeof error === "string" && error.length > 10,
      text.slice(0, 20),
    );
    const client = new core.Client(config);
    for (const call of [
      client.begin("rates.all", text, false),
      client.begin(text, start, false),
      client.resolve(text, false),
    ]) {
      const { done } = JSON.parse(call.step());
      assert.ok(
        ["invalid_argument", "misuse"].includes(done?.error?.code),
        `${text.slice(0, 20)}: ${JSON.stringify(done)}`,
      );
      call.free();
    }
    assert.ok(JSON.parse(client.begin("rates.all", start, false).step()).fetch);
    client.free();
  }
});
