// Gives one case of a vector to the package, or, for the pure functions that it does not show, to a core built with the
// feature `pure`. The format is `tests/README.md`'s.

import { differences } from "./compare.mjs";

const ID = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd";
const NOW = 1_700_000_000_000;
const NOTHING = '{"data":[],"meta":{"has_more":false}}';
// What calls need beside what a case of `decode` says.
const NEEDED = {
  "coin_withdrawals.create": {
    address: "a",
    charged_currency: "EUR",
    received_currency: "BTC",
    received_amount: "1",
    custom_id: "c",
  },
};
const bytes = (text) => new TextEncoder().encode(text);

/** The bytes of what a case holds: a text, a text so many times, JSON, or hex digits. */
export function bodyOf({ body, json, text, hex }) {
  if (hex !== undefined) return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  if (json !== undefined) return bytes(JSON.stringify(json));
  if (Array.isArray(body?.repeat)) return bytes(body.repeat[0].repeat(body.repeat[1]));
  return bytes(body ?? text ?? "");
}

const pure = (name) => (given, kit) => kit.pure(name, JSON.stringify(given), bodyOf(given));

const FUNCTIONS = {
  sign: pure("sign"),
  classify: pure("classify"),
  retry: pure("retry"),
  amount: pure("amount"),
  dedupe_key: pure("dedupe_key"),
  request,
  error: async (given, kit) => {
    const error = await called(given, kit).then(
      () => ({ code: "none" }),
      (error) => error,
    );
    const printed = [String(error), error.stack, JSON.stringify(error), kit.inspect?.(error) ?? ""].join("\n");
    return { code: error.code, message: error.message, printed };
  },
  decode: async (given, kit) => {
    const value = await called(given, kit);
    const known = kit.fields(given.operation);
    // Unknown fields stay where they came, beside the known ones.
    return { value, extra: Object.fromEntries(Object.entries(value).filter(([name]) => !known.includes(name))) };
  },
  verify_callback: (given, kit) =>
    client(kit, { callbackSecrets: given.secrets }).callbacks.verify(bodyOf(given), given.signature),
  sign_callback: (given, kit) => ({
    signature: client(kit, { callbackSecrets: given.secret }).callbacks.sign(bodyOf(given)),
  }),
  may_follow: ({ type, from, to }, kit) => {
    const body = JSON.stringify({ type, event: "status_changed", data: { id: ID, status: to } });
    return { may: client(kit).callbacks.parse(body).mayFollow(from) };
  },
  resolve_record: ({ record }, { core }) => {
    const config = JSON.stringify({ environment: "sandbox", api_key: "key", api_secret: "secret" });
    const start = { unix_ms: NOW, tick_ms: 0, entropy: "0".repeat(32), params: record };
    const call = new core.Client(config).resolve(JSON.stringify(start), false);
    const error = JSON.parse(call.step()).done?.error;
    if (error) throw error;
    return JSON.parse(call.pending());
  },
};

/** What came out differently. */
export async function judge(name, expected, given, kit) {
  const run = FUNCTIONS[name];
  if (!run) return [`there is no function ${name}`];
  let came;
  try {
    came = await run(given, kit);
  } catch (error) {
    if (expected.error === undefined || error.code === undefined) return [String(error.stack ?? error.text ?? error)];
    return expected.error === "*" ? [] : differences(expected.error, error.code);
  }
  if (expected.error !== undefined) return [`expected ${expected.error}, got ${JSON.stringify(came)}`];
  const { message_has: has = [], never = [], ...out } = expected.out;
  return [
    ...differences(out, came),
    ...has.filter((text) => !came.message.includes(text)).map((text) => `the message lacks ${text}: ${came.message}`),
    ...never.filter((text) => came.printed.includes(text)).map((text) => `it shows ${text}`),
  ];
}

function client({ Cryptopay }, { unixMs = NOW, ...options } = {}) {
  let skipped = 0;
  const now = () => ({ unixMs: unixMs + skipped, tickMs: skipped });
  const sleep = async (ms) => {
    skipped += ms;
  };
  return new Cryptopay({
    environment: "sandbox",
    apiKey: "key",
    apiSecret: "secret",
    maxRetries: 0,
    dangerouslyAllowBrowser: true,
    time: { now, sleep, entropy: () => "0".repeat(32) },
    fetch: { fetch: () => Promise.reject(new Error("nothing is asked")) },
    ...options,
  });
}

/** One call through the public API; with an `answer` for everything that it asks. */
async function called({ operation, params, api_secret: apiSecret = "secret", ...answer }, kit, options = {}) {
  const fetch = async () => {
    const { failure, status = 200, headers = {} } = answer;
    if (failure) throw new kit.FetchFailure(failure.kind, failure.sent, "made up");
    const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    return { status, header: (name) => named[name], body: bodyOf(answer) };
  };
  const [resource, method, path, takes, kind] = kit.operations[operation];
  const rest = { ...(params ?? NEEDED[operation]) };
  const args = path.map((name) => {
    const value = params ? rest[name] : name.endsWith("_id") ? ID : "1";
    delete rest[name];
    return value;
  });
  if (takes) args.push(rest);
  const answered = await client(kit, { apiSecret, fetch: { fetch }, ...options })[resource][method](...args);
  return kind === "page" ? answered.data : answered;
}

/** The request of the operation itself; what is read before it finds nothing. */
async function request(given, kit) {
  let sent;
  const fetch = async (request) => {
    if (request.purpose === "before") return { status: 200, header: () => null, body: bytes(NOTHING) };
    sent ??= request;
    throw new kit.FetchFailure("connect", "no", "enough was seen");
  };
  const { unix_ms: unixMs, api_key: apiKey, api_secret, base_url: environment, ...asked } = given;
  await called({ ...asked, api_secret }, kit, { fetch: { fetch }, unixMs, apiKey, environment }).catch((error) => {
    if (!sent) throw error;
  });
  const headers = Object.fromEntries(sent.headers.map(([name, value]) => [name.toLowerCase(), value]));
  const { method, url, body } = sent;
  const signed = { api_secret, method, body, date: headers.date, path: url.slice(environment.length) };
  const { signature } = kit.pure("sign", JSON.stringify(signed), new Uint8Array());
  if (headers.authorization !== `HMAC ${apiKey}:${signature}`) headers.authorization = null;
  return { method, url, headers, body: body === null ? null : JSON.parse(body) };
}
