// The transport over a standard `fetch`: global, of a framework, or of a test. A fetch does not tell whether a request
// that failed had left, so every failure may have been sent. The global one of Node sends a request again by itself after a
// 421, which says that the first was for another server and not carried out; it cannot be told otherwise.

import { joined } from "../bytes.js";
import { type Attempt, endedFailure, type Fetch, FetchFailure, type WireRequest, type WireResponse } from "./types.js";

/** The standard function. */
export type FetchFunction = (url: string, init: RequestInit) => Promise<Response>;

const IN_PAGE = typeof document !== "undefined";
/** Some versions send a POST again by themselves when a connection that they kept was closed; on a new one they do not. */
const IN_BUN = "Bun" in globalThis;

/** A transport over this `fetch`. */
export function webFetch(send: FetchFunction = (url, init) => globalThis.fetch(url, init)): Fetch {
  return {
    async fetch(request, attempt) {
      try {
        const response = await send(request.url, init(request, attempt));
        return {
          status: response.status,
          header: (name) => response.headers.get(name),
          body: await collect(response, request.max_body),
        } satisfies WireResponse;
      } catch (cause) {
        if (cause instanceof FetchFailure) throw cause;
        if (attempt.ended) throw endedFailure(attempt, "maybe");
        throw new FetchFailure("broken", "maybe", String((cause as Error | null)?.message ?? cause), cause);
      }
    },
  };
}

function init(request: WireRequest, attempt: Attempt): RequestInit {
  const init: RequestInit = {
    method: request.method,
    headers: request.headers as [string, string][],
    redirect: "manual",
    signal: attempt.signal,
  };
  if (request.body !== null) init.body = request.body;
  if (IN_BUN && (request.fresh || request.method !== "GET")) init.keepalive = false;
  // Servers' runtimes have neither cookies nor a cache, and some refuse these members.
  return IN_PAGE ? { ...init, credentials: "omit", cache: "no-store" } : init;
}

async function collect(response: Response, limit: number): Promise<Uint8Array> {
  if (!response.body) return new Uint8Array(await response.arrayBuffer());
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      void reader.cancel().catch(() => undefined);
      throw new FetchFailure("too_large", "maybe", `the answer is larger than ${limit} bytes`);
    }
    chunks.push(value);
  }
  return joined(chunks, size);
}
