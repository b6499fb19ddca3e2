// The loop that runs a call: it does what each step says and reports back. Every decision is the core's. A signal ends
// the call at once in every state; what that means for a write that may have left is again the core's to say.

import { brokenOff } from "./broken.js";
import type { Done, Step } from "./core.js";
import { CryptopayError } from "./errors.js";
import { Attempt, endedFailure, type Fetch, FetchFailure, type WireRequest, type WireResponse } from "./fetch/types.js";
import { type Seen, seen } from "./observe.js";
import type { SharedLimit } from "./options.js";
import type { Time } from "./time.js";
import { inOwnWords } from "./words.js";

/** The call as the core exports it: steps and what is seen of them are JSON. */
export interface CoreCall {
  step(): string;
  response(unixMs: number, tickMs: number, status: number, headers: string, body: Uint8Array): string;
  failed(unixMs: number, tickMs: number, kind: string, sent: string, detail: string): string;
  woken(unixMs: number, tickMs: number): string;
  cancelled(unixMs: number, tickMs: number, sent: string): string;
  permitted(unixMs: number, tickMs: number, waitMs: number): string;
  permit_failed(unixMs: number, tickMs: number): string;
  seen(): string | undefined;
  pending(): string | undefined;
  unfit(misfit: string | undefined, data: string): string;
}

/** What a host lends to its calls. */
export interface Host {
  fetch: Fetch;
  time: Time;
  sharedLimit: SharedLimit | undefined;
  see: ((seen: Seen) => void) | undefined;
  /** The response headers that the core reads. */
  headers: readonly string[];
}

/** How a call ended: what the core says, the body that it points into, and what the host threw last. */
export interface Ended {
  done: Done;
  body: Uint8Array;
  cause: unknown;
  receivedMs: number;
  /** What `resolve` takes, in JSON, as it was known before the end. */
  record: string | undefined;
}

const NOTHING = new Uint8Array();

