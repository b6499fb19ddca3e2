// The empty projects that prove what the package says of others: real frameworks receive callbacks, and every snippet of the
// package's README runs as it stands.

import * as fs from "node:fs";
import * as path from "node:path";
import { run } from "./project.mjs";

const FRAMEWORKS = `
import assert from "node:assert/strict";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import { Cryptopay } from "cryptopay-client";
import { MemoryStore, expressHandler, fastifyCallbacks, webHandler } from "cryptopay-client/callbacks";

const { callbacks } = new Cryptopay({ environment: "sandbox", apiKey: "k", apiSecret: "s", callbackSecrets: "c" });
const body = '{"type": "Invoice",  "event":"status_changed","data":{"id":"1","status":"completed"}}';
const headers = { "content-type": "application/json", "x-cryptopay-signature": callbacks.sign(body) };
const fresh = () => {
  const seen = [];
  const refused = [];
  return { seen, refused, options: { callbacks, store: new MemoryStore(), handle: (event) => void seen.push(event.id), onRefused: (error) => refused.push(error.message) } };
};

/** Delivered twice, then forged, then without a signature: handled once. */
async function judge(name, { seen }, ask) {
  const told = [];
  for (const [more, text] of [[{}, body], [{}, body], [{}, body + " "], [{ "x-cryptopay-signature": "" }, body]]) {
    told.push((await ask({ method: "POST", headers: { ...headers, ...more }, body: text })).status);
  }
  assert.deepEqual([told, seen], [[200, 200, 400, 400], ["1"]], name);
}
const over = (server) => (init) => fetch("http://127.0.0.1:" + server.address().port + "/callbacks", init);

for (const before of ["nothing", "raw", "json"]) {
  const one = fresh();
  const app = express();
  if (before === "raw") app.use(express.raw({ type: "*/*" }));
  if (before === "json") app.use(express.json());
  app.post("/callbacks", expressHandler(one.options));
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  if (before === "json") {
    assert.equal((await over(server)({ method: "POST", headers, body })).status, 500);
    assert.match(one.refused[0], /before any body parser/);
  } else await judge("express behind " + before, one, over(server));
  server.close();
  server.closeAllConnections();
}
{
  const one = fresh();
  const app = Fastify();
  app.post("/json", async (request) => request.body.own);
  app.register(fastifyCallbacks(one.options, "/callbacks"));
  await app.listen({ port: 0, host: "127.0.0.1" });
  await judge("fastify", one, over(app.server));
  const other = await app.inject({ method: "POST", url: "/json", payload: { own: "still parsed" } });
  assert.equal(other.payload, "still parsed");
  await app.close();
}
{
  const one = fresh();
  const app = new Hono();
  const handler = webHandler(one.options);
  app.post("/callbacks", (context) => handler(context.req.raw));
  await judge("hono", one, (init) => app.request("/callbacks", init));
}
{
  // What a route file of Next's App Router exports is this and nothing more.
  const one = fresh();
  const POST = webHandler(one.options);
  await judge("a route handler", one, (init) => POST(new Request("https://shop.example/callbacks", init)));
}
console.log("paid by the book");
`;

