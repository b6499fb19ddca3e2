// Installs the packed tarball into empty projects, as users have them, and lets each make a signed call to a sandbox and
// verify a callback. Needs CRYPTOPAY_SANDBOX_BIN and a built `npm/dist`; `node run.mjs [project…]` runs some of them.

import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { fileURLToPath } from "node:url";

const npm = fileURLToPath(new URL("../../../npm/", import.meta.url));
const work = fs.mkdtempSync(path.join(os.tmpdir(), "cryptopay-client-"));
const run = (cwd, command, ...args) => execFileSync(command, args, { cwd, stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" });
const tarball = path.join(work, JSON.parse(run(npm, "npm", "pack", "--json", "--pack-destination", work))[0].filename);

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
  await client.coinWithdrawals.create({ address: "a", charged_currency: "EUR", received_currency: "BTC", received_amount: "0.1", custom_id: "p" }, { timeoutMs: 1 });
  webHandler({ callbacks: client.callbacks, store: new MemoryStore(), handle(event) { if (event.type === "Invoice") console.log(event.data); } });
  createRelay({ client, allow: ["invoices.create"], origins: [], authorize: () => true });
  await createRelayClient({ url: "/pay" }).call("invoices.create", {});
  const record: PendingRecord | undefined = (null as unknown as OutcomeUnknownError).record;
  console.log(record?.operation);
  return await client.invoices.retrieve("id", { ifNoneMatch: "x" });
}
export function wrong(): void {
  // @ts-expect-error an amount is text
  client.invoices.create({ price_amount: 1, price_currency: "EUR", pay_currency: "BTC" });
  // @ts-expect-error a required field
  client.invoices.create({ price_amount: "1", price_currency: "EUR" });
  // @ts-expect-error two ways to say the amount
  client.coinWithdrawals.create({ address: "a", charged_currency: "EUR", received_currency: "BTC", received_amount: "1", charged_amount: "1" });
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
const PROJECTS = {
  esm: { files: { "main.mjs": ESM }, go: (cwd) => run(cwd, "node", "main.mjs") },
  cjs: { files: { "main.cjs": CJS }, go: (cwd) => run(cwd, "node", "main.cjs") },
  nodenext: typed({ module: "nodenext", moduleResolution: "nodenext" }),
  bundler: typed({ module: "esnext", moduleResolution: "bundler" }),
  node10: typed({ module: "commonjs", moduleResolution: "node10" }),
  esbuild: {
    dev: ["esbuild@0.28.2"],
    files: { "main.mjs": ESM },
    go(cwd) {
      run(cwd, "npx", "esbuild", "main.mjs", "--bundle", "--platform=node", "--format=esm", "--minify", "--outfile=out.mjs");
      const wasm = fs.readFileSync(path.join(cwd, "out.mjs"), "utf8").match(/0061736d01000000/g) ?? [];
      if (wasm.length !== 1) throw new Error(`the bundle has ${wasm.length} wasm`);
      return run(cwd, "node", "out.mjs");
    },
  },
  deno: { dev: ["deno@2.9.6"], files: { "main.mjs": ESM }, go: (cwd) => run(cwd, "npx", "deno", "run", "-A", "main.mjs") },
  bun: { dev: ["bun@1.4.5"], files: { "main.mjs": ESM }, go: (cwd) => run(cwd, "npx", "bun", "main.mjs") },
};

const wanted = process.argv.slice(2);
let failed = 0;
for (const [name, { dev = [], files, go }] of Object.entries(PROJECTS)) {
  if (wanted.length && !wanted.includes(name)) continue;
  const cwd = path.join(work, name);
  fs.mkdirSync(cwd);
  fs.writeFileSync(path.join(cwd, "package.json"), '{ "private": true }');
  for (const [file, text] of Object.entries(files)) fs.writeFileSync(path.join(cwd, file), text);
  try {
    run(cwd, "npm", "install", "--no-audit", "--no-fund", "--silent", tarball, ...dev);
    const told = go(cwd).trim();
    if (told !== "paid by the book") throw new Error(told);
    console.log(`${name}: ok`);
  } catch (error) {
    failed += 1;
    console.log(`${name}: ${error.stdout || error.message}`);
  }
}
fs.rmSync(work, { recursive: true, force: true });
process.exitCode = failed ? 1 : 0;
