// W1 on raw sockets: what was sent, how often, and what is left behind.

import assert from "node:assert/strict";
import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import { test } from "node:test";
import { Attempt, OutcomeUnknownError, webFetch } from "../dist/node.js";
import { caught, client, INVOICE, raw, reply, requests } from "./support.mjs";

const RATES = reply(200, { data: {} });
const WITHDRAWAL = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd";

for (const [name, write] of [
  [
    "with a body",
    (api) =>
      api.channels.create(
        { name: "c", pay_currency: "BTC", receiver_currency: "EUR", custom_id: "c-1" },
        { maxRetries: 0 },
      ),
  ],
  ["without a body", (api) => api.subscriptions.cancel(WITHDRAWAL, { maxRetries: 0 })],
]) {
  test(`a reused connection that is reset after a write ${name} is not used to send it again`, async () => {
    let posts = 0;
    let reused = 0;
    const server = await raw((socket) => {
      let seen = 0;
      requests(socket, (head) => {
        seen += 1;
        if (head.startsWith("POST")) {
          posts += 1;
          reused += seen > 1 ? 1 : 0;
          socket.resetAndDestroy();
        } else if (head.startsWith("GET /api/rates ")) socket.write(RATES);
        else socket.write(reply(404, { error: { code: "nothing" } }));
      });
    });
    const api = client(server.url);
    await api.rates.all();
    const error = await caught(write(api));
    assert.equal(error.code, "outcome_unknown");
    assert.ok(error instanceof OutcomeUnknownError);
    assert.equal(error.attempts, 1);
    assert.deepEqual([posts, reused], [1, 1]);
    api.close();
    await server.close();
  });
}

test("a refund over an agent's plain socket that is reset after it was read is not sent again", async () => {
  let posts = 0;
  const server = await raw((socket) =>
    requests(socket, (head) => {
      if (head.startsWith("POST")) {
        posts += 1;
        socket.resetAndDestroy();
      } else socket.write(reply(200, { data: [] }));
    }),
  );
  // As where a sidecar makes the TLS of what leaves in plain text.
  const agent = new https.Agent();
  agent.createConnection = () => net.connect(Number(new URL(server.url).port), "127.0.0.1");
  const api = client("https://api.shop.example", { agent });
  const error = await caught(api.invoices.createRefund(WITHDRAWAL));
  assert.deepEqual([error.code, posts], ["outcome_unknown", 1]);
  await server.close();
});

test("a commit goes over a connection of its own", async () => {
  const ports = [];
  const server = await raw((socket) =>
    requests(socket, (head) => {
      ports.push(socket.remotePort);
      socket.write(head.startsWith("POST") ? reply(500, {}) : RATES);
    }),
  );
  const api = client(server.url);
  await api.rates.all();
  await api.rates.all();
  await caught(api.coinWithdrawals.commit(WITHDRAWAL, { maxRetries: 0, timeoutMs: 3000 }));
  assert.equal(ports[0], ports[1]);
  assert.notEqual(ports[1], ports[2]);
  api.close();
  await server.close();
});

test("a refused connection was never sent, and every operation may be repeated", async () => {
  const server = await raw(() => {});
  await server.close();
  const api = client(server.url, { maxRetries: 2 });
  const error = await caught(
    api.exchangeTransfers.create({ charged_currency: "EUR", received_currency: "BTC", charged_amount: "1" }),
  );
  assert.equal(error.code, "connection");
  assert.equal(error.attempts, 3);
  assert.equal(error.cause.code, "ECONNREFUSED");
});

test("a host that does not resolve, and a TLS handshake that fails, were never sent", async () => {
  const server = await raw((socket) => socket.end("no TLS\r\n"));
  for (const url of ["https://does-not-exist.invalid", server.url.replace("http:", "https:")]) {
    const error = await caught(client(url, { maxRetries: 0 }).invoices.create(INVOICE));
    assert.equal(error.code, "connection", url);
    // OpenSSL ends its text with a line break.
    assert.match(error.message, /: connection \(1 attempt\): \w.*(ENOTFOUND|EPROTO)[^\n]*\w; check the network[^\n]*$/);
  }
  await server.close();
});

