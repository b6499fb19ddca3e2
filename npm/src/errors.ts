// One class for every code of the core. What an error says is decided by the core; here it becomes a class that
// `instanceof` knows across copies of the package (ESM and CJS in one process), and that shows no secret.

/** The stable code of an error, the same in every language. */
export type ErrorCode =
  | "bad_request"
  | "unauthenticated"
  | "forbidden"
  | "ip_not_allowed"
  | "edge_blocked"
  | "not_found"
  | "duplicate_custom_id"
  | "conflict"
  | "validation"
  | "rate_limited"
  | "server_error"
  | "maintenance"
  | "unexpected_status"
  | "invalid_response"
  | "connection"
  | "timeout"
  | "outcome_unknown"
  | "parameter_mismatch"
  | "cancelled"
  | "invalid_argument"
  | "configuration"
  | "misuse"
  | "invalid_signature";

/** What the API said about one field. */
export interface FieldError {
  /** The field, by its name in the request. */
  readonly target: string;
  /** The code of the complaint, stable. */
  readonly code: string;
  /** The same in words. */
  readonly message: string;
  /** JSON. */
  readonly args: string;
}

/** What finds out later how a write ended: plain data to store as JSON and to give to `client.resolve`. */
export interface PendingRecord {
  /** The version of the record. */
  readonly v: number;
  /** The operation, `coin_withdrawals.create`. */
  readonly operation: string;
  /** What it was called with. */
  readonly params: Record<string, unknown>;
  /** The id that the object can be found by, where it has one. */
  readonly custom_id?: string | null;
  readonly [field: string]: unknown;
}

/** How a call went. */
export interface Trace {
  /** How often the operation itself was sent. */
  readonly sends: number;
  /** How many rounds of reads looked for what became of it. */
  readonly looks: number;
  /** Every wait: how long, and what for. */
  readonly waits: readonly {
    /** Milliseconds. */
    readonly ms: number;
    /** `retry`, `retry_after`, `limit` or `look`. */
    readonly reason: string;
  }[];
}

/** What stopped a call whose outcome is unknown. */
export interface Cause {
  /** The code that an error for it alone would have. */
  readonly code: ErrorCode;
  /** The same in words. */
  readonly message: string;
  /** The status of the response that it came with, if one did. */
  readonly status: number | null;
  /** What the API's support asks for. */
  readonly requestId: string | null;
}

/** A cause as it comes from the core. */
export interface CauseWire {
  code: string;
  status: number | null;
  request_id: string | null;
  message: string;
}

/** An error as it comes from the core. */
export interface ErrorWire {
  /** The stable code. */
  code: string;
  /** The whole message. */
  text: string;
  operation?: string;
  status?: number | null;
  request_id?: string | null;
  hint?: string;
  api_code?: string | null;
  fields?: FieldError[];
  existing_id?: string | null;
  differing?: string[];
  retry_at_ms?: number | null;
  record?: PendingRecord | null;
  cause?: CauseWire | null;
  signed?: { string_to_sign: string; clock_difference_ms: number | null; likely: string } | null;
  trace?: Trace;
}

const BRAND = Symbol.for("cryptopay-client.error");

/** Every error of this package. */
export class CryptopayError extends Error {
  /** The stable code. */
  declare readonly code: ErrorCode;
  /** The operation, `invoices.create`. */
  declare readonly operation?: string;
  /** The status of the response that decided, if one did. */
  declare readonly status?: number;
  /** What the API's support asks for. */
  declare readonly requestId?: string;
  /** How often the operation was sent. */
  declare readonly attempts: number;
  /** What to do about it. */
  declare readonly hint?: string;
  /** The API's own error code. */
  declare readonly apiCode?: string;
  /** What is wrong with which field. */
  declare readonly fields: readonly FieldError[];
  /** The id of the object that stands in the way, where one was read, or of the last good row of a list. */
  declare readonly existingId?: string;
  /** The fields in which a found object differs from the request. */
  declare readonly differing?: readonly string[];
  /** When to come back. */
  declare readonly retryAt?: Date;
  /** Given whenever the write may have been applied: store it, then `client.resolve(record)` finds out. */
  declare readonly record?: PendingRecord;
  /** What stopped a call whose outcome is unknown, as the core saw it; `cause` is what the host threw. */
  declare readonly reason?: Cause;
  /** For a 401: what was signed. Holds no secret. */
  declare readonly signed?: {
    /** What the signature was made of. */
    readonly stringToSign: string;
    /** The server's time minus the time that was signed, in ms; null where the answer had no usable `Date`. */
    readonly clockDifferenceMs: number | null;
    /** What is most likely wrong. */
    readonly likely: string;
  };
  /** How the call went. */
  declare readonly trace?: Trace;

