// A setting or an option that does not exist, or is of the wrong kind, is refused where it is given: a misspelt timeout would be
// no timeout, a relay without `authorize` everybody's. A name that does not exist is told as the caller wrote it.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as callbacks from "../dist/callbacks.js";
import { Cryptopay } from "../dist/node.js";
import { createRelay, nodeRelay } from "../dist/relay.js";
import { createRelayClient } from "../dist/relay-page.js";
import { startSandbox } from "../dist/testing.js";
import { caught, client, INVOICE } from "./support.mjs";

const ID = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd";
/** A setting that is refused, in this sentence. */
const refused = (sentence) => ({
  code: "configuration",
  message: sentence instanceof RegExp ? sentence : `configuration: ${sentence}`,
});
const SETTINGS = { environment: "sandbox", apiKey: "k", apiSecret: "s" };
const every =
  "environment, apiKey, apiSecret, callbackSecrets, timeoutMs, attemptTimeoutMs, maxRetries, rateLimit, " +
  "userAgentSuffix, maxBodyBytes, sharedLimit, fetch, agent, time, dangerouslyAllowBrowser";

test("a client's setting that does not exist, or is of the wrong kind, is refused", () => {
  const RATE = "the rate limit must be a whole number of requests a minute, 1 to 200, or null (None, nil) for no limit";
  const wrong = [
    [{ timeout: 5000 }, "timeout: there is no setting of this name, the nearest is timeoutMs"],
    [{ deadline_ms: 5000 }, `deadline_ms: there is no setting of this name, the known ones are ${every}`],
    [{ secret: "s" }, `secret: there is no setting of this name, the known ones are ${every}`],
    [{ apisecret: "s" }, "apisecret: there is no setting of this name, the nearest is apiSecret"],
    [{ api_key: "k" }, "api_key: there is no setting of this name, the nearest is apiKey"],
    [{ retries: 1 }, `retries: there is no setting of this name, the known ones are ${every}`],
    [{ maxRetry: 1 }, `maxRetry: there is no setting of this name, the known ones are ${every}`],
    [{ maxRetrys: 1 }, "maxRetrys: there is no setting of this name, the nearest is maxRetries"],
    [{ toString: "x" }, `toString: there is no setting of this name, the known ones are ${every}`],
    [{ idempotency: "x" }, `idempotency: there is no setting of this name, the known ones are ${every}`],
    [{ timeoutMs: "5000" }, "the timeout of the call must be a whole number of milliseconds, 1 or more"],
    [{ timeoutMs: 0 }, "the timeout of the call must be a whole number of milliseconds, 1 or more"],
    [{ rateLimit: 0 }, RATE],
    [{ rateLimit: 201 }, RATE],
    [{ maxBodyBytes: 1.5 }, "the largest answer to read must be a whole number of bytes, 1 or more"],
    [{ callbackSecrets: [1n] }, "callbackSecrets.0: is a bigint, which JSON cannot carry"],
    [{ callbackSecrets: 5 }, "the callback secret must be a string, or a list of strings"],
    [{ apiSecret: undefined }, "the API secret is missing, set it to the API secret shown in the dashboard"],
    [{ sharedLimit: {} }, "sharedLimit: is not a function"],
    [{ fetch: {} }, "fetch: is neither a function like the global fetch nor an object with a method fetch"],
    [{ agent: "http://proxy" }, "agent: is neither an http.Agent of Node nor a function that gives one"],
    [{ time: { now: Date.now } }, "time: needs the methods now, entropy and sleep"],
    [{ dangerouslyAllowBrowser: "false" }, "dangerouslyAllowBrowser: must be true or false"],
  ];
  for (const [more, message] of wrong) {
    assert.throws(() => new Cryptopay({ ...SETTINGS, ...more }), refused(message));
    if (!Object.keys(more).includes("apiSecret"))
      assert.throws(() => Cryptopay.fromEnv({ ...SETTINGS, ...more }), refused(message));
  }
  assert.throws(() => new Cryptopay([]), refused("settings: are of the class Array, pass a plain object"));
  assert.throws(() => Cryptopay.fromEnv("sandbox"), refused("pass the settings as an object"));
  new Cryptopay({
    ...SETTINGS,
    timeoutMs: undefined,
    rateLimit: null,
    sharedLimit: null,
    fetch: null,
    agent: null,
    time: null,
  });
});

