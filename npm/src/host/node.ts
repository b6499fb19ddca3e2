// The entry for Node. Deno and Bun come here too: they have a good `fetch` of their own.

import { createRequire } from "node:module";
import { HEX } from "../../wasm/hex.js";
import { nodeFetch } from "../fetch/node.js";
import type { Fetch } from "../fetch/types.js";
import { webFetch } from "../fetch/web.js";
import type { NodeAgent } from "../options.js";

const FOREIGN = "Deno" in globalThis || "Bun" in globalThis;

export function wasm(): BufferSource {
  // V8 before 12 (Node 20 and 21) ends the process ("unreachable code" in its Deoptimizer) when it gives up optimised code
  // while a wasm function runs that was inlined there and returns an object. Without the inlining nothing is lost.
  // Elsewhere node:v8 is not even loaded: it takes longer than all of this package's JavaScript.
  if (!FOREIGN && Number.parseInt(process.versions.v8, 10) < 12) {
    const v8 = createRequire(process.execPath)("node:v8") as { setFlagsFromString(flag: string): void };
    v8.setFlagsFromString("--no-turbo-inline-js-wasm-calls");
  }
  return Buffer.from(HEX, "hex");
}

export function transport(agent?: unknown): Fetch {
  return FOREIGN && !agent ? webFetch() : nodeFetch(agent as NodeAgent | undefined);
}
