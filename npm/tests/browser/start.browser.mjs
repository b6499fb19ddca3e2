// How the package starts in a page: never blocking, ahead of the first call or with it, and with a sentence of help where
// the page's policy does not let it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "./chromium.mjs";
import { serve } from "./server.mjs";

const script = fileURLToPath(new URL("package.mjs", import.meta.url));
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Runs `what` in a page of its own, where the package is `pkg`. */
async function inPage(what, csp) {
  const server = await serve(script, { csp });
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.pkg !== undefined);
    return await page.evaluate(what);
  } finally {
    await context.close();
    await server.close();
  }
}

test("every method that gives a promise starts the core by itself, without compiling on the page's thread", async () => {
  const told = await inPage(async () => {
    let compiled = 0;
    const Module = WebAssembly.Module;
    WebAssembly.Module = new Proxy(Module, {
      construct(target, [source]) {
        compiled += 1;
        return new target(source);
      },
    });
    const { client, record } = globalThis;
    const id = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd";
    const codes = {};
    const calls = {
      call: () => client().rates.retrieve("BTC", "EUR"),
      pages: () => client().invoices.list(),
      walk: async () => {
        for await (const _ of client().invoices.list()) return;
      },
      withResponse: () => client().invoices.retrieve(id).withResponse(),
      resolve: () => client().resolve(record),
    };
    for (const [name, call] of Object.entries(calls)) {
      codes[name] = await call().then(
        () => "ok",
        (error) => error.code,
      );
    }
    return { compiled, codes };
  });
  assert.deepEqual(told, {
    compiled: 0,
    codes: {
      call: "connection",
      pages: "connection",
      walk: "connection",
      withResponse: "connection",
      resolve: "invalid_argument",
    },
  });
});

test("each of them may be the first to start it", async () => {
  const connection =
    'rates.retrieve("BTC", "EUR") invoices.list() invoices.list().pages().next() rates.all().withResponse()';
  for (const call of connection.split(/ (?=[a-z])/)) {
    assert.equal(await inPage(`client().${call}.then(() => "ok", (error) => error.code)`), "connection", call);
  }
  assert.equal(await inPage("client().resolve(record).catch((error) => error.code)"), "invalid_argument");
});

test("ready() starts it ahead, once, and then callbacks are verified at once", async () => {
  const told = await inPage(async () => {
    let compiled = 0;
    const compile = WebAssembly.compile;
    WebAssembly.compile = (source) => {
      compiled += 1;
      return compile(source);
    };
    await Promise.all([pkg.ready(), pkg.ready()]);
    await pkg.ready();
    const { callbacks } = client();
    const body = '{"type":"Invoice","event":"created","data":{"id":"1"}}';
    return { compiled, id: callbacks.verify(body, callbacks.sign(body)).id };
  });
  assert.deepEqual(told, { compiled: 1, id: "1" });
});

const policy = (more) => `default-src 'self'; script-src 'self'${more}`;
const started = async () => {
  const code = (run) =>
    Promise.resolve()
      .then(run)
      .then(
        () => ({ code: "ok" }),
        (error) => ({ code: error.code, message: error.message, cause: error.cause?.name }),
      );
  return {
    ready: await code(() => pkg.ready()),
    call: await code(() => client().rates.retrieve("BTC", "EUR")),
    sync: await code(() => client().callbacks.sign("{}")),
  };
};

test("a policy without 'wasm-unsafe-eval' is a configuration error that names it", async () => {
  for (const came of Object.values(await inPage(started, policy("")))) {
    assert.deepEqual([came.code, came.cause], ["configuration", "CompileError"]);
    assert.match(came.message, /await ready\(\).*'wasm-unsafe-eval'/);
  }
});

test("a policy with 'wasm-unsafe-eval' lets it start", async () => {
  const { ready, call, sync } = await inPage(started, policy(" 'wasm-unsafe-eval'"));
  assert.deepEqual([ready.code, call.code, sync.code], ["ok", "connection", "ok"]);
});

test("an engine that compiles only little at once names ready()", async () => {
  const told = await inPage(async () => {
    WebAssembly.Module = class {
      constructor() {
        throw new RangeError("WebAssembly.Module is disallowed on the main thread");
      }
    };
    const sign = () => {
      try {
        return client().callbacks.sign("{}").length;
      } catch (error) {
        return error.code + error.message;
      }
    };
    const before = sign();
    await pkg.ready();
    return [before, sign()];
  });
  assert.match(told[0], /^configuration.*await ready\(\)/);
  assert.equal(told[1], 64);
});

test("a secret in a page is refused unless it is allowed, and so is a fetch that drops the Date", async () => {
  const told = await inPage(() => {
    const refused = (options) => {
      try {
        new pkg.Cryptopay({ environment: "sandbox", apiKey: "k", apiSecret: "s", ...options });
        return "made";
      } catch (error) {
        return error.message;
      }
    };
    const fetch = async () => new Response("{}");
    return [
      refused({ fetch }),
      refused({ dangerouslyAllowBrowser: true }),
      refused({ dangerouslyAllowBrowser: true, fetch }),
    ];
  });
  assert.match(told[0], /^configuration: a page must not hold an API secret/);
  assert.match(told[1], /^configuration: pages cannot send the Date header/);
  assert.equal(told[2], "made");
});
