// The server side of the relay: runs whole calls for a page, which can neither hold a secret nor send a Date. It checks
// where a request comes from, what it may do and how often; its answers hold no secret and no foreign error detail.

import type { Cryptopay } from "../client.js";
import { OPERATIONS, type OperationName } from "../generated/operations.js";

/** How the relay decides. */
export interface RelayOptions {
  /** The client that makes the calls. */
  client: Cryptopay;
  /** The operations that pages may run. */
  allow: readonly OperationName[];
  /** Whether this visitor may run it with these parameters; may change them by answering others. */
  authorize(request: {
    operation: OperationName;
    params: Record<string, unknown>;
    headers: Headers;
  }): Promise<boolean | Record<string, unknown>> | boolean | Record<string, unknown>;
  /** The origins that may ask, as browsers send them: `https://shop.example`, without a slash at the end. */
  origins: readonly string[];
  /** Who asks, for the limit. Default: everybody is one visitor. */
  visitor?: ((request: Request) => string) | undefined;
  /** Requests per minute and visitor. Default 30. */
  limit?: number | undefined;
  /** The clock of the limit, in milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/** The largest request, in bytes. */
export const MAX_BODY = 64 * 1024;
// What a page may be told of an error. Everything else is the merchant's.
const TOLD = ["code", "fields", "existingId", "retryAt"] as const;

/** A handler from `Request` to `Response`. */
export function createRelay(options: RelayOptions): (request: Request) => Promise<Response> {
  const { client, allow, authorize, origins, visitor = () => "", limit = 30, now = Date.now } = options;
  const places = limiter(limit, now);
  return async (request) => {
    const origin = request.headers.get("origin") ?? "";
    if (!origins.includes(origin)) return refuse(403, "forbidden");
    const cors = {
      "Access-Control-Allow-Origin": origin,
      "Access-Control-Allow-Headers": "content-type",
      Vary: "Origin",
    };
    if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: cors });
    if (request.method !== "POST") return refuse(405, "invalid_argument", cors);
    if (!places(visitor(request))) return refuse(429, "rate_limited", cors);
    const text = await limited(request);
    if (text === undefined) return refuse(413, "invalid_argument", cors);
    const asked = read(text);
    if (!asked || !allow.includes(asked.operation))
      return refuse(asked ? 403 : 400, asked ? "forbidden" : "invalid_argument", cors);
    try {
      const allowed = await authorize({ ...asked, headers: request.headers });
      if (!allowed) return refuse(403, "forbidden", cors);
      const params = allowed === true ? asked.params : allowed;
      return Response.json({ data: await run(client, asked.operation, params, request.signal) }, { headers: cors });
    } catch (error) {
      const told: Record<string, unknown> = { code: "server_error" };
      for (const name of TOLD) {
        const value = (error as Record<string, unknown> | null)?.[name];
        if (value !== undefined) told[name] = value;
      }
      return Response.json({ error: told }, { status: 502, headers: cors });
    }
  };
}

function refuse(status: number, code: string, headers: Record<string, string> = {}): Response {
  return Response.json({ error: { code } }, { status, headers });
}

async function limited(request: Request): Promise<string | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return new TextDecoder().decode(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

function read(text: string): { operation: OperationName; params: Record<string, unknown> } | undefined {
  try {
    const { operation, params = {} } = JSON.parse(text);
    const plain = typeof params === "object" && params !== null && !Array.isArray(params);
    return plain && Object.hasOwn(OPERATIONS, operation) ? { operation, params } : undefined;
  } catch {
    return undefined;
  }
}

function run(
  client: Cryptopay,
  operation: OperationName,
  params: Record<string, unknown>,
  signal: AbortSignal,
): unknown {
  const [resource, method, path, takes, answer] = OPERATIONS[operation];
  const rest = { ...params };
  const args: unknown[] = (path as readonly string[]).map((name) => {
    const value = rest[name];
    delete rest[name];
    return value;
  });
  if (takes) args.push(rest);
  // A page that goes away does not stop a write: it would only leave it in doubt.
  args.push(method.startsWith("list") || method.startsWith("retrieve") ? { signal } : {});
  const target = client[resource] as unknown as Record<string, (...args: unknown[]) => PromiseLike<unknown>>;
  const call = (target[method] as (...args: unknown[]) => PromiseLike<unknown>).apply(target, args);
  return answer === "page" ? call.then((page) => (page as { data: unknown }).data) : call;
}

/** At most so many a minute for each visitor. */
function limiter(limit: number, now: () => number): (visitor: string) => boolean {
  const windows = new Map<string, number[]>();
  return (visitor) => {
    const since = now() - 60_000;
    if (windows.size > 10_000) for (const [key, times] of windows) if ((times.at(-1) ?? 0) < since) windows.delete(key);
    const times = (windows.get(visitor) ?? []).filter((time) => time > since);
    windows.set(visitor, times);
    return times.length < limit && times.push(now()) > 0;
  };
}
