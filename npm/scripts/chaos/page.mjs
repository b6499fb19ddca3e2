// A page as the host of a run: the writes are made in a page of Chromium, and what is unknown is resolved in another one of
// another session, which shares nothing with the first. The page comes from the tunnel that its own `fetch` goes through.

import { fileURLToPath } from "node:url";
import { launch } from "../../tests/browser/chromium.mjs";
import { bundled, tunnel } from "../../tests/browser/tunnel.mjs";

const script = await bundled(fileURLToPath(new URL("page/script.mjs", import.meta.url)));
const browser = await launch();

/** The host of one run. */
export async function open({ url }) {
  const way = await tunnel(new URL(url).port, script);
  const inPage = async (what, given) => {
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      const crashed = new Promise((_, reject) => page.once("crash", () => reject(new Error("the page crashed"))));
      await page.goto(way.url);
      await page.waitForFunction(() => globalThis.chaos !== undefined);
      return await Promise.race([
        crashed,
        page.evaluate(([what, given]) => globalThis.chaos[what](given), [what, given]),
      ]);
    } finally {
      await context.close();
    }
  };
  return {
    made: (given) => inPage("made", given),
    elsewhere: (given) => inPage("elsewhere", given),
    close: () => way.close(),
  };
}

/** Ends the browser, which all runs share. */
export const end = () => browser.close();
