// The budgets of the package beside their peers, in one run: `node scripts/bench.mjs [--calls N]`. What is slow to measure
// comes last: memory over N calls (1,000,000), which takes some minutes.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import * as glue from "../wasm/pure/cryptopay_bg.js";
import { median, rounds } from "./bench/lanes.mjs";
import { KEY, PEERS, SECRET, signedByNode } from "./bench/peers.mjs";
import { begin, beside, figure } from "./bench/table.mjs";

const { values: asked } = parseArgs({ options: { calls: { type: "string", default: "1000000" } } });
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
/** What a program of `bench/` prints, run by itself. */
const child = (name, ...args) =>
  JSON.parse(execFileSync(process.execPath, ["--expose-gc", at(`bench/${name}.mjs`), ...args.map(String)]));

/** Signing alone, which the package does inside its calls: a build with the same core shows it. */
function signature() {
  const module = new WebAssembly.Module(fs.readFileSync(at("../wasm/pure/cryptopay_bg.wasm")));
  const { exports } = new WebAssembly.Instance(module, { "./cryptopay_bg.js": glue });
  glue.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
  const [date, path] = ["Tue, 14 Nov 2023 22:13:20 GMT", "/api/invoices"];
  const body = JSON.stringify({ price_amount: "100.0", price_currency: "EUR", custom_id: "x".repeat(120) }).padEnd(200);
  const signer = new glue.RequestSigner(KEY, SECRET);
  const sides = {
    ours: () => signer.sign(`POST\n${path}\n${date}\n${body}`),
    node: () => signedByNode(date, path, body),
  };
  if (sides.ours() !== sides.node()) throw new Error("the signatures differ");
  const best = { ours: Number.POSITIVE_INFINITY, node: Number.POSITIVE_INFINITY };
  const MANY = 20_000;
  for (let round = 0; round < 8; round += 1)
    for (const [name, sign] of Object.entries(sides)) {
      const began = process.cpuUsage();
      for (let n = 0; n < MANY; n += 1) sign();
      const { user, system } = process.cpuUsage(began);
      best[name] = Math.min(best[name], (user + system) / MANY);
    }
  beside("signature of a 200-byte POST", best.ours, "µs", ["node:crypto", best.node], 0.6);
}

/** Each peer in turn in one process; the ratio is the median of the rounds' own, which a busy machine disturbs least. */
async function parallel(port) {
  const peers = [];
  for (const [name, make] of Object.entries(PEERS)) peers.push([name, await make(port)]);
  const calls = Object.fromEntries(peers.map(([name, { call }]) => [name, call]));
  const cpu = await rounds(calls, 32, { times: 9, perRound: 3200 });
  for (const [, { close }] of peers) close();
  const ratio = (name) => median(cpu.ours.map((own, round) => own / cpu[name][round]));
  const what = "32 calls in parallel, CPU per call";
  const row = (name, called, most) =>
    beside(what, median(cpu.ours), "µs", [called, median(cpu[name]), ratio(name)], most);
  row("bare", "node:http, node:crypto", 1.3);
  row("stripe", "stripe", 0.75);
}

/** Each width in a process of its own, so that what it holds is its own. */
function widths(port) {
  for (const lanes of [1, 8, 32, 256]) {
    const [ours, bare] = ["ours", "bare"].map((name) => child("lane", name, port, lanes));
    const many = `${lanes} in parallel`;
    beside(`${many}: calls in a second`, ours.calls, "", ["node:http", bare.calls]);
    beside(`${many}: CPU of a call`, ours.cpu, "µs", ["node:http", bare.cpu]);
    beside(`${many}: the most that the process holds`, ours.held, "MB", ["node:http", bare.held]);
  }
}

function sizes() {
  const gz = (file) => gzipSync(fs.readFileSync(at(`../dist/${file}`)), { level: 9 }).length / 1024;
  figure("wasm, gz", gz("cryptopay.wasm"), "KB", 44);
  figure("import in all, gz", gz("node.js"), "KB", 64);
  figure("page side of the relay, gz", gz("relay-page.js"), "KB", 4);
}

/** The start, each time in a fresh process: the least of 15, because whatever else runs only adds to it. */
function start() {
  const took = (program) =>
    Math.min(
      ...Array.from({ length: 15 }, () =>
        Number(execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" })),
      ),
    );
  const timed = (work) => `const began = performance.now(); ${work}; console.log(performance.now() - began)`;
  const { href } = new URL("../dist/node.js", import.meta.url);
  const options = { environment: "sandbox", apiKey: "k", apiSecret: "s", callbackSecrets: "c" };
  const own = `const { Cryptopay } = await import("${href}"); new Cryptopay(${JSON.stringify(options)}).callbacks.sign("{}")`;
  const stripe = `const { default: Stripe } = await import("${import.meta.resolve("stripe")}"); new Stripe("sk_test_nobody")`;
  figure("import and first signature", took(timed(own)), "ms", 15);
  beside("import and first signature", took(timed(own)), "ms", ["import of stripe", took(timed(stripe))]);
}

function memory(calls) {
  const list = child("listing", 100_000);
  figure("a list of 100,000 rows: growth of the heap", list.heap / 1e6, "MB", 2);
  figure("a list of 100,000 rows: growth of the wasm", list.wasm / 1e6, "MB", 0);
  const many = child("flat", calls);
  figure(`${calls.toLocaleString("en")} calls: growth of the heap`, many.heap / 1e6, "MB", 2);
  figure(`${calls.toLocaleString("en")} calls: growth of the wasm`, many.wasm / 1e6, "MB", 0);
}

begin();
signature();
sizes();
start();
const server = spawn(process.execPath, [at("bench/server.mjs")], { stdio: ["pipe", "pipe", "inherit"] });
const [port] = await once(server.stdout, "data");
try {
  await parallel(Number(port));
  widths(Number(port));
} finally {
  server.stdin.end();
}
memory(Number(asked.calls));
