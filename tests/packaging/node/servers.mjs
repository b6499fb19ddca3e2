// The empty projects of servers: how each is made, and how it is run.

import * as fs from "node:fs";
import * as path from "node:path";
import { oneWasm, run } from "./project.mjs";

const STORY = `
const sandbox = await startSandbox();
const client = new Cryptopay(sandbox.options);
const invoice = await client.invoices.create({ price_amount: "1.00", price_currency: "EUR", pay_currency: "BTC" });
const body = JSON.stringify({ type: "Invoice", event: "created", data: { id: invoice.id, status: invoice.status } });
const event = client.callbacks.verify(body, client.callbacks.sign(body));
await client.invoices.retrieve("06a54ccb-889f-4c1f-8a59-086a84a1e2dd").then(
  () => { throw new Error("found") },
  (error) => { if (!(error instanceof NotFoundError)) throw error; },
);
client.close();
await sandbox.stop();
console.log(event.id === invoice.id && invoice.status === "new" ? "paid by the book" : "wrong");
`;
const ESM = `import { Cryptopay, NotFoundError } from "cryptopay-client";\nimport { startSandbox } from "cryptopay-client/testing";\n${STORY}`;
const CJS = `const { Cryptopay, NotFoundError } = require("cryptopay-client");\nconst { startSandbox } = require("cryptopay-client/testing");\n(async () => {${STORY}})();\n`;
// The entry without the wasm inside: nothing works before its file was given, and the error says so.
const SLIM = `const { Cryptopay, NotFoundError, ready } = require("cryptopay-client/slim");
const { startSandbox } = require("cryptopay-client/testing");
(async () => {
require("node:assert").throws(() => new Cryptopay({ environment: "sandbox", apiKey: "k", apiSecret: "s" }), /await ready/);
await ready(require("node:fs").readFileSync(require.resolve("cryptopay-client/cryptopay.wasm")));
${STORY}})();
`;
const WORKER = `import { Cryptopay, NotFoundError } from "cryptopay-client";
export default {
  async test(_, { OPTIONS }) {
    const startSandbox = async () => ({ options: JSON.parse(OPTIONS), stop() {} });
    const console = { log: (told) => { if (told !== "paid by the book") throw new Error(told); } };
    ${STORY}
  },
};
`;
const TYPED = `
import { Cryptopay, type Invoice, OutcomeUnknownError, type PendingRecord } from "cryptopay-client";
import { MemoryStore, webHandler } from "cryptopay-client/callbacks";
import { createRelay } from "cryptopay-client/relay";
import { createRelayClient } from "cryptopay-client/relay/page";
declare const client: Cryptopay;
export async function good(): Promise<Invoice> {
  const { data, response } = await client.invoices.create({ price_amount: "1.00", price_currency: "EUR", pay_currency: "BTC" }).withResponse();
  const status: string = response.requestId ?? data?.status ?? "an unknown status compiles";
  for await (const one of client.coinWithdrawals.list()) console.log(one.received_amount.length, status);
  const payout = { address: "a", charged_currency: "EUR", received_currency: "BTC", received_amount: "0.1" };
  await client.coinWithdrawals.create({ ...payout, custom_id: "p" }, { timeoutMs: 1 });
  await client.coinWithdrawals.create(payout, { generatedCustomId: true });
  const transfer = { charged_currency: "EUR", received_currency: "BTC", received_amount: "0.1" };
  await client.exchangeTransfers.create(transfer);
  await client.exchangeTransfers.create({ ...transfer, force_commit: true }, { generatedCustomId: true });
  const atOnce: boolean = Date.now() > 0;
  await client.exchangeTransfers.create({ ...transfer, force_commit: atOnce, custom_id: "t" });
  webHandler({ callbacks: client.callbacks, store: new MemoryStore(), handle(event) {
    if (event.type === "Invoice") console.log(event.data.custom_id);
    else if (event.type === "CoinWithdrawal") console.log(event.data.received_amount);
    else console.log(event.type.length, event.data);
  } });
  createRelay({ client, allow: ["invoices.create"], origins: [], authorize: () => true });
  await createRelayClient({ url: "/pay" }).call("invoices.create", {});
  const record: PendingRecord = (null as unknown as OutcomeUnknownError).record;
  console.log((await client.resolve(record)).state);
  return await client.invoices.retrieve("id", { ifNoneMatch: "x" });
}
export function wrong(): void {
  // @ts-expect-error an amount is text
  client.invoices.create({ price_amount: 1, price_currency: "EUR", pay_currency: "BTC" });
  // @ts-expect-error a required field
  client.invoices.create({ price_amount: "1", price_currency: "EUR" });
  // @ts-expect-error two ways to say the amount
  client.coinWithdrawals.create({ address: "a", charged_currency: "EUR", received_currency: "BTC", received_amount: "1", charged_amount: "1", custom_id: "p" });
  // @ts-expect-error what moves money needs a custom_id
  client.coinWithdrawals.create({ address: "a", charged_currency: "EUR", received_currency: "BTC", received_amount: "1" });
  // @ts-expect-error a transfer at once, too
  client.exchangeTransfers.create({ charged_currency: "EUR", received_currency: "BTC", received_amount: "1", force_commit: true });
  // @ts-expect-error no such option
  client.rates.all({ timeout: 5000 });
  // @ts-expect-error no such setting
  new Cryptopay({ environment: "sandbox", apiKey: "k", apiSecret: "s", timeout: 5000 });
  // @ts-expect-error no such field
  client.invoices.list({ nonsense: "1" });
  // @ts-expect-error a quote belongs to a commit
  client.invoices.create({ price_amount: "1", price_currency: "EUR", pay_currency: "BTC" }, { quote: {} });
  // @ts-expect-error the environment must be named
  new Cryptopay({ apiKey: "k", apiSecret: "s" });
}
`;
const typed = (options) => ({
  dev: ["typescript@5.9", "@types/node@20"],
  files: {
    "main.ts": TYPED,
    "tsconfig.json": JSON.stringify({
      compilerOptions: { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true, target: "es2022", lib: ["es2023", "dom", "dom.iterable", "dom.asynciterable"], ...options },
    }),
  },
  go: (cwd) => run(cwd, "npx", "tsc", "-p", ".") || "paid by the book",
});
export const servers = {
  esm: { files: { "main.mjs": ESM }, go: (cwd) => run(cwd, "node", "main.mjs") },
  cjs: { files: { "main.cjs": CJS }, go: (cwd) => run(cwd, "node", "main.cjs") },
  slim: {
    files: { "main.cjs": SLIM },
    go(cwd) {
      oneWasm(cwd, "node_modules/cryptopay-client/dist/cryptopay.wasm");
      const { size } = fs.statSync(path.join(cwd, "node_modules/cryptopay-client/dist/cjs/slim.js"));
      if (size > 100_000) throw new Error(`the slim entry has ${size} bytes`);
      return run(cwd, "node", "main.cjs");
    },
  },
  nodenext: typed({ module: "nodenext", moduleResolution: "nodenext" }),
  bundler: typed({ module: "esnext", moduleResolution: "bundler" }),
  // As a server has it that does not ask for the types of pages.
  nodom: typed({ module: "nodenext", moduleResolution: "nodenext", lib: ["es2023"] }),
  node10: typed({ module: "commonjs", moduleResolution: "node10" }),
  esbuild: {
    dev: ["esbuild@0.28.2"],
    files: { "main.mjs": ESM },
    go(cwd) {
      run(cwd, "npx", "esbuild", "main.mjs", "--bundle", "--platform=node", "--format=esm", "--minify", "--outfile=out.mjs");
      oneWasm(cwd, "out.mjs");
      return run(cwd, "node", "out.mjs");
    },
  },
  deno: { dev: ["deno@2.9.6"], files: { "main.mjs": ESM }, go: (cwd) => run(cwd, "npx", "deno", "run", "-A", "main.mjs") },
  bun: { dev: ["bun@1.4.5"], files: { "main.mjs": ESM }, go: (cwd) => run(cwd, "npx", "bun", "main.mjs") },
  workerd: {
    dev: ["esbuild@0.28.2", "workerd@1.20261117.1"],
    files: { "main.mjs": WORKER },
    async go(cwd) {
      run(cwd, "npx", "esbuild", "main.mjs", "--bundle", "--format=esm", "--conditions=workerd", "--external:*.wasm", "--outfile=out/main.js");
      fs.copyFileSync(path.join(cwd, "node_modules/cryptopay-client/dist/cryptopay.wasm"), path.join(cwd, "out/cryptopay.wasm"));
      oneWasm(cwd, "out");
      const { startSandbox } = await import(path.join(cwd, "node_modules/cryptopay-client/dist/testing.js"));
      const sandbox = await startSandbox();
      const options = JSON.stringify(JSON.stringify(sandbox.options));
      fs.writeFileSync(
        path.join(cwd, "out/config.capnp"),
        `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [
  (name = "main", worker = .main), (name = "out", network = (allow = ["private", "local", "public"])),
]);
const main :Workerd.Worker = (
  modules = [(name = "main.js", esModule = embed "main.js"), (name = "cryptopay.wasm", wasm = embed "cryptopay.wasm")],
  compatibilityDate = "2025-01-01", globalOutbound = "out", bindings = [(name = "OPTIONS", text = ${options})],
);
`,
      );
      try {
        run(cwd, "npx", "workerd", "test", "out/config.capnp");
      } finally {
        await sandbox.stop();
      }
      return "paid by the book";
    },
  },
};
