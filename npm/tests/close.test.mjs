// A client that is closed: what runs comes to its end, what is idle is let go, and a new call is refused by name.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { answered, caught, client, held, INVOICE, raw, reply, requests } from "./support.mjs";

afterEach(async () => assert.deepEqual(await held(), [], "no socket and no timer is left"));

const gone = async (condition) => {
  for (let round = 0; round < 200 && !condition(); round += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(condition());
};

test("a create that is on its way is answered, its retry is sent, and only then its connection goes", async () => {
  const posts = [];
  let arrive;
  const arrived = new Promise((resolve) => {
    arrive = resolve;
  });
  const server = await raw((socket) =>
    requests(socket, (head) => {
      if (head.startsWith("GET")) socket.write(reply(200, { data: {} }));
      else if (posts.push(socket) === 1) arrive();
      else socket.write(reply(201, { data: answered() }));
    }),
  );
  const api = client(server.url);
  // Two connections, of which one is idle when the client is closed.
  await Promise.all([api.rates.all(), api.rates.all()]);
  assert.equal(server.sockets.size, 2);
  const running = api.invoices.create(INVOICE);
  await arrived;
  api.close();
  api.close();
  await gone(() => server.sockets.size === 1);
  assert.ok(server.sockets.has(posts[0]), "the connection in use is not the one that goes");
  posts[0].write(reply(429, {}, "Retry-After: 1\r\n"));
  assert.equal((await running).status, "new");
  assert.deepEqual([posts.length, (await running.withResponse()).response.attempts], [2, 2]);
  await gone(() => server.sockets.size === 0);
  await server.close();
});

test("a new call is refused, whatever it is, and callbacks are verified as before", async () => {
  let sent = 0;
  const fetch = async () => {
    sent += 1;
    throw new Error("nobody is there");
  };
  const api = client("http://127.0.0.1:1", { callbackSecrets: "c", fetch: { fetch } });
  const list = api.invoices.list();
  api.close();
  const record = { v: 1, operation: "invoices.create", params: INVOICE, custom_id: "o-1" };
  for (const call of [api.invoices.create(INVOICE), api.invoices.create({}), list, api.resolve(record)]) {
    const error = await caught(call);
    assert.deepEqual([error.name, error.message], ["MisuseError", "the client is closed: make a new one"]);
  }
  assert.equal(sent, 0);
  const body = '{"type":"Invoice","event":"created","data":{"id":"1"}}';
  assert.equal(api.callbacks.verify(body, api.callbacks.sign(body)).id, "1");
});
