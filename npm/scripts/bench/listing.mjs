// A list of so many rows, in a process of its own: `node --expose-gc listing.mjs ROWS`. Prints by how many bytes heap and wasm
// grow between its first tenth and its end, at the most.

import { held } from "../../tests/flat.mjs";
import { answered, client } from "../../tests/support.mjs";

const PAGE = 100;
const rows = Number(process.argv[2]);
const uuid = (n) => `06a54ccb-889f-4c1f-8a59-${n.toString(16).padStart(12, "0")}`;
const text = JSON.stringify(Array.from({ length: PAGE }, () => answered("ID")));
let asked = 0;
const fetch = {
  fetch: async () => {
    let row = asked;
    asked += PAGE;
    const data = text.replaceAll("ID", () => uuid(row++));
    const body = `{"data":${data},"meta":{"has_more":${asked < rows}}}`;
    return { status: 200, header: () => null, body: new TextEncoder().encode(body) };
  },
};
let [read, first, most] = [0, undefined, { heap: 0, wasm: 0 }];
for await (const _ of client("http://127.0.0.1:1", { fetch, rateLimit: null }).invoices.list()) {
  read += 1;
  if (read % (rows / 10) !== 0) continue;
  const now = await held();
  first ??= now;
  most = { heap: Math.max(most.heap, now.heap), wasm: Math.max(most.wasm, now.wasm) };
}
if (read !== rows) throw new Error(`${read} rows were read`);
console.log(JSON.stringify({ heap: most.heap - first.heap, wasm: most.wasm - first.wasm }));
