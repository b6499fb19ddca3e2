// Every vector, transcript and story of the contract, in a page of Chromium.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "./chromium.mjs";
import { serve } from "./server.mjs";

test("the whole contract holds in a page", { timeout: 300_000 }, async () => {
  const server = await serve(fileURLToPath(new URL("page.mjs", import.meta.url)));
  const browser = await launch();
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error(error));
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.contract !== undefined);
    const { ran, wrong } = await page.evaluate(() => globalThis.contract());
    assert.deepEqual(wrong, []);
    console.log(JSON.stringify(ran));
    assert.ok(ran.vectors >= 500 && ran.transcripts >= 100 && ran.scenarios >= 40, JSON.stringify(ran));
  } finally {
    await browser.close();
    await server.close();
  }
});
