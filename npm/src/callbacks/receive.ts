// Receiving a callback (B1 to B3): verify, claim, handle, complete. 200 only once it is handled; everything else makes
// Cryptopay deliver it again. The adapters beside this file only bring the raw body here.

import type { Callbacks, KnownCallback, RawBody, UnknownCallback } from "../callbacks.js";
import type { CallbackStore } from "./store.js";

/** How callbacks are received. */
export interface ReceiveOptions {
  /** `client.callbacks`. */
  callbacks: Pick<Callbacks, "verify">;
  /** Where handled keys are kept. Several processes need a shared one. */
  store: CallbackStore;
  /** Handles an event. It runs once for each event unless it fails; what moves money should read the object again. */
  handle(event: KnownCallback | UnknownCallback): Promise<void> | void;
  /** How long a handler may take before another delivery may run it again. Default 60 000. */
  leaseMs?: number | undefined;
  /** Told of everything that was not answered with 200, for logs. */
  onRefused?: ((error: unknown) => void) | undefined;
}

/** What to answer. */
export interface Received {
  /** The status: 200 only when the event was handled. */
  status: 200 | 400 | 401 | 413 | 500 | 503;
  /** A few words for whoever reads the delivery. */
  body: string;
}

/** The largest body that is read, in bytes: 1 MiB. */
export const MAX_BODY = 1 << 20;

/** The sentence for a body that a parser read before. */
export const PARSED =
  "the body is not what was sent, pass the raw bytes of the request before any body parser reads them";

/** Receives one callback. */
export async function receive(
  options: ReceiveOptions,
  body: RawBody | undefined,
  signature: string | null | undefined,
): Promise<Received> {
  const { callbacks, store, handle, leaseMs = 60_000, onRefused = () => undefined } = options;
  let event: KnownCallback | UnknownCallback;
  try {
    if (body === undefined) throw new TypeError(PARSED);
    event = callbacks.verify(body, signature);
  } catch (error) {
    onRefused(error);
    // A signature that does not fit is the sender's; everything else is ours to repair, and the event comes again.
    const foreign = (error as { code?: string }).code === "invalid_signature";
    return foreign ? { status: 401, body: "invalid signature" } : { status: 500, body: "not handled" };
  }
  try {
    const claim = await store.claim(event.dedupeKey, leaseMs);
    if (claim === "done") return { status: 200, body: "handled before" };
    if (claim === "in_progress") return { status: 503, body: "in progress" };
  } catch (error) {
    onRefused(error);
    return { status: 500, body: "not handled" };
  }
  try {
    await handle(event);
  } catch (error) {
    onRefused(error);
    await Promise.resolve(store.release(event.dedupeKey)).catch(onRefused);
    return { status: 500, body: "not handled" };
  }
  try {
    await store.complete(event.dedupeKey);
  } catch (error) {
    onRefused(error);
    return { status: 500, body: "handled, but not recorded" };
  }
  return { status: 200, body: "ok" };
}
