// The shop's server of the browser demo: the page, the relay that holds the secret for it, and the callbacks. What an order
// costs is said here, whatever a page asks for.

import { once } from "node:events";
import * as fs from "node:fs";
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { Cryptopay } from "cryptopay-client";
import { MemoryStore, webHandler } from "cryptopay-client/callbacks";
import { createRelay } from "cryptopay-client/relay";
import { startSandbox } from "cryptopay-client/testing";

/** What each order costs. */
const PRICES = { 1001: "25.00" };
const TYPES = { html: "text/html; charset=utf-8", css: "text/css", js: "text/javascript" };
const POLICY = "default-src 'self'; img-src data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'";
/** How long a payment is only seen before it is confirmed. */
const CONFIRMED_AFTER_MS = 1_500;

const file =
  (name, type, from = import.meta.url) =>
  () =>
    new Response(fs.readFileSync(new URL(name, from)), {
      headers: { "Content-Type": TYPES[type], "Content-Security-Policy": POLICY },
    });

/** Starts the shop and its sandbox; `paid` are the orders that a verified callback told of. */
export async function openShop() {
  const server = createServer((request, response) => answer(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${server.address().port}`;
  const sandbox = await startSandbox({ callbackUrl: `${url}/callbacks` });
  const client = new Cryptopay(sandbox.options);
  const paid = [];
  const asked = new Set();

  const relay = createRelay({
    client,
    origins: [url],
    limit: 300,
    allow: ["invoices.create", "invoices.retrieve_by_custom_id"],
    authorize({ operation, params }) {
      // A page may look at what it opened: nobody else knows its custom_id.
      if (operation !== "invoices.create") return asked.has(params.custom_id);
      const price = PRICES[params.metadata?.order];
      if (!price || params.pay_currency !== "BTC" || typeof params.custom_id !== "string") return false;
      asked.add(params.custom_id);
      return { ...params, price_amount: price, price_currency: "EUR" };
    },
  });
  const callbacks = webHandler({
    callbacks: client.callbacks,
    store: new MemoryStore(),
    handle(event) {
      // Other events tell of a completed invoice, too.
      if (event.type !== "Invoice" || event.event !== "status_changed") return;
      if (event.status === "completed") paid.push(event.data);
    },
  });
  /** The customer's wallet: the payment is seen, and confirmed a moment later. */
  const wallet = async (request) => {
    const payment = { invoice_id: await request.text(), amount: "exact" };
    const { txid } = await sandbox.pay({ ...payment, confirmations: 0 });
    setTimeout(() => sandbox.pay({ ...payment, confirmations: 1, txid }), CONFIRMED_AFTER_MS);
    return new Response(null, { status: 204 });
  };
  const routes = {
    "GET /": file("checkout.html", "html"),
    "GET /checkout.css": file("checkout.css", "css"),
    "GET /checkout.js": file("checkout.js", "js"),
    "GET /relay-page.js": file("relay-page.js", "js", import.meta.resolve("cryptopay-client/relay/page")),
    "POST /relay": relay,
    "POST /callbacks": callbacks,
    "POST /wallet": wallet,
  };

  async function answer(incoming, outgoing) {
    const { method, headers } = incoming;
    const body = method === "GET" ? undefined : Readable.toWeb(incoming);
    const handler = routes[`${method} ${incoming.url}`] ?? (() => new Response(null, { status: 404 }));
    const told = await Promise.resolve(
      handler(new Request(url + incoming.url, { method, headers, body, duplex: "half" })),
    ).catch(() => new Response(null, { status: 500 }));
    outgoing.writeHead(told.status, [...told.headers].flat());
    outgoing.end(Buffer.from(await told.arrayBuffer()));
  }

  return {
    url,
    sandbox,
    paid,
    async close() {
      client.close();
      server.close().closeAllConnections();
      await sandbox.stop();
    },
  };
}
