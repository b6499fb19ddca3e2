// Who is measured: the package, and beside it what a program would do without it. The bare peer has what no program should
// go without either: a signature by node:crypto, kept connections, a timeout, the whole body read.

import { createHash, createHmac } from "node:crypto";
import * as http from "node:http";
import { Cryptopay } from "../../dist/node.js";

export const KEY = "DjlHuWlApznJ7vrhPBL0fA";
export const SECRET = "Oe8TBDzg4tatdq2cL9ojeEj3U3oWSCSC5fqOHAqaKVg";
const PARAMS = { price_amount: "100.0", price_currency: "EUR", pay_currency: "BTC", custom_id: "o-1" };
const PATH = "/api/invoices";
const TIMEOUT_MS = 15_000;

/** `Authorization` of a POST, by node:crypto. */
export function signedByNode(date, path, body) {
  const digest = createHash("md5").update(body).digest("hex");
  const text = `POST\n${digest}\napplication/json\n${date}\n${path}`;
  return `HMAC ${KEY}:${createHmac("sha1", SECRET).update(text).digest("base64")}`;
}

function ours(port) {
  const client = new Cryptopay({
    environment: `http://127.0.0.1:${port}`,
    apiKey: KEY,
    apiSecret: SECRET,
    rateLimit: null,
  });
  return { call: () => client.invoices.create(PARAMS), close: () => client.close() };
}

function bare(port) {
  const agent = new http.Agent({ keepAlive: true });
  const call = () =>
    new Promise((resolve, reject) => {
      const text = JSON.stringify(PARAMS);
      const date = new Date().toUTCString();
      const headers = {
        Authorization: signedByNode(date, PATH, text),
        Date: date,
        "Content-Type": "application/json",
        "Content-Length": Buffer.byteLength(text),
      };
      const options = { host: "127.0.0.1", port, path: PATH, method: "POST", headers, agent };
      const request = http.request(options, (answer) => {
        const chunks = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.on("end", () => {
          clearTimeout(timer);
          resolve(JSON.parse(Buffer.concat(chunks).toString()).data);
        });
      });
      const timer = setTimeout(() => request.destroy(new Error("timeout")), TIMEOUT_MS);
      request.on("error", (error) => {
        clearTimeout(timer);
        reject(error);
      });
      request.end(text);
    });
  return { call, close: () => agent.destroy() };
}

async function stripe(port) {
  // Loaded when it is asked for: it takes more memory than all the others.
  const { default: Stripe } = await import("stripe");
  const httpAgent = new http.Agent({ keepAlive: true });
  const options = { host: "127.0.0.1", port, protocol: "http", timeout: TIMEOUT_MS, httpAgent, telemetry: false };
  const client = new Stripe("sk_test_nobody", options);
  const intent = { amount: 10_000, currency: "eur", metadata: { order: "o-1" } };
  return { call: () => client.paymentIntents.create(intent), close: () => httpAgent.destroy() };
}

/** Each by its name: makes one for a port, `{call, close}`. */
export const PEERS = { ours, bare, stripe };
