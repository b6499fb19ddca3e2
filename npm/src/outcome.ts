// What a call hands back: the object in the answer, with amounts exact, and how the call went.

import { brokenOff } from "./broken.js";
import type { CoreCall, Ended } from "./drive.js";
import { type ErrorWire, errorOf, type PendingRecord, type Trace } from "./errors.js";
import { AMOUNTS } from "./generated/operations.js";
import { misfit } from "./shape.js";
import { receivedMs } from "./words.js";

/** How a call went. */
export interface CallInfo {
  /** The status of the answer. */
  readonly status: number;
  /** What the API's support asks for. */
  readonly requestId: string | null;
  /** How often the operation was sent. */
  readonly attempts: number;
  /** The answer was lost; a later read proved that the write was applied. */
  readonly recovered: boolean;
  /** Taken, but not finished: `record` finds out later. */
  readonly accepted: boolean;
  /** Unchanged since the version that `ifNoneMatch` or `ifModifiedSince` named. */
  readonly notModified: boolean;
  /** Fields that recovery could not compare. */
  readonly unverified: readonly string[];
  /** The `custom_id`, a generated one too. */
  readonly customId: string | null;
  /** For `ifNoneMatch` of the next read. */
  readonly etag: string | null;
  /** For `ifModifiedSince` of the next read. */
  readonly lastModified: string | null;
  /** What `client.resolve` takes, where the write is not finished. */
  readonly record: PendingRecord | null;
  /** Sends, looks and waits. */
  readonly trace: Trace;
  /** The whole body as it came. */
  readonly raw: string;
}

const decoder = new TextDecoder();
const NUMBER = new RegExp(`(?<!\\\\)"(${AMOUNTS.join("|")})"(\\s*:\\s*)(-?\\d[\\d.eE+-]*)`, "g");

// Most answers hold no number at all, and then there is nothing to rewrite.
const ANY_NUMBER = /"\s*:\s*-?\d/;

/** JSON in which amounts are text, even where the API writes a number: a float could not hold them. */
export function parseExact(text: string): unknown {
  if (!ANY_NUMBER.test(text)) return JSON.parse(text);
  return JSON.parse(text.replace(NUMBER, (_, name, colon, number) => `"${name}"${colon}"${plain(number)}"`));
}

/** A JSON number without an exponent. */
function plain(number: string): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d+)$/.exec(number);
  if (!parts) return number;
  const [, sign, whole = "", fraction = "", exponent] = parts;
  const point = whole.length + Number(exponent);
  if (Math.abs(point) > 64) return number;
  const digits = (whole + fraction).padStart(whole.length + fraction.length + Math.max(0, 1 - point), "0");
  const at = point < 1 ? digits.length - (whole + fraction).length + point : point;
  const padded = digits.padEnd(at, "0");
  const tail = padded.slice(at);
  return `${sign}${padded.slice(0, at).replace(/^0+(?=\d)/, "") || "0"}${tail && `.${tail}`}`;
}

export function sliceText(body: Uint8Array, range: readonly [number, number]): string {
  return decoder.decode(body.subarray(range[0], range[1]));
}

export function infoOf({ done, body }: Ended): CallInfo {
  return {
    status: done.status,
    requestId: done.request_id,
    attempts: done.trace.sends,
    recovered: done.recovered,
    accepted: done.accepted,
    notModified: done.not_modified,
    unverified: done.unverified ?? [],
    customId: done.custom_id,
    etag: done.etag,
    lastModified: done.last_modified,
    record: done.record ?? null,
    trace: done.trace,
    get raw() {
      return decoder.decode(body);
    },
  };
}

/** What a call ended with, read before the call is let go. */
export interface Answered extends Ended {
  /** The object of the answer, `null` where there is none. */
  value: unknown;
  /** Why a plain `await` cannot hand it back. */
  refused?: Error;
}

/** Reads what a call ended with. */
export function answered(call: CoreCall, operation: string, ended: Ended, quote?: unknown): Answered {
  const { done, cause } = ended;
  if (done.error) return { ...ended, value: null, refused: errorOf(done.error, cause) };
  const value = objectOf(ended, quote);
  const wrong = done.data ? misfit(operation, value) : undefined;
  return wrong || value === null
    ? { ...ended, value, refused: unfit(call, operation, ended, wrong) }
    : { ...ended, value };
}

/** The object of the answer, whatever it is. */
export function objectOf(ended: Ended, quote?: unknown): unknown {
  const { done, body } = ended;
  if (done.data) {
    const value = parseExact(sliceText(body, done.data));
    if (typeof value === "object" && value !== null) receivedMs.set(value, ended.receivedMs);
    return value;
  }
  // A recovered recalculation has no object of its own to be read: it is the quote that was committed.
  return done.recovered && quote ? quote : null;
}

/** The error of a success that cannot be handed back: the sentence says what does not fit, without it there is no object. */
export function unfit(call: CoreCall, operation: string, ended: Ended, wrong?: string): Error {
  const { done, body, record } = ended;
  if (done.not_modified) return new NotModified(infoOf(ended));
  try {
    const told = call.unfit(wrong, done.data ? sliceText(body, done.data) : "");
    return errorOf((JSON.parse(told) as { error: ErrorWire }).error);
  } catch (cause) {
    return brokenOff(operation, cause, record) as Error;
  }
}

/**
 * A read with a condition (`ifNoneMatch`, `ifModifiedSince`) found nothing new. No failure, and no `CryptopayError`: use the
 * copy that you kept.
 */
export class NotModified extends Error {
  /** Always `NotModified`. */
  override readonly name = "NotModified";

  constructor(
    /** How the call went. */
    readonly response: CallInfo,
  ) {
    super("not modified");
  }
}
