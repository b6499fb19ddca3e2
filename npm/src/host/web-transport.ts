// The transport of every entry but Node's.

import { configuration } from "../errors.js";
import type { Fetch } from "../fetch/types.js";
import { webFetch } from "../fetch/web.js";

export function transport(agent?: unknown): Fetch {
  if (agent) throw configuration("agent is for Node; here give a `fetch` that goes through your proxy");
  return webFetch();
}
