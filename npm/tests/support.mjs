// Servers that misbehave on purpose, and a client that talks to them without waiting.

import { once } from "node:events";
import { stat } from "node:fs/promises";
import * as http from "node:http";
import * as net from "node:net";
import { Cryptopay } from "../dist/node.js";

/** A raw server; `onSocket` does what it wants. */
export async function raw(onSocket, listen = { port: 0, host: "127.0.0.1" }) {
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    onSocket(socket);
  });
  await new Promise((resolve) => server.listen(listen, resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    sockets,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Tells whenever a whole request has come, head and body. */
export function requests(socket, onRequest) {
  let text = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk) => {
    text += chunk;
    for (;;) {
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = text.slice(0, end);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (text.length < end + 4 + length) return;
      const body = text.slice(end + 4, end + 4 + length);
      text = text.slice(end + 4 + length);
      onRequest(head, body);
    }
  });
}

export function reply(status, object, headers = "") {
  const body = typeof object === "string" ? object : JSON.stringify(object);
  return `HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}

/** A time that does not wait. */
export function instant() {
  let skipped = 0;
  const started = performance.now();
  return {
    now: () => {
      const tickMs = Math.floor(performance.now() - started) + skipped;
      return { unixMs: 1_700_000_000_000 + tickMs, tickMs };
    },
    entropy: () => "00112233445566778899aabbccddeeff",
    sleep: async (ms) => {
      skipped += ms;
    },
  };
}

/** What Node still holds and would wait for; nothing, when everything that was let go is gone. */
export async function held() {
  let kinds = [];
  for (let round = 0; round < 200; round += 1) {
    kinds = process.getActiveResourcesInfo().filter((kind) => /^(TCP|TLS|Timeout|Immediate)/.test(kind));
    if (kinds.length === 0) break;
    // Waits for the system without a timer of its own.
    await stat(".");
  }
  return kinds.sort();
}

export const client = (url, options = {}) =>
  new Cryptopay({ environment: url, apiKey: "key", apiSecret: "secret", time: instant(), ...options });

export const INVOICE = { price_amount: "100.0", price_currency: "EUR", pay_currency: "BTC", custom_id: "o-1" };
export const caught = (promise) =>
  Promise.resolve(promise).then(
    () => assertNever(),
    (error) => error,
  );

function assertNever() {
  throw new Error("the call succeeded");
}

/** An invoice as the API answers it. */
export const answered = (id = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd") => ({
  id,
  status: "new",
  address: "2Mz3bcjSVHG8uQJpNjmCxp24VdTjwaqmFcJ",
  uri: "bitcoin:2Mz3bcjSVHG8uQJpNjmCxp24VdTjwaqmFcJ?amount=0.00333434",
  price_amount: "100.0",
  price_currency: "EUR",
  fee: "1.0",
  fee_currency: "EUR",
  pay_amount: "0.00333434",
  pay_currency: "BTC",
  paid_amount: "0.0",
  transactions: [],
  hosted_page_url: "https://hosted-business-sandbox.cryptopay.me/invoices/1",
  created_at: "2023-11-14T22:13:20+00:00",
  expires_at: "2023-11-14T22:23:20+00:00",
});

/** A transport that sells every invoice. */
export const sold = (see = () => {}) => ({
  async fetch(request) {
    see(request);
    const body = new TextEncoder().encode(JSON.stringify({ data: answered() }));
    return { status: 201, header: () => null, body };
  },
});

/** What a listener of node:http answers to these bytes, after which the visitor says no more; its promise must be kept. */
export async function halves(listener, bytes) {
  let listened;
  const server = http.createServer((request, response) => {
    listened = listener(request, response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = net.connect(server.address().port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("latin1").on("data", (text) => {
    answer += text;
  });
  socket.write(bytes);
  await once(server, "request");
  socket.end();
  await listened;
  if (!socket.closed) await once(socket, "close");
  server.close();
  server.closeAllConnections();
  return answer;
}