test("an option that does not exist, or is of the wrong kind, is refused before anything is sent, by its name here", async () => {
  let sent = 0;
  const fetch = async () => {
    sent += 1;
    throw new Error("nobody is there");
  };
  const api = client("http://127.0.0.1:1", { fetch: { fetch }, maxRetries: 0 });
  const payout = { address: "a", charged_currency: "EUR", received_currency: "BTC", received_amount: "1" };
  const known =
    "timeoutMs, attemptTimeoutMs, maxRetries, ifNoneMatch, ifModifiedSince, signal, quote, generatedCustomId";
  const MS = "must be a whole number of milliseconds, 1 or more";
  const OF_READS = "belongs to a read, leave it out here";
  const create = (options) => api.invoices.create(INVOICE, options);
  const record = { v: 1, operation: "coin_withdrawals.commit", params: { coin_withdrawal_id: ID } };
  const resolve = (options) => api.resolve({ ...record, first_send_ms: 1, last_signed_ms: 1 }, options);
  const wrong = [
    [create, { timeout: 1 }, "timeout", "there is no option of this name, the nearest is timeoutMs"],
    [create, { timeout: undefined }, "timeout", "there is no option of this name, the nearest is timeoutMs"],
    [create, { max_retries: 0 }, "max_retries", "there is no option of this name, the nearest is maxRetries"],
    [
      create,
      { generateCustomId: true },
      "generateCustomId",
      "there is no option of this name, the nearest is generatedCustomId",
    ],
    [create, { idempotencyKey: "1" }, "idempotencyKey", `there is no option of this name, the known ones are ${known}`],
    [create, { timeoutMs: "1" }, "timeoutMs", MS, `the timeout of the call ${MS}`],
    [create, { timeoutMs: 0 }, "timeoutMs", MS, `the timeout of the call ${MS}`],
    [create, { maxRetries: Number.NaN }, "maxRetries", "is not a number that JSON can carry"],
    [create, { generatedCustomId: "yes" }, "generatedCustomId", "must be true or false"],
    [create, { ifNoneMatch: "x" }, "ifNoneMatch", OF_READS, `the If-None-Match condition ${OF_READS}`],
    [create, { signal: {} }, "signal", "is not an AbortSignal"],
    [create, new Map([["timeoutMs", 1]]), "options", "are of the class Map, pass a plain object"],
    [create, 5000, "options", "are not an object"],
    [
      (options) => api.invoices.list({}, options),
      { timeout: 1 },
      "timeout",
      "there is no option of this name, the nearest is timeoutMs",
    ],
    [resolve, { timeoutMs: 0 }, "timeoutMs", MS, `the timeout of the call ${MS}`],
    [resolve, { attemptTimeoutMs: 0 }, "attemptTimeoutMs", MS, `the timeout of one attempt ${MS}`],
    [
      resolve,
      { quote: {} },
      "quote",
      "there is no option of this name, the known ones are timeoutMs, attemptTimeoutMs, maxRetries, signal",
    ],
    [
      (options) => api.resolve({ v: 1 }, options),
      { timeout: 1 },
      "timeout",
      "there is no option of this name, the nearest is timeoutMs",
    ],
    [
      (options) => api.coinWithdrawals.commit(ID, options),
      { quote: "q" },
      "quote",
      "is not an object, pass what the create returned",
    ],
  ];
  for (const [call, options, target, message, said = `${target}: ${message}`] of wrong) {
    const error = await caught(call(options));
    const { fields, operation } = error;
    assert.deepEqual([error.code, fields[0].target, fields[0].message], ["invalid_argument", target, message]);
    const text = `${operation}: invalid_argument (0 attempts): ${said}; nothing was sent: correct the argument`;
    assert.equal(error.message, text);
  }
  const { message } = await caught(api.coinWithdrawals.create(payout));
  assert.match(
    message,
    /custom_id: is required for a create that moves money.* or set the call's option that generates one;/,
  );
  assert.equal(sent, 0);
  assert.equal((await caught(api.coinWithdrawals.create(payout, { generatedCustomId: true }))).code, "outcome_unknown");
});

test("a handler of callbacks is refused when it is made, not at the first delivery", async () => {
  const good = {
    callbacks: client("http://127.0.0.1:1", { callbackSecrets: "s" }).callbacks,
    store: new callbacks.MemoryStore(),
    handle: () => undefined,
  };
  const { MemoryStore, fastifyCallbacks, receive, ...others } = callbacks;
  const makers = { ...others, fastifyCallbacks: (options) => fastifyCallbacks(options, "/callbacks") };
  assert.deepEqual(Object.keys(makers).sort(), [
    "expressHandler",
    "fastifyCallbacks",
    "lambdaHandler",
    "nodeHandler",
    "webHandler",
  ]);
  const verify =
    "cannot verify, pass the `callbacks` of a client that was given its callbackSecrets or CRYPTOPAY_CALLBACK_SECRET";
  const store = "needs the methods claim, complete and release, pass a MemoryStore or one that several processes share";
  const wrong = [
    [undefined, "pass the settings as an object"],
    [{ ...good, callbacks: undefined }, `callbacks: ${verify}`],
    [{ ...good, callbacks: client("http://127.0.0.1:1").callbacks }, `callbacks: ${verify}`],
    [{ ...good, store: new Map() }, `store: ${store}`],
    [{ ...good, handle: undefined }, "handle: is not a function, pass the one that handles an event"],
    [{ ...good, leaseMs: 0 }, "leaseMs: must be a number of ms above 0"],
    [{ ...good, onRefused: "log" }, "onRefused: is not a function"],
    [
      { ...good, onError: () => undefined },
      /^configuration: onError: there is no setting of this name, the known ones are callbacks, store, handle, /,
    ],
  ];
  for (const [options, message] of wrong) {
    for (const make of Object.values(makers)) assert.throws(() => make(options), refused(message));
    await assert.rejects(receive(options, "{}", null), refused(message));
  }
  for (const make of Object.values(makers)) make(good);
  assert.throws(() => fastifyCallbacks(good), refused('path: must be a path such as "/callbacks"'));
});

