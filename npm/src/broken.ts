// A call that broke off: a panic in the core, which is a trap of the wasm, or a replaced part of the client that threw. It is
// an error of this package like any other, and what a write had sent by then stays on record.

import { CryptopayError, errorOf, type PendingRecord } from "./errors.js";

/** What a call ends with that this was thrown in; `record` is the write's in JSON, as it was known before. */
export function brokenOff(operation: string, cause: unknown, record?: string): unknown {
  const trap = cause instanceof WebAssembly.RuntimeError;
  if (record === undefined && !trap) return cause;
  const told = `the ${trap ? "core" : "call"} broke off: ${(cause as Error | null)?.message ?? cause}`;
  const said = (code: string, message: string, hint: string) => ({
    code,
    text: `${operation}: ${code}: ${message}; ${hint}`,
    operation,
    hint,
  });
  if (record === undefined) return errorOf(said("misuse", told, "this is a defect, please report it"), cause);
  const known = cause instanceof CryptopayError ? cause.message : told;
  return errorOf(
    {
      ...said("outcome_unknown", known, "do not repeat it: give the record to resolve, and report this defect"),
      record: JSON.parse(record) as PendingRecord,
      cause: { code: "misuse", status: null, request_id: null, message: known },
    },
    cause,
  );
}

/** Crosses into the core. What it refuses it says as a text, which is thrown as it is. */
export function crossed<T>(operation: string, cross: () => T): T {
  try {
    return cross();
  } catch (cause) {
    throw brokenOff(operation, cause);
  }
}

/** Frees what is the core's; what broke off cannot be freed any more. */
export function freed(kept: { free(): void } | undefined): void {
  try {
    kept?.free();
  } catch {
    // The error of the call says it.
  }
}
