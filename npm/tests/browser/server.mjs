// Serves pages to a browser under test, with the contract's files and sandboxes started as a page asks for them.

import * as fs from "node:fs";
import * as http from "node:http";
import { build } from "esbuild";
import { startSandbox } from "../../dist/testing.js";
import { CORE, PURE, read } from "../contract/host.mjs";
import { forward } from "./forward.mjs";

const PAGE =
  "<!doctype html><meta charset=utf-8><title>cryptopay-client</title><script type=module src=/page.js></script>";

/** A server of one script; `csp` is sent with the page. `more` answers further paths. */
export async function serve(script, { csp, more } = {}) {
  const bundled = await build({ entryPoints: [script], bundle: true, format: "esm", write: false, logLevel: "error" });
  const sandboxes = new Map();
  const routes = {
    "/": () => ["text/html", PAGE],
    "/page.js": () => ["text/javascript", bundled.outputFiles[0].text],
    "/core.wasm": () => ["application/wasm", fs.readFileSync(CORE)],
    "/pure.wasm": () => ["application/wasm", fs.readFileSync(PURE)],
    "/sandboxes": async (_, body) => {
      const { rate_limit: rateLimit, ...rest } = JSON.parse(body || "{}");
      const sandbox = await startSandbox({ ...rest, rateLimit });
      const id = String(sandboxes.size);
      sandboxes.set(id, sandbox);
      return ["application/json", JSON.stringify({ id, url: sandbox.url, options: sandbox.options })];
    },
  };
  const answer = async (path, body) => {
    const [, folder, name, what] = path.split("/");
    if (folder === "files") return ["application/json", JSON.stringify(read(name))];
    if (folder === "sandboxes" && what === "stop") await sandboxes.get(name).stop();
    else if (routes[path]) return routes[path](path, body);
    else return undefined;
    return ["application/json", "null"];
  };
  const server = http.createServer(async (request, response) => {
    try {
      if (request.url.startsWith("/forward?")) return forward(request, response);
      if (await more?.(request, response)) return;
      let body = "";
      for await (const chunk of request.setEncoding("utf8")) body += chunk;
      const [path] = request.url.split("?");
      const [type, text] = (await answer(path, body)) ?? [];
      const headers = { "content-type": type ?? "text/plain", ...(csp && { "content-security-policy": csp }) };
      response.writeHead(type ? 200 : 404, headers).end(text);
    } catch (error) {
      response.writeHead(500).end(String(error.stack));
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    sandboxes,
    async close() {
      server.close();
      server.closeAllConnections();
      for (const sandbox of sandboxes.values()) await sandbox.stop();
    },
  };
}
