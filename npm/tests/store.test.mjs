// B3: the store on PostgreSQL that the documents show does what the one in memory does. Its statements are read from the
// page itself and run in a PostgreSQL of this process.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { MemoryStore, webHandler } from "../dist/callbacks.js";
import { postgres } from "./postgres.mjs";
import { client } from "./support.mjs";

const { database, statements } = await postgres("callback-store");
const [table, claim, found, complete, release, ...others] = statements;
assert.deepEqual(others, []);
after(() => database.close());

/** The page in JavaScript. */
class PostgresStore {
  static async create() {
    await database.exec(`drop table if exists cryptopay_callbacks; ${table}`);
    return new PostgresStore();
  }

  async claim(key, leaseMs) {
    if ((await database.query(claim, [key, leaseMs])).rows.length > 0) return "new";
    return (await database.query(found, [key])).rows[0]?.done ? "done" : "in_progress";
  }

  async complete(key) {
    await database.query(complete, [key]);
  }

  async release(key) {
    await database.query(release, [key]);
  }
}

/** Each store with what lets its time pass. */
const STORES = {
  "in memory": () => {
    let now = 0;
    const pass = (ms) => {
      now += ms;
    };
    return [new MemoryStore(() => now), pass];
  },
  "on PostgreSQL": async () => {
    const store = await PostgresStore.create();
    const earlier = "update cryptopay_callbacks set until = until - $1 * interval '1 millisecond'";
    return [store, (ms) => database.query(earlier, [ms])];
  },
};

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

for (const [name, make] of Object.entries(STORES)) {
  test(`a key is claimed once, for the time of its lease, and done for eight days: ${name}`, async () => {
    const [store, pass] = await make();
    const claimed = (key = "a") => store.claim(key, 5 * MINUTE);
    assert.equal(await claimed(), "new");
    assert.equal(await claimed("b"), "new");
    await pass(4 * MINUTE);
    assert.equal(await claimed(), "in_progress");
    await pass(MINUTE);
    assert.equal(await claimed(), "new");
    await store.release("a");
    assert.equal(await claimed(), "new");
    await store.complete("a");
    assert.equal(await claimed(), "done");
    await store.release("a");
    assert.equal(await claimed(), "done");
    await pass(7 * DAY);
    assert.equal(await claimed(), "done");
    await pass(DAY);
    assert.equal(await claimed(), "new");
    assert.equal(await claimed(), "in_progress");
    await store.complete("never claimed");
    assert.equal(await claimed("never claimed"), "done");
    await store.release("not there");
  });

  test(`of deliveries at once one is handled: ${name}`, async () => {
    const [store] = await make();
    const { callbacks } = client("http://127.0.0.1:1", { callbackSecrets: "secret" });
    const body = '{"type":"Invoice","event":"status_changed","data":{"id":"1","status":"completed"}}';
    const headers = { "x-cryptopay-signature": callbacks.sign(body) };
    let handled = 0;
    let finish;
    const last = new Promise((resolve) => {
      finish = resolve;
    });
    const handle = () => {
      handled += 1;
      return last;
    };
    const handler = webHandler({ callbacks, store, handle });
    const ask = () => handler(new Request("http://shop/", { method: "POST", headers, body }));
    const refused = [];
    const answers = Array.from({ length: 20 }, async () => {
      const { status } = await ask();
      if (status === 503 && refused.push(status) === 19) finish();
      return status;
    });
    assert.deepEqual((await Promise.all(answers)).toSorted(), [200, ...Array(19).fill(503)]);
    assert.deepEqual([(await ask()).status, handled], [200, 1]);
  });
}
