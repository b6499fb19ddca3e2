// A checkout in a page, through the relay: `cargo xtask demo browser`. A headless Chromium pays in it and photographs it; in
// a terminal the shop stays open afterwards, to be looked at. With --headless it ends when the story does.

import * as fs from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { chapter, check, end, so, tell } from "./paper.mjs";
import { openShop } from "./shop.mjs";

const PHOTOS = fileURLToPath(new URL("../../target/demo/", import.meta.url));
/** A busy machine may be slow to draw. */
const PATIENCE = { timeout: 60_000 };

await end(async () => {
  const shop = await openShop();
  tell(`the shop is open at ${shop.url}, its local Cryptopay at ${shop.sandbox.url}`);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 900, height: 640 }, deviceScaleFactor: 2 });
    await told(shop, page);
    if (process.stdout.isTTY && !process.argv.includes("--headless")) {
      tell(`open ${shop.url} to pay by yourself; ctrl-c ends`);
      await new Promise((resolve) => process.once("SIGINT", resolve));
    }
  } finally {
    await browser.close();
    await shop.close();
  }
});

async function told(shop, page) {
  const { requests, complaints } = watched(page);
  const text = (id) => page.locator(`#${id}`).textContent();
  const state = (name) => page.locator(`main[data-state="${name}"]`).waitFor(PATIENCE);

  chapter("A page opens an invoice without holding a secret");
  await page.goto(shop.url, PATIENCE);
  await state("new");
  const [made] = (await shop.sandbox.journal()).filter(({ operation }) => operation === "invoices.create");
  check("the invoice was made by the server", 201, made.status);
  const [amount, address] = [await text("amount"), (await text("address")).replaceAll(" ", "")];
  check("the amount is an amount", true, /^0\.\d{4,8}$/.test(amount));
  check("the address is one of the test network", true, /^(2|m|n|tb1)\w{25,60}$/.test(address));
  so(`the page shows ${amount} BTC to ${address}`);
  const before = await text("countdown");
  await page.waitForFunction((shown) => document.getElementById("countdown").textContent !== shown, before, PATIENCE);
  check("the price holds for ten minutes", true, /^(10:00|9:\d\d)$/.test(before));
  so(`the countdown runs: ${before}, ${await text("countdown")}`);
  await photo(page, "waiting");

  chapter("The customer pays");
  await page.locator("#wallet").click(PATIENCE);
  await state("seen");
  so(`the page saw it on the network: ${await text("status")}`);
  await photo(page, "seen");
  await state("completed");
  check("the page says so", "Paid", await text("status"));
  so("a moment later it is confirmed, and the page turns to paid");
  // The tick is drawn in half a second.
  await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
  await photo(page, "paid");

  chapter("The shop knows it too, and from the right source");
  for (let look = 0; look < 200 && shop.paid.length === 0; look += 1)
    await new Promise((resolve) => setTimeout(resolve, 50));
  check("one callback told of one order", 1, shop.paid.length);
  check("it is this one", address, shop.paid[0].address);
  so(`a verified callback told the shop: invoice ${shop.paid[0].id} is ${shop.paid[0].status}`);

  chapter("What a page cannot do");
  const forged = await page.evaluate(async () => {
    const ask = async (operation, params) => {
      const body = JSON.stringify({ operation, params });
      return (await fetch("/relay", { method: "POST", headers: { "Content-Type": "application/json" }, body })).json();
    };
    const invoice = { pay_currency: "BTC", custom_id: "cheap", metadata: { order: "1001" }, price_amount: "0.01" };
    return [
      await ask("coin_withdrawals.create", {}),
      await ask("invoices.retrieve_by_custom_id", { custom_id: "other" }),
      await ask("invoices.create", invoice),
    ];
  });
  check("a payout is refused", "forbidden", forged[0].error?.code);
  check("another visitor's invoice is refused", "forbidden", forged[1].error?.code);
  check("the price is the shop's", "25.0", forged[2].data?.price_amount);
  so("a payout and a foreign invoice are refused, and a price of one cent is the shop's 25.00 again");
  const { apiSecret, callbackSecret, apiKey } = shop.sandbox;
  const all = requests.join("\n");
  for (const secret of [apiSecret, callbackSecret, apiKey, "HMAC "])
    check("no secret is in the page", false, all.includes(secret));
  check(
    "the page talked to its shop only",
    true,
    requests.length > 5 && requests.every((one) => one.includes(shop.url)),
  );
  check("the page complained about nothing", "", complaints.join("; "));
  so(`${requests.length} exchanges of the page: all with its shop, none with a secret in it`);
}

/** Everything that goes over the page's network, as text, and what it has to complain about. */
function watched(page) {
  const [requests, complaints] = [[], []];
  page.on("response", async (response) => {
    const request = response.request();
    const head = `${request.method()} ${request.url()} ${JSON.stringify(await request.allHeaders().catch(() => ({})))}`;
    requests.push([head, request.postData(), await response.text().catch(() => "")].join("\n"));
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return { requests, complaints };
}

async function photo(page, name) {
  fs.mkdirSync(PHOTOS, { recursive: true });
  await page.screenshot({ path: `${PHOTOS}${name}.png` });
  tell(`photographed: target/demo/${name}.png`);
}
