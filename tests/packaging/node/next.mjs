// The empty project that is a shop on Next: its App Router receives callbacks with the package's handler, and a server-side
// route makes a signed call. Built and served as in production.

import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { run } from "./project.mjs";

const SHOP = `
import { Cryptopay } from "cryptopay-client";
export const client = Cryptopay.fromEnv();
`;
const CALLBACKS = `
import { MemoryStore, webHandler } from "cryptopay-client/callbacks";
import { client } from "../../shop.mjs";
const seen = [];
export const POST = webHandler({ callbacks: client.callbacks, store: new MemoryStore(), handle: (event) => void seen.push(event.id) });
export const GET = () => Response.json(seen);
export const dynamic = "force-dynamic";
`;
const COINS = `
import { client } from "../../shop.mjs";
export const GET = async () => Response.json((await client.coins.list()).length);
export const dynamic = "force-dynamic";
`;
const LAYOUT = `
export default function Layout({ children }) {
  return children;
}
`;

export const next = {
  next: {
    dev: ["next@16.4.6", "react@19.2.0", "react-dom@19.2.0"],
    files: { "shop.mjs": SHOP, "next.config.mjs": "export default { turbopack: { root: import.meta.dirname } };\n" },
    async go(cwd) {
      for (const [route, text] of Object.entries({ callbacks: CALLBACKS, coins: COINS })) {
        fs.mkdirSync(path.join(cwd, "app", route), { recursive: true });
        fs.writeFileSync(path.join(cwd, "app", route, "route.js"), text);
      }
      fs.writeFileSync(path.join(cwd, "app/layout.js"), LAYOUT);
      const { startSandbox } = await import(path.join(cwd, "node_modules/cryptopay-client/dist/testing.js"));
      const sandbox = await startSandbox();
      const { url, apiKey, apiSecret, callbackSecret } = sandbox;
      process.env.CRYPTOPAY_ENVIRONMENT = url;
      process.env.CRYPTOPAY_API_KEY = apiKey;
      process.env.CRYPTOPAY_API_SECRET = apiSecret;
      process.env.CRYPTOPAY_CALLBACK_SECRET = callbackSecret;
      process.env.NEXT_TELEMETRY_DISABLED = "1";
      try {
        run(cwd, "node_modules/.bin/next", "build");
        const server = spawn("node_modules/.bin/next", ["start", "--hostname", "127.0.0.1", "--port", "0"], { cwd });
        try {
          const { Cryptopay } = await import(path.join(cwd, "node_modules/cryptopay-client/dist/node.js"));
          return await judged(await address(server), Cryptopay.fromEnv());
        } finally {
          server.kill();
        }
      } finally {
        await sandbox.stop();
      }
    },
  },
};

/** Where the server says that it listens. */
async function address(server) {
  let told = "";
  for await (const text of server.stdout) {
    told += text;
    const [found] = told.match(/http:\/\/127\.0\.0\.1:\d+/) ?? [];
    if (found && told.includes("Ready")) {
      server.stdout.resume();
      return found;
    }
  }
  await once(server, "exit");
  throw new Error(`Next did not start: ${told}`);
}

/** Delivered twice, then forged: handled once; and a signed call from a route. */
async function judged(url, { callbacks }) {
  const body = '{"type":"Invoice","event":"status_changed","data":{"id":"1","status":"completed"}}';
  const headers = { "content-type": "application/json", "x-cryptopay-signature": callbacks.sign(body) };
  const statuses = [];
  for (const text of [body, body, `${body} `]) {
    statuses.push((await fetch(`${url}/callbacks`, { method: "POST", headers, body: text })).status);
  }
  const seen = await (await fetch(`${url}/callbacks`)).json();
  const coins = await (await fetch(`${url}/coins`)).json();
  const found = JSON.stringify([statuses, seen, coins > 0]);
  return found === '[[200,200,400],["1"],true]' ? "paid by the book" : found;
}
