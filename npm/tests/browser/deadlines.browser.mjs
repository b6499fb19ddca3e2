// Every kind of misbehaviour of a server meets a read and a payout in a page of Chromium, over the page's own `fetch`: each call
// ends by its deadline with the code that is true and leaves no request behind. A page's `fetch` proves of nothing that it has
// not left, so that every payout may have been sent.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { keep, NAMES, NEVER_SENT, proven, servers } from "../deadlines/probes.mjs";
import { launch } from "./chromium.mjs";
import { bundled, tunnel } from "./tunnel.mjs";

let browser;
let started;
const ways = [];
/** A page for each server, because a browser opens six connections to one place. */
const pages = {};
let host;

before(async () => {
  browser = await launch();
  started = await servers();
  const { urls, posts } = started;
  const script = await bundled(fileURLToPath(new URL("deadlines.page.mjs", import.meta.url)));
  const context = await browser.newContext();
  for (const name of NAMES) {
    const way = await tunnel(new URL(urls[name]).port, script);
    ways.push(way);
    pages[name] = await context.newPage();
    await pages[name].goto(way.url);
    await pages[name].waitForFunction(() => globalThis.deadlines !== undefined);
  }
  const asked = (name, what, given) =>
    pages[name].evaluate(([what, given]) => globalThis.deadlines[what](given), [what, given]);
  host = {
    probe: ({ name, ...rest }) =>
      asked(name, "probe", { environment: urls[name], direct: NEVER_SENT.includes(name), asked: rest }),
    late: (ms) => asked("refuse", "late", ms),
    flying: async () => {
      for (let round = 0; round < 100; round += 1) {
        const all = await Promise.all(NAMES.map(async (name) => [name, await asked(name, "flying")]));
        const left = all.filter(([, count]) => count > 0);
        if (left.length === 0 || round === 99) return left;
      }
    },
    posts,
  };
});
after(async () => {
  await browser?.close();
  started?.stop();
  for (const way of ways) await way.close();
});

test("every call of a page ends by its deadline, with the code that is true", { timeout: 120_000 }, async () => {
  keep("browser", await proven(host, []));
  assert.deepEqual(await host.flying(), []);
});

test("of many calls each ends so, and they leave no request behind", { timeout: 240_000 }, async () => {
  await proven(host, [], 3);
  assert.deepEqual(await host.flying(), []);
});
