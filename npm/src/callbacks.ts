// Callbacks of one client: verifying, reading and signing them. Receiving them is in `cryptopay-client/callbacks`.

import { wellFormed } from "./arguments.js";
import { crossed } from "./broken.js";
import { start } from "./core.js";
import { type ErrorWire, errorOf, invalidArgument } from "./errors.js";
import type { CallbackModels } from "./generated/models.js";
import { parseExact, sliceText } from "./outcome.js";

/** A verified callback. An unknown `type` or `event` arrives as itself. */
export interface CallbackEvent<Type extends string = string> {
  /** What it is about, `Invoice`. */
  readonly type: Type;
  /** What happened, `status_changed`. */
  readonly event: string;
  /** `data.id`. */
  readonly id: string | null;
  /** `data.status`. */
  readonly status: string | null;
  /** `data.status_context`. */
  readonly statusContext: string | null;
  /** The object as it was then. */
  readonly data: Type extends keyof CallbackModels ? CallbackModels[Type] : unknown;
  /** The same for every delivery of one event. */
  readonly dedupeKey: string;
  /** Which secret fitted, from 0: when it is never an old one any more, that one can go. `null` where none was compared. */
  readonly secret: number | null;
  /** Whether this version knows the type and the event. */
  readonly known: boolean;
  /** The body as it came. */
  readonly raw: string;
  /** Whether this event may be news for an object last known with this status; deliveries come in any order. */
  mayFollow(status: string): boolean;
}

/** A callback of one of the known types; `type` tells them apart. */
export type KnownCallback = { [Type in keyof CallbackModels]: CallbackEvent<Type> }[keyof CallbackModels];

/** A callback of a type that this version does not know: what is left when `type` is none of the known ones. */
export type UnknownCallback = CallbackEvent<UnknownType>;
// For the compiler alone: of all texts only a member of an enum is left out where `type` is compared with a known one.
declare enum UnknownType {
  Other = "",
}

/** The body of a request: its raw bytes, or its text before any parser read it. */
export type RawBody = Uint8Array | ArrayBuffer | string;

interface EventWire {
  type: string;
  event: string;
  id: string | null;
  status: string | null;
  status_context: string | null;
  data: [number, number] | null;
  known: boolean;
  dedupe_key: string;
}

/** The header that carries the signature. */
export const SIGNATURE_HEADER = "x-cryptopay-signature";

/** Verifies, reads and signs callbacks with a client's secrets. */
export class Callbacks {
  readonly #secrets: readonly string[];

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  /** @internal */
  get hasSecret(): boolean {
    return this.#secrets.length > 0;
  }

  /**
   * Checks that a body came from Cryptopay and reads it.
   * @returns what happened, and to which object
   * @throws InvalidSignatureError when it did not, ConfigurationError without a callback secret
   */
  verify(body: RawBody, signature: string | null | undefined): KnownCallback | UnknownCallback {
    const bytes = bytesOf(body);
    if (!bytes) throw unsigned(NOT_RAW);
    // A header that came twice is a list in some frameworks.
    if (typeof (signature ?? "") !== "string")
      throw unsigned("the signature is not a string, pass the header as it came");
    const secrets = this.#secrets.join("\n");
    const text = crossed("callbacks.verify", () => start().verify_callback(bytes, signature ?? undefined, secrets));
    const { event, secret, error } = JSON.parse(text) as { event: EventWire; secret: number; error?: ErrorWire };
    if (error) throw errorOf(error);
    return eventOf(event, bytes, secret);
  }

  /**
   * Reads a body without verifying it, for tools that show what came. Nothing in it is to be believed.
   * @returns what the body says
   * @throws InvalidArgumentError for a body that is none, InvalidResponseError for one that is no JSON object
   */
  parse(body: RawBody): KnownCallback | UnknownCallback {
    const bytes = bytesOf(body);
    if (!bytes) throw invalidArgument("callbacks.parse", "body", NOT_RAW);
    const text = crossed("callbacks.parse", () => start().read_callback(bytes));
    if (!text) throw errorOf({ code: "invalid_response", text: "the body is not a JSON object" });
    return eventOf(JSON.parse(text) as EventWire, bytes, null);
  }

  /**
   * Signs a body, for tests of a handler.
   * @returns the value of the signature's header, 64 hex digits
   * @throws ConfigurationError without a callback secret, InvalidArgumentError for a body that is none
   */
  sign(body: RawBody): string {
    const bytes = bytesOf(body);
    if (!bytes) throw invalidArgument("callbacks.sign", "body", NOT_RAW);
    try {
      return crossed("callbacks.sign", () => start().sign_callback(bytes, this.#secrets.join("\n")));
    } catch (cause) {
      throw typeof cause === "string" ? errorOf({ code: "configuration", text: cause }) : cause;
    }
  }
}

/** The sentence for a body that a parser read before. */
export const NOT_RAW =
  "the body is not what was sent, pass the raw bytes of the request before any body parser reads them";
const unsigned = (text: string) => errorOf({ code: "invalid_signature", text });

/** The bytes of a body of any realm; nothing of what is none, or was handed over to another thread. */
function bytesOf(body: unknown): Uint8Array | undefined {
  try {
    if (typeof body === "string") return wellFormed(body) ? new TextEncoder().encode(body) : undefined;
    if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
    if (Object.prototype.toString.call(body) === "[object ArrayBuffer]") return new Uint8Array(body as ArrayBuffer);
  } catch {
    // Detached, or a proxy.
  }
  return undefined;
}

function eventOf(told: EventWire, bytes: Uint8Array, secret: number | null): KnownCallback {
  const { type, event, id, status, known } = told;
  return {
    type,
    event,
    id,
    status,
    statusContext: told.status_context,
    secret,
    known,
    dedupeKey: told.dedupe_key,
    data: told.data ? parseExact(sliceText(bytes, told.data)) : null,
    get raw() {
      return sliceText(bytes, [0, bytes.length]);
    },
    mayFollow(before: string) {
      if (typeof before !== "string") throw invalidArgument("callbacks.mayFollow", "status", "is not a string");
      return status === null || crossed("callbacks.mayFollow", () => start().may_follow(type, before, status));
    },
  } as KnownCallback;
}