// What stands before the snippet with this number, and what must hold after it. A snippet may use `client` of the one before.
const SNIPPETS = [
  { before: "", after: `if (!/^[0-9]/.test(invoice.pay_amount)) throw new Error("no amount");` },
  {
    before: `
import { Cryptopay } from "cryptopay-client";
const client = Cryptopay.fromEnv();
const address = "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ";`,
    after: `if (quote.status !== "new" || payout.status !== "pending" || payout.id !== quote.id) throw new Error("not paid");`,
  },
  {
    before: `
import { writeFileSync } from "node:fs";
import { Cryptopay, defaultFetch, FetchFailure } from "cryptopay-client";
let kept;
const save = async (record) => { kept = record; writeFileSync("record.json", record); };
const address = "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ";
// Every answer is lost until the record is kept.
const wire = defaultFetch();
const fetch = { fetch: async (request, attempt) => { const answer = await wire.fetch(request, attempt); if (kept) return answer; throw new FetchFailure("broken", "maybe", "lost"); }, close: () => wire.close() };
const client = Cryptopay.fromEnv({ fetch, timeoutMs: 3000 });`,
    after: `if (JSON.parse(kept).custom_id !== "payout-2") throw new Error("not kept");`,
  },
  {
    before: `
import { readFile } from "node:fs/promises";
import { Cryptopay } from "cryptopay-client";
const client = Cryptopay.fromEnv();
const load = () => readFile("record.json", "utf8");`,
    after: `if (found.state !== "applied" || found.value.custom_id !== "payout-2") throw new Error("not found");`,
  },
  {
    before: `
import { Cryptopay } from "cryptopay-client";
const client = Cryptopay.fromEnv();
const address = "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ";
const { id: invoiceId } = await client.invoices.create({ price_amount: "100.00", price_currency: "EUR", pay_currency: "BTC" });
// More than was asked for, so that there is something to pay back.
const payment = JSON.stringify({ invoice_id: invoiceId, amount: "1", confirmations: 9 });
const paid = await fetch(process.env.CRYPTOPAY_ENVIRONMENT + "/_sandbox/pay", { method: "POST", body: payment });
if (!paid.ok) throw new Error(await paid.text());`,
    after: `
const refunds = await client.invoices.listRefunds(invoiceId);
if (refunds.length !== 1 || refunds[0].id !== refund.id) throw new Error("not refunded");`,
  },
  {
    before: `
import { Cryptopay } from "cryptopay-client";
const client = Cryptopay.fromEnv();`,
    after: `if (transfer.id !== offer.id || Number(transfer.charged_amount) !== 10) throw new Error("not exchanged");`,
  },
  {
    before: `
import { Cryptopay } from "cryptopay-client";
const client = Cryptopay.fromEnv();
let last;
const kept = [];
const lastRead = async () => last;
const keep = async (rows, id) => { kept.push(...rows); last = id; };`,
    after: `
const left = [];
for await (const one of client.invoices.list({ starting_after: last })) left.push(one);
if (kept.length < 2 || kept.at(-1).id !== last || left.length) throw new Error("not all of the list");`,
  },
  {
    before: `
import { Cryptopay } from "cryptopay-client";
const client = Cryptopay.fromEnv();
const { id: invoiceId } = (await client.invoices.list()).data[0];`,
    after: `if (current !== known || current.id !== invoiceId) throw new Error("not what was known");`,
  },
  {
    before: `
import { Cryptopay } from "cryptopay-client";
const client = Cryptopay.fromEnv();
const delivered = [];
const deliver = async (order) => { delivered.push(order); };`,
    after: `
const body = '{"type":"Invoice","event":"status_changed","data":{"id":"1","custom_id":"order-1","status":"completed"}}';
const headers = { "x-cryptopay-signature": client.callbacks.sign(body) };
const told = await POST(new Request("https://shop.example/callbacks", { method: "POST", headers, body }));
if (told.status !== 200 || delivered[0] !== "order-1") throw new Error("not delivered");`,
  },
  {
    before: `
import * as http from "node:http";
import * as net from "node:net";
let through = 0;
const proxy = http.createServer((request, response) => {
  through += 1;
  const { method, headers } = request;
  const asked = http.request(request.url, { method, headers }, (answer) => answer.pipe(response.writeHead(answer.statusCode, answer.headers)));
  request.pipe(asked);
});
proxy.on("connect", ({ url }, socket) => {
  through += 1;
  const { hostname, port } = new URL("http://" + url);
  const far = net.connect(port, hostname, () => socket.write("HTTP/1.1 200 OK\\r\\n\\r\\n"));
  socket.pipe(far).pipe(socket);
});
await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
process.env.HTTPS_PROXY = "http://127.0.0.1:" + proxy.address().port;`,
    after: `
const rates = await client.rates.all();
if (!rates["BTC/EUR"] || through !== 1) throw new Error("not through the proxy: " + through);`,
  },
  {
    before: `
import { Cryptopay } from "cryptopay-client";
const client = Cryptopay.fromEnv();
const told = [];
console.log = (...words) => told.push(words.join(" "));`,
    after: `
await client.rates.all();
if (told.join() !== "rates.all ok 1 200") throw new Error(told.join());`,
  },
  { before: "", after: `if (invoice.status !== "new") throw new Error("not new");` },
  {
    before: `
import { Cryptopay } from "cryptopay-client";
const client = Cryptopay.fromEnv();
globalThis.fetch = (_, init) => POST(new Request("https://shop.example/pay", { ...init, headers: { ...init.headers, origin: "https://shop.example" } }));`,
    after: `if (invoice.status !== "new") throw new Error("not sold");`,
  },
  {
    before: "",
    after: `
const client = Cryptopay.fromEnv();
const { data } = await client.rates.all().withResponse();
if (!data["BTC/EUR"]) throw new Error("no rates");`,
  },
];

export const frameworks = {
  frameworks: {
    dev: ["express@5.3.0", "fastify@5.12.8", "hono@4.13.19"],
    files: { "main.mjs": FRAMEWORKS },
    go: (cwd) => run(cwd, "node", "main.mjs"),
  },
  readme: {
    dev: ["undici@7.30.2"],
    files: {},
    async go(cwd) {
      const home = path.join(cwd, "node_modules/cryptopay-client");
      const snippets = [...fs.readFileSync(path.join(home, "README.md"), "utf8").matchAll(/^```js\n(.*?)^```$/gms)];
      if (snippets.length !== SNIPPETS.length) throw new Error(`the README has ${snippets.length} snippets`);
      const { startSandbox } = await import(path.join(home, "dist/testing.js"));
      const sandbox = await startSandbox();
      const { url, apiKey, apiSecret, callbackSecret } = sandbox;
      process.env.CRYPTOPAY_ENVIRONMENT = url;
      process.env.CRYPTOPAY_API_KEY = apiKey;
      process.env.CRYPTOPAY_API_SECRET = apiSecret;
      process.env.CRYPTOPAY_CALLBACK_SECRET = callbackSecret;
      try {
        for (const [index, [, text]] of snippets.entries()) {
          const { before, after } = SNIPPETS[index];
          const file = `snippet-${index + 1}.mjs`;
          fs.writeFileSync(path.join(cwd, file), `${before}\n${text}\n${after}\nprocess.exit();\n`);
          run(cwd, "node", file);
        }
      } finally {
        await sandbox.stop();
      }
      return "paid by the book";
    },
  },
};
