// L5: the limit on PostgreSQL that the documents show lets no more through than the API allows, and what is urgent first. Its
// statements are read from the page itself and run in a PostgreSQL of this process.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { postgres } from "./postgres.mjs";
import { client } from "./support.mjs";

const { database, statements } = await postgres("shared-limit");
const [tables, lane, permits, permit, ...others] = statements;
assert.deepEqual(others, []);
await database.exec(tables + lane + permits);
after(() => database.close());
beforeEach(() => database.exec(`drop table cryptopay_places, cryptopay_pause; ${tables}`));

/** The page in JavaScript. */
async function sharedLimit({ cost, priority, frozenMs }) {
  const { rows } = await database.query(permit, [cost, priority, frozenMs]);
  return { waitMs: rows[0].wait_ms };
}

const ask = async (priority, cost = 1, frozenMs = 0) => (await sharedLimit({ cost, priority, frozenMs })).waitMs;

/** How many places are free within some 61 s at most, and how many there are. */
async function fullest() {
  const told = await database.query("select extract(epoch from free_at) * 1e6 as at from cryptopay_places order by 1");
  const times = told.rows.map(({ at }) => Number(at));
  const within = times.map((from) => times.filter((at) => at >= from && at < from + 61e6).length);
  return { most: Math.max(...within), all: times.length };
}

/** As if so much time had passed. */
async function pass(ms) {
  const earlier = "- $1 * interval '1 millisecond'";
  await database.query(`update cryptopay_places set free_at = free_at ${earlier}`, [ms]);
  await database.query(`update cryptopay_pause set until = until ${earlier}`, [ms]);
}

test("of a thousand requests at once no 61 s get more than 195, and nearly all places are used", async () => {
  let seed = 7;
  const below = (limit) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % limit;
  };
  const asked = Array.from({ length: 1000 }, () => ask(["urgent", "write", "read", "page"][below(4)], 1 + below(2)));
  const waits = await Promise.all(asked);
  const { most, all } = await fullest();
  assert.ok(all > 1400 && most <= 195 && most >= 190, `${most} of ${all}`);
  assert.ok(Math.max(...waits) < (all / 165 + 1) * 61_000, `${Math.max(...waits)}`);
});

test("a burst goes at once, and what is urgent does not stand behind reads", async () => {
  const reads = await Promise.all(Array.from({ length: 700 }, () => ask("read")));
  assert.deepEqual([reads[0], reads[164], reads[165] > 55_000, reads[699] > 200_000], [0, 0, true, true]);
  const commits = await Promise.all(Array.from({ length: 30 }, () => ask("urgent")));
  assert.ok(commits.every((wait) => wait === 0));
  const late = await ask("urgent");
  assert.ok(late > 55_000 && late <= 61_000, `${late}`);
  await pass(61_000);
  assert.equal(await ask("urgent"), 0);
  assert.ok((await ask("read")) > 150_000);
});

test("what two places are reserved for waits until both are free", async () => {
  await Promise.all(Array.from({ length: 164 }, () => ask("read")));
  assert.ok((await ask("write", 2)) > 55_000);
  assert.equal((await fullest()).most, 165);
});

test("nobody sends during a pause, and the longest counts", async () => {
  assert.equal(await ask("read", 1, 0), 0);
  assert.ok((await ask("read", 1, 9_000)) > 8_900);
  assert.ok((await ask("urgent", 1, 2_000)) > 8_000);
  await pass(9_000);
  assert.equal(await ask("read"), 0);
});

test("the processes' clients ask for each request", async () => {
  const sent = [];
  const fetch = async (url) => {
    sent.push(url);
    return new Response('{"data":[]}', { headers: { "content-type": "application/json" } });
  };
  const clients = Array.from({ length: 3 }, () => client("http://127.0.0.1:1", { sharedLimit, fetch }));
  await Promise.all(clients.map((api) => api.coins.list()));
  assert.deepEqual([sent.length, await fullest()], [3, { most: 3, all: 3 }]);
});

/** How long the client's own limit of one request a minute holds a second one up, where this is what the shared one answers. */
async function heldUp(granted) {
  const waits = [];
  const fetch = async () => new Response('{"data":[]}', { headers: { "content-type": "application/json" } });
  const api = client("http://127.0.0.1:1", { sharedLimit: async () => granted, rateLimit: 1, fetch });
  api.on("sleep", ({ waitMs }) => waits.push(waitMs));
  await api.coins.list();
  await api.coins.list();
  return waits;
}

test("a shared limit that answers a time decides alone", async () => {
  assert.deepEqual(await heldUp({ waitMs: 0 }), []);
  assert.deepEqual(await heldUp({ waitMs: -5 }), []);
  assert.deepEqual(await heldUp({ waitMs: 700 }), [700, 700]);
});

for (const waitMs of [Number.NaN, Number.POSITIVE_INFINITY, null, undefined, "0"]) {
  test(`the client's own limit decides where the shared one answers no time: ${waitMs}`, async () => {
    const waits = await heldUp({ waitMs });
    assert.ok(waits.length === 1 && waits[0] > 55_000, `${waits}`);
  });
}
