// What the contract's runner needs of a page: files and sandboxes from the server that served it, and a fetch that hands
// each request over as data, because a page cannot send a `Date`.

import { OPERATIONS } from "../../dist/test/operations.js";
import { ANSWERS, SHAPES } from "../../dist/test/shapes.js";
import { Cryptopay, FetchFailure, ready } from "../../dist/web.js";
import * as glue from "../../wasm/cryptopay_bg.js";
import * as pureGlue from "../../wasm/pure/cryptopay_bg.js";
import { fieldsOf, started } from "../contract/core.mjs";
import { run } from "../contract/run.mjs";

const json = async (path, body) => {
  const answer = await fetch(path, body && { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  return answer.json();
};
const core = async (from, path) => started(from, await WebAssembly.compileStreaming(fetch(path)));

/** A transport through `/forward` (`forward.mjs`), which says what became of the request when no answer came. */
const forwarding = (sandbox) => ({
  async fetch(request, attempt) {
    const { method, url, body } = request;
    const headers = Object.fromEntries(request.headers);
    const asked = { method: "POST", body: JSON.stringify({ method, url, headers, body }), signal: attempt.signal };
    const answer = await fetch(`/forward?to=${encodeURIComponent(sandbox.url)}`, asked).catch(() => {
      throw new FetchFailure(attempt.ended === "timeout" ? "timeout" : "broken", "maybe", "the page let go");
    });
    const { status, headers: named, body: text, failed } = await answer.json();
    if (failed) throw new FetchFailure(failed.kind, failed.sent, failed.detail);
    return { status, header: (name) => named[name], body: new TextEncoder().encode(text) };
  },
});

globalThis.contract = async () => {
  await ready();
  const kit = {
    read: (kind) => json(`/files/${kind}`),
    core: await core(glue, "/core.wasm"),
    pure: (await core(pureGlue, "/pure.wasm")).pure,
    Cryptopay,
    FetchFailure,
    operations: OPERATIONS,
    fields: (operation) => fieldsOf(ANSWERS, SHAPES, operation),
    open: async (options) => {
      const sandbox = await json("/sandboxes", options);
      return { ...sandbox, stop: () => json(`/sandboxes/${sandbox.id}/stop`, {}) };
    },
    transport: forwarding,
  };
  return run(kit);
};

// A browser that nobody drives runs it by itself and tells its server.
if (location.search === "?tell") {
  globalThis
    .contract()
    .catch((error) => ({ ran: {}, wrong: [String(error.stack ?? error)], passed: [] }))
    .then((told) => json("/told", told));
}
