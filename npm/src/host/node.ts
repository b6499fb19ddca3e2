// The entry for Node. Deno and Bun come here too: they have a good `fetch` of their own.

import { HEX } from "../../wasm/hex.js";
import { nodeFetch } from "../fetch/node.js";
import type { Fetch } from "../fetch/types.js";
import { webFetch } from "../fetch/web.js";
import type { NodeAgent } from "../options.js";

const FOREIGN = "Deno" in globalThis || "Bun" in globalThis;

export const wasm = (): BufferSource => Buffer.from(HEX, "hex");

export function transport(agent?: unknown): Fetch {
  return FOREIGN && !agent ? webFetch() : nodeFetch(agent as NodeAgent | undefined);
}