test("a relay is refused when it is made, not at a visitor's request", () => {
  const good = {
    client: client("http://127.0.0.1:1"),
    allow: ["invoices.create"],
    origins: ["https://shop.example", "http://localhost:3000", "capacitor://localhost"],
    authorize: () => true,
  };
  const list = 'must be a list of the operations that pages may run, such as ["invoices.create"]';
  const origins = 'must be a list of the origins that may ask, such as ["https://shop.example"]';
  const written = 'write one such as "https://shop.example"';
  const wrong = [
    [undefined, "pass the settings as an object"],
    [{ client: undefined }, "client: is missing, pass a client: new Cryptopay({ … })"],
    [{ client: {} }, "client: cannot run invoices.create, pass a client: new Cryptopay({ … })"],
    [{ allow: undefined }, `allow: ${list}`],
    [{ allow: [] }, `allow: ${list}`],
    [{ allow: "invoices.create" }, `allow: ${list}`],
    [{ allow: ["invoice.create"] }, "allow: there is no operation of this name, the nearest is invoices.create"],
    [
      { allow: ["*"] },
      /^configuration: allow: there is no operation of this name, the known ones are accounts\.list, /,
    ],
    [{ allow: [undefined] }, /^configuration: allow: there is no operation of this name, /],
    [
      { authorize: undefined },
      "authorize: is not a function, pass the one that says whether a visitor may run an operation",
    ],
    [
      { authorize: true },
      "authorize: is not a function, pass the one that says whether a visitor may run an operation",
    ],
    [{ origins: undefined }, `origins: ${origins}`],
    [{ origins: [] }, `origins: ${origins}`],
    [
      { origins: ["https://Shop.example:443/"] },
      'origins: "https://Shop.example:443/" is not an origin, write it as browsers send it: https://shop.example',
    ],
    [{ origins: ["shop.example:8080"] }, `origins: "shop.example:8080" is not an origin, ${written}`],
    [{ origins: ["*"] }, `origins: "*" is not an origin, ${written}`],
    // Every sandboxed frame of every site asks as that.
    [{ origins: ["null"] }, `origins: "null" is not an origin, ${written}`],
    [{ origins: [1n] }, `origins: bigint is not an origin, ${written}`],
    [{ limit: 0 }, "limit: must be a whole number, 1 or more"],
    [{ limit: "30" }, "limit: must be a whole number, 1 or more"],
    [{ visitor: "ip" }, "visitor: is not a function"],
    [{ onRefused: console }, "onRefused: is not a function"],
    [{ authorise: () => true }, "authorise: there is no setting of this name, the nearest is authorize"],
  ];
  for (const make of [createRelay, nodeRelay]) {
    make(good);
    for (const [more, message] of wrong) assert.throws(() => make(more && { ...good, ...more }), refused(message));
  }
});

test("a sandbox is refused before it is started", async () => {
  const whole = "must be a whole number, 0 or more";
  for (const [options, message] of [
    [{ callbackURL: "http://shop" }, "callbackURL: there is no setting of this name, the nearest is callbackUrl"],
    [{ port: 1 }, "port: there is no setting of this name, the known ones are bin, seed, rateLimit, callbackUrl"],
    [{ seed: "1" }, `seed: ${whole}`],
    [{ rateLimit: -1 }, `rateLimit: ${whole}`],
    [{ callbackUrl: 5 }, "callbackUrl: must be a string"],
    ["seed", "pass the settings as an object"],
  ]) {
    await assert.rejects(startSandbox(options), refused(message));
  }
});

test("a page's client is refused when it is made", () => {
  const url = 'url: must be where the relay is, a path of this site such as "/pay" or a URL';
  for (const [options, message] of [
    ["/pay", url],
    [{}, url],
    [{ url: "" }, url],
    [{ url: "http://" }, url],
    [{ url: "localhost:3000/pay" }, url],
    [{ url: 5 }, url],
    [{ url: "/pay", fetch: {} }, "fetch: is not a function"],
    [{ url: "/pay", timeoutMs: 5 }, "timeoutMs: there is no setting of this name, the known ones are url, fetch"],
  ]) {
    assert.throws(() => createRelayClient(options), { name: "TypeError", message });
  }
  for (const good of ["/pay", "pay", "https://shop.example/pay"]) createRelayClient({ url: good });
});
