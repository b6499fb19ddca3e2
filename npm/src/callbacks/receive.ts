// Receiving a callback (B1 to B3): verify, claim, handle, complete. 200 only once it is handled; everything else makes
// Cryptopay deliver it again. The adapters beside this file only bring the raw body here.

import { TooLarge } from "../bytes.js";
import { type Callbacks, type KnownCallback, NOT_RAW, type RawBody, type UnknownCallback } from "../callbacks.js";
import { configuration } from "../errors.js";
import { checkHandler } from "../handler.js";
import { tellHook } from "../hook.js";
import { A_FUNCTION, has, type Kind, maybe } from "../names.js";
import type { CallbackStore } from "./store.js";

/** How callbacks are received. */
export interface ReceiveOptions {
  /** `client.callbacks`. */
  callbacks: Pick<Callbacks, "verify">;
  /** Where handled keys are kept. Several processes need a shared one: see `CallbackStore`. */
  store: CallbackStore;
  /**
   * Handles an event. It runs once for each event unless it fails; what moves money should read the object again. The API waits
   * 10 s, then delivers again and gets 503 meanwhile: put slow work into a queue of yours and return.
   */
  handle(event: KnownCallback | UnknownCallback): Promise<void> | void;
  /**
   * How long a handler may take, in ms, before another delivery may run it again. A process that dies holds its event that long.
   * Default 300 000, five minutes.
   */
  leaseMs?: number | undefined;
  /** Told of everything that was answered with 400, 413 or 500, for logs. */
  onRefused?: ((error: unknown) => void) | undefined;
}

/** What to answer. */
export interface Received {
  /**
   * 200: it was handled, now or before. 400: it is not proven to come from the API. 413: it is too large. 500: it cannot be
   * verified here, or handling it failed. 503: another delivery of the same event is being handled.
   */
  status: 200 | 400 | 413 | 500 | 503;
  /** A few words for whoever reads the delivery. */
  body: string;
}

/** The largest body that is read, in bytes: 1 MiB. */
export const MAX_BODY = 1 << 20;
const LEASE_MS = 300_000;

const OPTIONS: Readonly<Record<keyof ReceiveOptions, Kind>> = {
  callbacks: [
    (value) => has(value, "verify") && (value as { hasSecret?: boolean }).hasSecret !== false,
    "cannot verify, pass the `callbacks` of a client that was given its callbackSecrets or CRYPTOPAY_CALLBACK_SECRET",
  ],
  store: [
    (value) => has(value, "claim", "complete", "release"),
    "needs the methods claim, complete and release, pass a MemoryStore or one that several processes share",
  ],
  handle: [A_FUNCTION[0], "is not a function, pass the one that handles an event"],
  leaseMs: maybe([(value) => Number.isFinite(value) && (value as number) > 0, "must be a number of ms above 0"]),
  onRefused: maybe(A_FUNCTION),
};

/** Brings the raw body of a delivery; nothing, when a parser took it before. */
type Bring = () => Promise<RawBody | undefined> | RawBody | undefined;

/** Receives callbacks, one after the other. */
export function receiver(
  options: ReceiveOptions,
): (bring: Bring, signature: string | null | undefined) => Promise<Received> {
  checkHandler(options, OPTIONS);
  const { callbacks, store, handle, leaseMs, onRefused } = options;
  const refuse = (error: unknown, status: Exclude<Received["status"], 200>, body: string): Received => {
    tellHook(onRefused, "onRefused failed, the answer stands", error);
    return { status, body };
  };
  return async (bring, signature) => {
    let body: RawBody | undefined;
    try {
      body = await bring();
    } catch (error) {
      return error instanceof TooLarge
        ? refuse(error, 413, "too large")
        : refuse(error, 400, "the body did not arrive whole");
    }
    let event: KnownCallback | UnknownCallback;
    try {
      if (body === undefined) throw new TypeError(NOT_RAW);
      event = callbacks.verify(body, signature);
    } catch (error) {
      // A signature that does not fit is the sender's; everything else is ours to repair, and the event comes again.
      const foreign = (error as { code?: string }).code === "invalid_signature";
      return foreign ? refuse(error, 400, (error as Error).message) : refuse(error, 500, "not configured");
    }
    const lease = leaseMs ?? LEASE_MS;
    const claimed = Date.now();
    try {
      const claim = await store.claim(event.dedupeKey, lease);
      if (claim === "done") return { status: 200, body: "handled before" };
      if (claim === "in_progress") return { status: 503, body: "being handled, come again" };
      // A store that answers otherwise may have found the key: then the event would be handled twice.
      if (claim !== "new") throw configuration(`store: claim answered ${String(claim)}, not new, in_progress or done`);
    } catch (error) {
      return refuse(error, 500, "not handled");
    }
    try {
      await handle(event);
    } catch (error) {
      try {
        // After its lease the claim has ended by itself, and the key may be another delivery's.
        if (Date.now() - claimed < lease) await store.release(event.dedupeKey);
      } catch (kept) {
        refuse(kept, 500, "not handled");
      }
      return refuse(error, 500, "not handled");
    }
    try {
      await store.complete(event.dedupeKey);
    } catch (error) {
      return refuse(error, 500, "handled, but not recorded");
    }
    return { status: 200, body: "ok" };
  };
}

/** Receives one callback. */
export async function receive(
  options: ReceiveOptions,
  body: RawBody | undefined,
  signature: string | null | undefined,
): Promise<Received> {
  return receiver(options)(() => body, signature);
}
