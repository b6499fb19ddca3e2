// What a call hands back: the object in the answer, with amounts exact, and how the call went.

import type { Done } from "./core.js";
import type { Ended } from "./drive.js";
import { errorOf, type PendingRecord, type Trace } from "./errors.js";
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

/** The object of the answer as its type says, `null` where there is none. */
export function modelOf(operation: string, ended: Ended, quote?: unknown): unknown {
  const value = objectOf(ended, quote);
  const wrong = value === null ? undefined : misfit(operation, value);
  if (wrong) throw noModel(operation, ended, wrong);
  return value;
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

/** The error of a success whose answer is not what its type says. */
export function noModel(operation: string, { done, body }: Ended, wrong: string): Error {
  const writes = !/\.(list|retrieve|all)/.test(operation);
  const hint = writes
    ? "the API applied the request: do not repeat it, .withResponse() hands back what came, and report this"
    : "use .withResponse(), which hands back what came, and report this";
  const object = done.data ? (JSON.parse(sliceText(body, done.data)) as { id?: unknown } | null) : null;
  const existing = typeof object?.id === "string" ? object.id : null;
  return told("invalid_response", operation, done, `the answer does not fit its model: ${wrong}`, hint, existing);
}

/** The error of a success without an object: plain `await` has nothing to hand back for it. */
export function noObject(operation: string, done: Done): Error {
  return done.accepted
    ? told(
        "outcome_unknown",
        operation,
        done,
        "the API took the request, but has not finished it",
        done.record
          ? "do not repeat it: give the record to resolve later, it finds out how the write ended"
          : "nothing has moved: ask again later",
      )
    : told(
        "invalid_response",
        operation,
        done,
        "the answer has no object",
        "use .withResponse() for requests that may answer none",
      );
}

function told(code: string, operation: string, done: Done, message: string, hint: string, existing?: string | null) {
  // Said as the core says what it finds.
  const { sends } = done.trace;
  const request = done.request_id ? `request ${done.request_id}, ` : "";
  return errorOf({
    code,
    text: `${operation}: ${code} (status ${done.status}, ${request}${sends} ${sends === 1 ? "attempt" : "attempts"}): ${message}; ${hint}`,
    operation,
    status: done.status,
    request_id: done.request_id,
    hint,
    existing_id: existing ?? null,
    record: done.record ?? null,
    trace: done.trace,
  });
}
