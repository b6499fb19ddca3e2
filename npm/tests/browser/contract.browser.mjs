// Every vector, transcript and story of the contract, in a page of Chromium and in one of Firefox.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { keep } from "../contract/host.mjs";
import { launch } from "./chromium.mjs";
import * as firefox from "./firefox.mjs";
import { serve } from "./server.mjs";

const script = fileURLToPath(new URL("page.mjs", import.meta.url));
const told = [];

function judge(came) {
  const { ran, wrong } = came;
  told.push(came);
  assert.deepEqual(wrong, []);
  console.log(JSON.stringify(ran));
  assert.ok(ran.vectors >= 500 && ran.transcripts >= 100 && ran.scenarios >= 40, JSON.stringify(ran));
}

// A file holds in the browser when it holds in each that ran it.
after(() => {
  const [first, ...others] = told.map(({ passed }) => new Map(passed));
  if (first)
    keep(
      "browser",
      [...first].filter(([file]) => others.every((other) => other.has(file))),
    );
});

test("the whole contract holds in a page of Chromium", { timeout: 300_000 }, async () => {
  const server = await serve(script);
  const browser = await launch();
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error(error));
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.contract !== undefined);
    judge(await page.evaluate(() => globalThis.contract()));
  } finally {
    await browser.close();
    await server.close();
  }
});

// Whether there must be one is `cargo xtask`'s to say, which installs it.
const skip = firefox.there ? false : "there is no Firefox";
test("the whole contract holds in a page of Firefox", { timeout: 300_000, skip }, async () => {
  let tell;
  let fail;
  const came = new Promise((resolve, reject) => {
    tell = resolve;
    fail = reject;
  });
  const more = async (request, response) => {
    if (request.url !== "/told") return false;
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    response.end("null");
    tell(JSON.parse(text));
    return true;
  };
  const server = await serve(script, { more });
  const close = firefox.open(`${server.url}?tell`, fail);
  try {
    judge(await came);
  } finally {
    await close();
    await server.close();
  }
});
