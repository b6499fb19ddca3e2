// The budgets of the package beside their peers, in one run: a signature, 32 parallel calls, sizes, the start.

import { spawnSync } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { answered } from "../tests/support.mjs";
import * as glue from "../wasm/cryptopay_bg.js";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const row = (what, value, budget) => console.log(`${what.padEnd(58)} ${value.padStart(16)}   budget ${budget}`);
const started = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(at("dist/cryptopay.wasm"))), {
  "./cryptopay_bg.js": glue,
});
glue.__wbg_set_wasm(started.exports);
started.exports.__wbindgen_start();

// A signature of a 200-byte POST.
const [key, secret, date, path] = [
  "DjlHuWlApznJ7vrhPBL0fA",
  "Oe8TBDzg4tatdq2cL9ojeEj3U3oWSCSC5fqOHAqaKVg",
  "Tue, 14 Nov 2023 22:13:20 GMT",
  "/api/invoices",
];
const body = JSON.stringify({
  price_amount: "100.0",
  price_currency: "EUR",
  pay_currency: "BTC",
  custom_id: "x".repeat(120),
}).padEnd(200);
const peer = (text = body) => {
  const md5 = createHash("md5").update(text).digest("hex");
  return `HMAC ${key}:${createHmac("sha1", secret).update(`POST\n${md5}\napplication/json\n${date}\n${path}`).digest("base64")}`;
};
const signer = new glue.RequestSigner(key, secret);
const ours = () => signer.sign("POST", path, date, body);
if (ours() !== peer()) throw new Error("the signatures differ");
const time = (run, n = 20_000) => {
  let best = Infinity;
  for (let round = 0; round < 7; round += 1) {
    const began = process.hrtime.bigint();
    for (let i = 0; i < n; i += 1) run();
    best = Math.min(best, Number(process.hrtime.bigint() - began) / n / 1000);
  }
  return best;
};
const [own, foreign] = [time(ours), time(peer)];
row(
  "signature of a 200-byte POST",
  `${own.toFixed(2)} / ${foreign.toFixed(2)} µs = ${(own / foreign).toFixed(2)}`,
  "0.6 × node:crypto",
);

// 32 calls in parallel against a server in another process; CPU per call of this one.
const { Cryptopay } = await import("../dist/node.js");
const { spawn } = await import("node:child_process");
const server = spawn(
  process.execPath,
  [
    "-e",
    `require("http").createServer((q,s)=>{q.resume();q.on("end",()=>{s.setHeader("content-type","application/json");s.end(${JSON.stringify(JSON.stringify({ data: answered() }))})})}).listen(0,"127.0.0.1",function(){console.log(this.address().port)})`,
  ],
  { stdio: ["ignore", "pipe", "inherit"] },
);
const port = await new Promise((resolve) => server.stdout.once("data", (text) => resolve(Number(text))));
const client = new Cryptopay({ environment: `http://127.0.0.1:${port}`, apiKey: key, apiSecret: secret, rateLimit: 0 });
const agent = new http.Agent({ keepAlive: true });
const params = { price_amount: "100.0", price_currency: "EUR", pay_currency: "BTC", custom_id: "o-1" };
const bare = () =>
  new Promise((resolve, reject) => {
    const text = JSON.stringify(params);
    const headers = {
      Authorization: peer(text),
      Date: date,
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(text),
    };
    const request = http.request({ host: "127.0.0.1", port, path, method: "POST", headers, agent }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => resolve(JSON.parse(Buffer.concat(chunks)).data));
    });
    request.on("error", reject);
    request.end(text);
  });
async function cpu(call, n = 4000) {
  const before = process.cpuUsage();
  let left = n;
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      while (left-- > 0) await call();
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / n;
}
const calls = { bare, package: () => client.invoices.create(params) };
const best = { bare: Infinity, package: Infinity };
for (let round = 0; round < 6; round += 1)
  for (const name of Object.keys(calls)) best[name] = Math.min(best[name], await cpu(calls[name]));
row(
  "32 calls in parallel, CPU per call",
  `${best.package.toFixed(0)} / ${best.bare.toFixed(0)} µs = ${(best.package / best.bare).toFixed(2)}`,
  "1.3 × bare node:http with node:crypto",
);
client.close();
agent.destroy();
server.kill();

const gz = (file) => gzipSync(fs.readFileSync(at(file)), { level: 9 }).length / 1024;
row("wasm, gz", `${gz("dist/cryptopay.wasm").toFixed(1)} KB`, "44 KB");
row("import, gz", `${gz("dist/node.js").toFixed(1)} KB`, "64 KB");
row("page side of the relay, gz", `${gz("dist/relay-page.js").toFixed(1)} KB`, "4 KB");
const start = `const t=performance.now();const{Cryptopay}=await import(${JSON.stringify(new URL("../dist/node.js", import.meta.url).href)});const c=new Cryptopay({environment:"sandbox",apiKey:"k",apiSecret:"s",callbackSecret:"c"});c.callbacks.sign("{}");console.log(performance.now()-t)`;
const starts = Array.from({ length: 9 }, () =>
  Number(spawnSync(process.execPath, ["--input-type=module", "-e", start], { encoding: "utf8" }).stdout),
).sort((a, b) => a - b);
row("import and first signature", `${starts[4].toFixed(1)} ms`, "15 ms");
