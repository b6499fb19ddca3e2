// A call that fails and that nobody waits for is no silent one: a forgotten `await` on a payout ends the process, as with any
// promise. Whoever waits, or holds the call to wait later, hears of it there.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

const SUPPORT = new URL("./support.mjs", import.meta.url);
const BEFORE = `
import { client, INVOICE } from ${JSON.stringify(SUPPORT.href)};
const fetch = { fetch: async () => { throw new Error("nobody is there"); } };
const api = client("http://127.0.0.1:1", { fetch, maxRetries: 0 });
const later = () => new Promise((resolve) => setTimeout(resolve, 100));
`;

function ended(snippet) {
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", `${BEFORE}${snippet}`], {
    encoding: "utf8",
  });
  return [
    status,
    /OutcomeUnknownError: invoices\.create: outcome_unknown/.test(stderr),
    stderr.trim().split("\n").at(-1),
  ];
}

for (const [name, snippet] of Object.entries({
  "a call without an await": "api.invoices.create(INVOICE); await later();",
  "one that is awaited too late":
    "const call = api.invoices.create(INVOICE); await later(); await call.catch(() => 0);",
  "one whose end is only hoped for": "api.invoices.create(INVOICE).then(() => 0); await later();",
}))
  test(`${name} ends the process`, () => assert.deepEqual(ended(snippet).slice(0, 2), [1, true]));

const QUIET = {
  "an await": "try { await api.invoices.create(INVOICE); } catch {}",
  "an await that comes a little later":
    "const call = api.invoices.create(INVOICE); try { await null; await call; } catch {}",
  catch: "api.invoices.create(INVOICE).catch(() => 0);",
  withResponse: "api.invoices.create(INVOICE).withResponse().catch(() => 0);",
  "a list of calls": "await Promise.allSettled([api.invoices.create(INVOICE)]);",
  "an id that is stored first":
    "const call = api.invoices.create(INVOICE); call.customId; await later(); await call.catch(() => 0);",
  "a list that nobody reads": "api.invoices.list();",
};
test(`${Object.keys(QUIET).join(", ")} do not`, () => {
  const snippets = Object.entries(QUIET).map(
    ([name, snippet]) => `{ last = ${JSON.stringify(name)}; ${snippet} await later(); }`,
  );
  const told = `let last; process.on("unhandledRejection", () => { console.error(last); process.exit(2); });`;
  assert.deepEqual(ended(`${told} ${snippets.join(" ")} console.error("all of them");`), [0, false, "all of them"]);
});