export async function drive(call: CoreCall, operation: string, host: Host, signal?: AbortSignal): Promise<Ended> {
  const { time } = host;
  let body: Uint8Array = NOTHING;
  let cause: unknown;
  /** What `resolve` takes, in JSON, once a write may have left: known before the core is told of what came next. */
  let record: string | undefined;
  let attempt = new Attempt();
  const abort = () => attempt.end("cancelled");
  signal?.addEventListener("abort", abort);
  try {
    for (let next = call.step(); ; ) {
      const step = JSON.parse(next) as Step;
      host.see?.(seen(call.seen() as string));
      if (step.done) return { done: told(step.done), body, cause, receivedMs: time.now().unixMs, record };
      if (step.misuse) throw misuse(step.misuse);
      if (record !== undefined || (step.fetch && step.fetch.method !== "GET")) record = call.pending();
      attempt = new Attempt();
      if (signal?.aborted) attempt.end("cancelled");
      let answer: WireResponse | FetchFailure | undefined;
      let permitMs: number | undefined;
      if (step.fetch) answer = await exchange(host.fetch, step.fetch, attempt);
      else if (step.sleep) await until(attempt, time.sleep(step.sleep.ms, attempt));
      else if (step.permit) permitMs = await permit(host.sharedLimit, step.permit, attempt);
      const { unixMs, tickMs } = time.now();
      if (answer && !(answer instanceof FetchFailure)) {
        body = answer.body;
        cause = undefined;
        next = call.response(unixMs, tickMs, answer.status, named(answer, host.headers), body);
      } else if (attempt.ended === "cancelled" || signal?.aborted) {
        cause = signal?.reason;
        next = call.cancelled(unixMs, tickMs, answer?.sent ?? "maybe");
      } else if (answer) {
        const signature = signatureOf(step.fetch as WireRequest);
        cause = withoutSignature(answer.cause === undefined ? answer : answer.cause, signature);
        next = call.failed(unixMs, tickMs, answer.kind, answer.sent, inOneLine(struck(answer.message, signature)));
      } else if (step.sleep) {
        next = call.woken(unixMs, tickMs);
      } else {
        next = permitMs === undefined ? call.permit_failed(unixMs, tickMs) : call.permitted(unixMs, tickMs, permitMs);
      }
    }
  } catch (thrown) {
    throw brokenOff(operation, thrown, record);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

const told = (done: Done): Done => (done.error ? { ...done, error: inOwnWords(done.error) } : done);

/** One exchange, which ends with the attempt's time whether or not the transport does. */
function exchange(fetch: Fetch, request: WireRequest, attempt: Attempt): Promise<WireResponse | FetchFailure> {
  return new Promise((resolve) => {
    if (attempt.ended) return resolve(endedFailure(attempt, "no"));
    const timer = setTimeout(() => attempt.end("timeout"), Math.min(request.timeout_ms, 0x7fffffff));
    const settle = (answer: WireResponse | FetchFailure) => {
      clearTimeout(timer);
      resolve(answer);
    };
    const failed = (cause: unknown) => settle(failureOf(cause));
    try {
      fetch.fetch(request, attempt).then(settle, failed);
    } catch (cause) {
      failed(cause);
    }
    // A transport says best what had left; one that does not listen is not waited for.
    attempt.onEnd(() => setTimeout(() => settle(endedFailure(attempt, "maybe")), 2));
  });
}

function failureOf(cause: unknown): FetchFailure {
  if (cause instanceof FetchFailure) return cause;
  return new FetchFailure("broken", "maybe", String((cause as Error | null)?.message ?? cause), cause);
}

async function permit(
  sharedLimit: SharedLimit | undefined,
  ask: NonNullable<Step["permit"]>,
  attempt: Attempt,
): Promise<number | undefined> {
  // A store that answers too late must not hold the call up.
  const timer = setTimeout(() => attempt.end("timeout"), ask.timeout_ms);
  try {
    const asked = sharedLimit?.({ cost: ask.cost, priority: ask.priority, frozenMs: ask.frozen_ms }, attempt.signal);
    const waitMs = await until(
      attempt,
      asked?.then((granted) => granted.waitMs),
    );
    // What is no number would become 0 on its way into the core: go at once, past the client's own limit too. A time that has
    // passed is one.
    return Number.isFinite(waitMs) ? waitMs : undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** A promise's value, or nothing once the attempt is ended. */
function until<T>(attempt: Attempt, promise: Promise<T> | undefined): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    attempt.onEnd(() => resolve(undefined));
    Promise.resolve(promise).then(resolve, reject);
  });
}

function named(response: WireResponse, names: readonly string[]): string {
  let lines = "";
  for (const name of names) {
    const value = response.header(name);
    if (typeof value !== "string") continue;
    lines += `${lines && "\n"}${name}\n${value.includes("\n") ? value.replaceAll("\n", " ") : value}`;
  }
  return lines;
}

function misuse({ state, event }: { state: string; event: string }): CryptopayError {
  return new CryptopayError({ code: "misuse", text: `${event} while ${state}: this is a defect, please report it` });
}

/** What a request is signed with. It can be sent again for minutes, so it stays out of whatever a transport says. */
function signatureOf({ headers }: WireRequest): string {
  const [, value = ""] = headers.find(([name]) => name === "Authorization") ?? [];
  return value.slice(value.lastIndexOf(":") + 1);
}

const struck = (text: string, signature: string) => (signature ? text.replaceAll(signature, "…") : text);
/** What a transport says becomes part of a sentence; OpenSSL ends its own with a colon and a line break. */
const inOneLine = (text: string) => text.replace(/[\s:]+$/, "").replace(/\s*[\r\n]\s*/g, " ");

/** A host's error as it came, unless it holds the signature. */
function withoutSignature(cause: unknown, signature: string): unknown {
  if (!signature || !holds(cause, signature, 6)) return cause;
  const bare = new Error(struck(String((cause as Error)?.message ?? "the transport failed"), signature));
  bare.name = String((cause as Error)?.name ?? "Error");
  return bare;
}

function holds(value: unknown, text: string, depth: number): boolean {
  if (typeof value === "string") return value.includes(text);
  if (typeof value !== "object" || value === null || depth === 0) return false;
  if (value instanceof Map || value instanceof Headers) {
    return [...value].some(([, inner]) => holds(inner, text, depth - 1));
  }
  return Reflect.ownKeys(value).some((key) => {
    try {
      return holds((value as Record<PropertyKey, unknown>)[key], text, depth - 1);
    } catch {
      return true;
    }
  });
}