  constructor(wire: ErrorWire, cause?: unknown) {
    super(wire.text, cause === undefined ? undefined : { cause });
    const fields = {
      code: wire.code,
      operation: wire.operation || undefined,
      status: wire.status,
      requestId: wire.request_id,
      attempts: wire.trace?.sends ?? 0,
      hint: wire.hint,
      apiCode: wire.api_code,
      fields: wire.fields ?? [],
      existingId: wire.existing_id,
      differing: wire.differing?.length ? wire.differing : undefined,
      retryAt: wire.retry_at_ms == null ? undefined : new Date(wire.retry_at_ms),
      record: wire.record,
      reason: causeOf(wire.cause),
      signed: wire.signed && {
        stringToSign: wire.signed.string_to_sign,
        clockDifferenceMs: wire.signed.clock_difference_ms,
        likely: wire.signed.likely,
      },
      trace: wire.trace,
    };
    for (const [name, value] of Object.entries(fields)) {
      if (value != null) Object.defineProperty(this, name, { value, enumerable: true, configurable: true });
    }
  }

  /** The same as plain data, for logs. */
  toJSON(): Record<string, unknown> {
    return { name: this.name, message: this.message, ...(this as object) };
  }

  /** @internal */
  get [BRAND](): string {
    return this.code;
  }

