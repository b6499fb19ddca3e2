// The server side of the relay: runs whole calls for a page, which can neither hold a secret nor send a Date. It checks
// where a request comes from, what it may do and how often; its answers hold no secret and no foreign error detail.

import { TooLarge, webBody } from "../bytes.js";
import type { Cryptopay } from "../client.js";
import { CryptopayError, configuration, type ErrorCode, errorOf } from "../errors.js";
import { OPERATIONS, type OperationName } from "../generated/operations.js";
import { tellHook } from "../hook.js";
import { checkRelay } from "./settings.js";

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
    /**
     * The id of the request, new for each call. A browser may send one again by itself: within five minutes this process
     * answers it with what it answered before, and does not ask here. Where a call that moves money has no `custom_id` (a
     * refund), store the id: when it comes again all the same, to another process or after a restart, throw. The page is
     * then told that it may have been applied; `false` would say that it was not.
     */
    id: string | undefined;
  }): Promise<boolean | Record<string, unknown>> | boolean | Record<string, unknown>;
  /** The origins that may ask, as browsers send them: `https://shop.example`, without a slash at the end. */
  origins: readonly string[];
  /** Who asks, for the limit. Default: everybody is one visitor. */
  visitor?: ((request: Request) => string) | undefined;
  /** Requests per minute and visitor. Default 30. */
  limit?: number | undefined;
  /** Told of everything that was not answered with an object, and why, for logs: pages are told little of it. */
  onRefused?: ((error: unknown, operation: OperationName | undefined) => void) | undefined;
  /** The clock of the limit, in milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/** The largest request, in bytes. */
export const MAX_BODY = 64 * 1024;
/** How long the answer to a write is kept, and how many there are at most. */
const KEPT_MS = 5 * 60_000;
const MOST_KEPT = 10_000;
// What a page may be told of an error of the client. Everything else is the merchant's.
const TOLD = ["code", "fields", "existingId", "retryAt"] as const;

/** A request that is not run: how it is answered, and why, for the log. */
class Refusal {
  constructor(
    readonly status: number,
    readonly code: ErrorCode,
    readonly why: string,
  ) {}
}

/**
 * A handler from `Request` to `Response`.
 * @throws ConfigurationError that names the setting which cannot work, and says what to do
 */
export function createRelay(options: RelayOptions): (request: Request) => Promise<Response> {
  checkRelay(options);
  const { client, allow, authorize, origins, onRefused } = options;
  const visitor = options.visitor ?? (() => "");
  const now = options.now ?? Date.now;
  const places = limiter(options.limit ?? 30, now);
  const kept = keeper(now);

  async function decide({ operation, params, id }: Asked, { headers, signal }: Request): Promise<unknown> {
    if (!allow.includes(operation)) throw new Refusal(403, "forbidden", "the operation is not in allow");
    const allowed = await authorize({ operation, params, headers, id });
    if (!allowed) throw new Refusal(403, "forbidden", "authorize refused it");
    if (allowed !== true && typeof allowed !== "object")
      throw configuration(`authorize: must return true, false or an object of parameters, not a ${typeof allowed}`);
    return run(client, operation, allowed === true ? params : allowed, signal);
  }

  return async (request) => {
    let cors: Record<string, string> = {};
    let operation: OperationName | undefined;
    try {
      const origin = request.headers.get("origin") ?? "";
      if (!origins.includes(origin)) throw new Refusal(403, "forbidden", `${JSON.stringify(origin)} is not in origins`);
      cors = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Headers": "content-type",
        Vary: "Origin",
      };
      if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: cors });
      if (request.method !== "POST") throw new Refusal(405, "invalid_argument", `${request.method} is not POST`);
      const room = places(visitor(request));
      const asked = read(await webBody(request, MAX_BODY));
      operation = asked.operation;
      // What comes again is answered before anybody is asked whether it may: a refusal would say that nothing was done.
      const key = asked.id && !reads(operation) ? JSON.stringify([asked.id, operation, asked.params]) : "";
      const before = kept.get(key);
      if (!before && !room) throw new Refusal(429, "rate_limited", "the visitor asks too often");
      const answer = before ?? decide(asked, request);
      // Only within the visitors' places, so that nobody can fill the memory.
      if (key && !before) kept.set(key, answer);
      return Response.json({ data: await answer }, { headers: cors });
    } catch (cause) {
      const tell = (error: unknown) => tellHook(onRefused, "onRefused failed, the answer stands", error, operation);
      const error = cause instanceof TooLarge ? new Refusal(413, "invalid_argument", cause.message) : cause;
      if (error instanceof Refusal) {
        tell(refused(error, operation));
        return Response.json({ error: { code: error.code } }, { status: error.status, headers: cors });
      }
      tell(error);
      return Response.json({ error: told(error) }, { status: 502, headers: cors });
    }
  };
}

function refused({ code, why }: Refusal, operation: OperationName | undefined): CryptopayError {
  const text = `the relay refused ${operation ?? "a request"}: ${why}`;
  return errorOf(operation ? { code, text, operation } : { code, text });
}

/** What the page is told: of an error that is not the client's, nothing. */
function told(error: unknown): Record<string, unknown> {
  if (!(error instanceof CryptopayError)) return { code: "server_error" };
  return Object.fromEntries(TOLD.map((name) => [name, error[name]]));
}

/** What a page asks for. */
interface Asked {
  operation: OperationName;
  params: Record<string, unknown>;
  id: string | undefined;
}

function read(body: Uint8Array): Asked {
  const wrong = (why: string) => new Refusal(400, "invalid_argument", why);
  let asked: { operation?: unknown; params?: unknown; id?: unknown } | null;
  try {
    asked = JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw wrong("the body is not JSON");
  }
  const { operation, params = {}, id } = asked ?? {};
  if (typeof operation !== "string" || !Object.hasOwn(OPERATIONS, operation)) throw wrong("there is no such operation");
  const plain = typeof params === "object" && params !== null && !Array.isArray(params);
  if (!plain) throw wrong("the parameters are not an object");
  const named = typeof id === "string" && /^[\w-]{16,64}$/.test(id) ? id : undefined;
  return { operation: operation as OperationName, params: params as Record<string, unknown>, id: named };
}

/** Whether it changes nothing, and may be run again. */
function reads(operation: OperationName): boolean {
  return /^(list|retrieve|all)/.test(OPERATIONS[operation][1]);
}

/** Keeps the answers to writes for who asks again. */
function keeper(now: () => number) {
  const kept = new Map<string, { until: number; answer: Promise<unknown> }>();
  return {
    get(key: string): Promise<unknown> | undefined {
      for (const [old, { until }] of kept) {
        if (until > now() && kept.size < MOST_KEPT) break;
        kept.delete(old);
      }
      return kept.get(key)?.answer;
    },
    set(key: string, answer: Promise<unknown>): void {
      kept.set(key, { until: now() + KEPT_MS, answer });
    },
  };
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
  args.push(reads(operation) ? { signal } : {});
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
