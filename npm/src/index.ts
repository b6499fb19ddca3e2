// Everything that users import from "cryptopay-client", the same in every entry.

export type { CallPromise, WithResponse } from "./call.js";
export {
  type CallbackEvent,
  type Callbacks,
  type KnownCallback,
  type RawBody,
  SIGNATURE_HEADER,
  type UnknownCallback,
} from "./callbacks.js";
export { Cryptopay, defaultFetch, type Resolution } from "./client.js";
export { ready } from "./core.js";
export {
  BadRequestError,
  CallCancelledError,
  type Cause,
  ConfigurationError,
  ConflictError,
  ConnectionFailedError,
  CryptopayError,
  DuplicateCustomIdError,
  EdgeBlockedError,
  type ErrorCode,
  type FieldError,
  ForbiddenError,
  InvalidArgumentError,
  InvalidResponseError,
  InvalidSignatureError,
  IpNotAllowedError,
  MaintenanceError,
  MisuseError,
  NotFoundError,
  OutcomeUnknownError,
  ParameterMismatchError,
  type PendingRecord,
  RateLimitedError,
  ServerError,
  TimeoutExceededError,
  type Trace,
  UnauthenticatedError,
  UnexpectedStatusError,
  ValidationError,
} from "./errors.js";
export { Attempt, type Fetch, FetchFailure, type WireRequest, type WireResponse } from "./fetch/types.js";
export { type FetchFunction, webFetch } from "./fetch/web.js";
export type * from "./generated/models.js";
export type { OperationName } from "./generated/operations.js";
export type * from "./generated/resources.js";
export type { Seen, SeenName } from "./observe.js";
export type {
  CallOptions,
  CommitOptions,
  CreateOptions,
  CryptopayOptions,
  GeneratedIdOptions,
  NodeAgent,
  ReadOptions,
  SharedLimit,
  WithoutId,
  WriteOptions,
} from "./options.js";
export { type CallInfo, NotModified } from "./outcome.js";
export type { Page, Pages } from "./pages.js";
export { type Moment, systemTime, type Time } from "./time.js";