test("where every address of a host refuses, each is named", async () => {
  const addresses = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }));
  const agent = new http.Agent({ autoSelectFamily: true, lookup: (_, __, tell) => tell(null, addresses) });
  const error = await caught(client("http://localhost:1", { agent, maxRetries: 0 }).rates.all());
  const refused = "connect ECONNREFUSED 127.0.0.1:1, connect ECONNREFUSED 127.0.0.2:1";
  assert.ok(error.message.startsWith(`rates.all: connection (1 attempt): ${refused};`), error.message);
});

test("what a transport says is told in one line", async () => {
  const broken = async () => {
    throw new Error("upstream said:\r\n  no\n");
  };
  const error = await caught(client("http://127.0.0.1:1", { fetch: broken, maxRetries: 0 }).rates.all());
  assert.ok(error.message.startsWith("rates.all: connection (1 attempt): upstream said: no;"), error.message);
});

test("a drip is covered by the attempt's timeout, and leaves no socket", async () => {
  const server = await raw((socket) =>
    requests(socket, () => {
      socket.write("HTTP/1.1 200 X\r\nContent-Length: 100000\r\n\r\n");
      const drip = setInterval(() => socket.write(" "), 10);
      socket.on("close", () => clearInterval(drip));
    }),
  );
  const began = performance.now();
  const error = await caught(client(server.url).rates.all({ maxRetries: 0, attemptTimeoutMs: 150 }));
  assert.equal(error.code, "timeout");
  assert.ok(performance.now() - began < 400);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(server.sockets.size, 0);
  await server.close();
});

test("an answer that is cut off or too large is told apart", async () => {
  const server = await raw((socket) =>
    requests(socket, (head) => {
      if (head.includes("/api/coins")) socket.write(reply(200, "x".repeat(5000)));
      else socket.end("HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{");
    }),
  );
  const api = client(server.url, { maxBodyBytes: 1000, maxRetries: 0 });
  assert.equal((await caught(api.rates.all())).code, "connection");
  assert.equal((await caught(api.coins.list())).code, "invalid_response");
  await server.close();
});

test("redirects are not followed", async () => {
  let seen = 0;
  const server = await raw((socket) =>
    requests(socket, () => {
      seen += 1;
      socket.write(reply(302, "", "Location: /elsewhere\r\n"));
    }),
  );
  const error = await caught(client(server.url, { maxRetries: 0 }).rates.all());
  assert.deepEqual([error.code, seen], ["unexpected_status", 1]);
  await server.close();
});

test("over a standard fetch every failure may have been sent", async () => {
  const failing = webFetch(() => Promise.reject(new TypeError("fetch failed")));
  const request = {
    method: "POST",
    url: "http://127.0.0.1:1/",
    headers: [],
    body: "{}",
    timeout_ms: 1,
    max_body: 1,
    fresh: false,
    purpose: "send",
  };
  await assert.rejects(failing.fetch(request, new Attempt()), { kind: "broken", sent: "maybe" });
});

test("a global fetch carries the same call", async () => {
  const server = await raw((socket) =>
    requests(socket, (head) => socket.write(/^date: /im.test(head) ? RATES : reply(500, {}))),
  );
  assert.deepEqual(
    await client(server.url, { fetch: (url, init) => fetch(url, init) }).rates.all({ maxRetries: 0 }),
    {},
  );
  await server.close();
});

test("a host's error that holds the signed request is not passed on", async () => {
  const api = client("http://127.0.0.1:1", {
    maxRetries: 0,
    fetch: async (_, init) => {
      throw Object.assign(new Error("broken"), { config: { headers: init.headers } });
    },
  });
  const error = await caught(api.rates.all());
  const { inspect } = await import("node:util");
  assert.equal(error.cause.message, "broken");
  assert.ok(!inspect(error, { depth: 9 }).includes("HMAC"));
});