  /** @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    const code = (value as { [BRAND]?: string } | null | undefined)?.[BRAND];
    if (code === undefined || typeof value !== "object") return false;
    if (this === CryptopayError) return true;
    const own = CODES.get(this as typeof CryptopayError);
    return own ? own === code : Function.prototype[Symbol.hasInstance].call(this, value);
  }
}

const CODES = new Map<typeof CryptopayError, string>();
const CLASSES = new Map<string, typeof CryptopayError>();

// Names are literal, because minifiers rename classes.
function known(type: typeof CryptopayError, code: ErrorCode, name: string): void {
  Object.defineProperty(type.prototype, "name", { value: name, configurable: true, writable: true });
  CODES.set(type, code);
  CLASSES.set(code, type);
}

Object.defineProperty(CryptopayError.prototype, "name", {
  value: "CryptopayError",
  configurable: true,
  writable: true,
});

/** 400: the request itself is malformed. */
export class BadRequestError extends CryptopayError {}
known(BadRequestError, "bad_request", "BadRequestError");

/** 401: keys, signature, environment or clock. */
export class UnauthenticatedError extends CryptopayError {}
known(UnauthenticatedError, "unauthenticated", "UnauthenticatedError");

/** 403: the key lacks the permission. */
export class ForbiddenError extends CryptopayError {}
known(ForbiddenError, "forbidden", "ForbiddenError");

/** The address of this machine is not on the key's whitelist. */
export class IpNotAllowedError extends CryptopayError {}
known(IpNotAllowedError, "ip_not_allowed", "IpNotAllowedError");

/** The CDN in front of the API refused. */
export class EdgeBlockedError extends CryptopayError {}
known(EdgeBlockedError, "edge_blocked", "EdgeBlockedError");

/** 404. */
export class NotFoundError extends CryptopayError {}
known(NotFoundError, "not_found", "NotFoundError");

/** The `custom_id` was used before: read the object `existingId`, it may be your own earlier call. */
export class DuplicateCustomIdError extends CryptopayError {}
known(DuplicateCustomIdError, "duplicate_custom_id", "DuplicateCustomIdError");

/** 409 for any other reason. */
export class ConflictError extends CryptopayError {}
known(ConflictError, "conflict", "ConflictError");

/** 422: well-formed, but wrong in meaning; see `fields`. */
export class ValidationError extends CryptopayError {}
known(ValidationError, "validation", "ValidationError");

/** 429, or a wait for the rate limit that does not fit; `retryAt` says when to come back. */
export class RateLimitedError extends CryptopayError {}
known(RateLimitedError, "rate_limited", "RateLimitedError");

/** 5xx other than 503. */
export class ServerError extends CryptopayError {}
known(ServerError, "server_error", "ServerError");

/** 503. */
export class MaintenanceError extends CryptopayError {}
known(MaintenanceError, "maintenance", "MaintenanceError");

/** A status that the API does not document. */
export class UnexpectedStatusError extends CryptopayError {}
known(UnexpectedStatusError, "unexpected_status", "UnexpectedStatusError");

/** A success of a read or a quote without what it must carry. */
export class InvalidResponseError extends CryptopayError {}
known(InvalidResponseError, "invalid_response", "InvalidResponseError");

/** No connection, and nothing was sent, or a read. */
export class ConnectionFailedError extends CryptopayError {}
known(ConnectionFailedError, "connection", "ConnectionFailedError");

/** The deadline, and nothing was sent, or a read. */
export class TimeoutExceededError extends CryptopayError {}
known(TimeoutExceededError, "timeout", "TimeoutExceededError");

/**
 * The write may have been applied. Store `record` and `resolve` it. Never pay under another `custom_id`; the same create under
 * the same `custom_id` is safe, for payouts, invoices and channels only.
 */
export class OutcomeUnknownError extends CryptopayError {
  /** What `client.resolve` takes: plain data without a secret, to store as JSON. */
  declare readonly record: PendingRecord;
}
known(OutcomeUnknownError, "outcome_unknown", "OutcomeUnknownError");

/** Another object has the same `custom_id`: see `differing`, and read it before paying under another id. */
export class ParameterMismatchError extends CryptopayError {}
known(ParameterMismatchError, "parameter_mismatch", "ParameterMismatchError");

/** The caller cancelled, and nothing can have been applied. */
export class CallCancelledError extends CryptopayError {}
known(CallCancelledError, "cancelled", "CallCancelledError");

/** An argument is wrong; nothing was sent. */
export class InvalidArgumentError extends CryptopayError {}
known(InvalidArgumentError, "invalid_argument", "InvalidArgumentError");

/** The client is configured wrongly. */
export class ConfigurationError extends CryptopayError {}
known(ConfigurationError, "configuration", "ConfigurationError");

/** The client was closed before; or a defect of this package, or of a replaced part of it. */
export class MisuseError extends CryptopayError {}
known(MisuseError, "misuse", "MisuseError");

/** A callback whose signature does not fit. */
export class InvalidSignatureError extends CryptopayError {}
known(InvalidSignatureError, "invalid_signature", "InvalidSignatureError");

/** The error of a code; a code that this version does not know gives the common class. */
export function errorOf(wire: ErrorWire, cause?: unknown): CryptopayError {
  return new (CLASSES.get(wire.code) ?? CryptopayError)(wire, cause);
}

/** What stopped a call, in the words of this package. */
export function causeOf(wire: CauseWire | null | undefined): Cause | null {
  return wire
    ? { code: wire.code as ErrorCode, message: wire.message, status: wire.status, requestId: wire.request_id }
    : null;
}

/** An argument that is refused before anything is sent, with the core's text. */
export function invalidArgument(operation: string, target: string, message: string): CryptopayError {
  const hint = "nothing was sent: correct the argument";
  const prefix = target ? `${target}: ` : "";
  return errorOf({
    code: "invalid_argument",
    text: `${operation}: invalid_argument (0 attempts): ${prefix}${message}; ${hint}`,
    operation,
    hint,
    fields: [{ target, code: "invalid_argument", message, args: "{}" }],
  });
}

/** A call that the caller gave up before it began. */
export function cancelled(operation: string, cause: unknown): CryptopayError {
  const [message, hint] = ["the call was cancelled by the caller", "nothing was applied by this call"];
  return errorOf(
    { code: "cancelled", text: `${operation}: cancelled (0 attempts): ${message}; ${hint}`, operation, hint },
    cause,
  );
}

/** A call of a client that is closed. */
export function closed(): CryptopayError {
  return errorOf({ code: "misuse", text: "the client is closed: make a new one" });
}

/** A configuration that cannot work. */
export function configuration(text: string, cause?: unknown): CryptopayError {
  return errorOf({ code: "configuration", text: `configuration: ${text}` }, cause);
}
