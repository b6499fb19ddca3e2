// The empty projects of pages: each bundler's bundle in a browser. The page asks the relay, runs the whole core over a
// fetch that forwards, verifies a callback, and tells its server how it went.

import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import * as path from "node:path";
import { forward } from "../../../npm/tests/browser/forward.mjs";
import { oneWasm, run } from "./project.mjs";

const ORDER = `{ price_amount: "1.00", price_currency: "EUR", pay_currency: "BTC" }`;
const PAGE = `
import { Cryptopay, NotFoundError, ready } from "cryptopay-client";
import { createRelayClient } from "cryptopay-client/relay/page";

// A page cannot send a Date: the request travels as data.
async function forwarding(url, { method, headers, body = null }) {
  const asked = JSON.stringify({ method, url, headers: Object.fromEntries(headers), body });
  const to = encodeURIComponent(new URL(url).origin);
  const answer = await (await fetch("/forward?to=" + to, { method: "POST", body: asked })).json();
  if (answer.failed) throw new TypeError(answer.failed.detail);
  return new Response(answer.body, { status: answer.status, headers: answer.headers });
}
async function story() {
  const bought = await createRelayClient({ url: "/pay" }).invoices.create(${ORDER});
  const options = await (await fetch("/options")).json();
  const client = new Cryptopay({ ...options, fetch: forwarding, dangerouslyAllowBrowser: true });
  const invoice = await client.invoices.create(${ORDER});
  if ((await client.invoices.retrieve(bought.id)).id !== bought.id) return "the relay sold another";
  await ready();
  const body = JSON.stringify({ type: "Invoice", event: "created", data: { id: invoice.id, status: invoice.status } });
  const event = client.callbacks.verify(body, client.callbacks.sign(body));
  try {
    await client.invoices.retrieve("06a54ccb-889f-4c1f-8a59-086a84a1e2dd");
    return "found what is not there";
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
  return event.id === invoice.id && invoice.status === "new" ? "paid by the book" : "wrong";
}
story().catch((error) => String(error.stack ?? error)).then((told) => fetch("/told", { method: "POST", body: told }));
`;
const HTML = `<!doctype html><meta charset="utf-8"><title>shop</title><script type="module" src="/main.js"></script>`;
const BROWSERS = {
  chromium: (profile) => [
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    `--user-data-dir=${profile}`,
  ],
  firefox: (profile) => ["firefox-esr", "--headless", "--no-remote", "--profile", profile],
};
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

/** Opens the built folder in a browser and gives what the page told. */
async function open(cwd, built, browser) {
  oneWasm(cwd, built);
  const own = (file) => import(path.join(cwd, "node_modules/cryptopay-client/dist", file));
  const [{ startSandbox }, { nodeRelay }, { Cryptopay }] = await Promise.all([own("testing.js"), own("relay.js"), own("node.js")]);
  const sandbox = await startSandbox();
  let relay;
  let tell;
  const told = new Promise((resolve) => {
    tell = resolve;
  });
  const server = http.createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://page");
    if (pathname === "/forward") return forward(request, response);
    if (pathname === "/pay") return relay(request, response);
    if (pathname === "/options") return response.end(JSON.stringify(sandbox.options));
    if (pathname === "/told") {
      let text = "";
      for await (const chunk of request.setEncoding("utf8")) text += chunk;
      response.end();
      return tell(text);
    }
    const file = path.join(cwd, built, pathname === "/" ? "index.html" : pathname);
    const there = fs.existsSync(file);
    response.setHeader("content-type", TYPES[path.extname(file)] ?? "text/plain");
    response.writeHead(there ? 200 : 404).end(there ? fs.readFileSync(file) : "");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const client = new Cryptopay(sandbox.options);
  relay = nodeRelay({ client, allow: ["invoices.create"], origins: [origin], authorize: () => true });
  const profile = path.join(cwd, "profile");
  fs.mkdirSync(profile);
  const [program, ...args] = BROWSERS[browser](profile);
  // A group of its own, because a browser is many processes.
  const child = spawn(program, [...args, `${origin}/`], { stdio: "ignore", detached: true });
  const timer = setTimeout(tell, 60_000, `${program} told nothing`);
  child.once("error", (cause) => tell(`${program} did not start: ${cause.message}`));
  try {
    return await told;
  } finally {
    clearTimeout(timer);
    if (child.pid !== undefined && child.exitCode === null) {
      process.kill(-child.pid, "SIGKILL");
      await once(child, "exit");
    }
    client.close();
    server.close();
    server.closeAllConnections();
    await sandbox.stop();
  }
}

const bundled = (browser) => ({
  dev: ["esbuild@0.28.2"],
  files: { "main.js": PAGE },
  go(cwd) {
    run(cwd, "npx", "esbuild", "main.js", "--bundle", "--format=esm", "--minify", "--outdir=dist");
    fs.writeFileSync(path.join(cwd, "dist/index.html"), HTML);
    return open(cwd, "dist", browser);
  },
});

export const pages = {
  vite: {
    dev: ["vite@8.3.8"],
    files: { "main.js": PAGE, "index.html": HTML },
    go(cwd) {
      run(cwd, "npx", "vite", "build", "--logLevel", "error");
      return open(cwd, "dist", "chromium");
    },
  },
  webpack: {
    dev: ["webpack@5.112.2", "webpack-cli@7.3.1"],
    files: { "main.js": PAGE },
    go(cwd) {
      run(cwd, "npx", "webpack", "--mode", "production", "--entry", "./main.js", "-o", "dist");
      fs.writeFileSync(path.join(cwd, "dist/index.html"), HTML);
      return open(cwd, "dist", "chromium");
    },
  },
  chromium: bundled("chromium"),
  firefox: bundled("firefox"),
};
