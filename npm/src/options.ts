// What can be set for a client and for one call, and how the core is told of it. Names and units here, meanings and limits in
// the core.

import { read, textOf } from "./arguments.js";
import { type CryptopayError, configuration, type ErrorWire, invalidArgument } from "./errors.js";
import type { Fetch } from "./fetch/types.js";
import type { FetchFunction } from "./fetch/web.js";
import { A_FUNCTION, callable, checkNames, has, type Kind, maybe, type Refuse, TRUE_OR_FALSE } from "./names.js";
import type { Time } from "./time.js";

/** A limit that several processes share: reserves a place and says how long until it is free. */
export type Limiter = (
  ask: {
    /** How many places are reserved. */
    cost: number;
    /** `urgent`, `write`, `read` or `page`: who goes first. */
    priority: string;
    /** How long nobody may send, learnt from a 429; else 0. */
    frozenMs: number;
  },
  signal: AbortSignal,
) => Promise<{
  /** How long until the place is free. */
  waitMs: number;
}>;

/** A `http.Agent` or `https.Agent` of Node. */
export interface AgentLike {
  /** Closes its connections. */
  destroy(): void;
}

/** An agent for all requests (a proxy), or a function that gives one; told `fresh` it must open a new connection. */
export type NodeAgent = AgentLike | ((fresh: boolean) => AgentLike);

/** The settings of a client. */
export interface CryptopayOptions {
  /** `sandbox`, `production`, or the base URL of a gateway or a local sandbox. */
  environment: "sandbox" | "production" | (string & {});
  /** The API key. */
  apiKey: string;
  /** The API secret. It is printed nowhere. */
  apiSecret: string;
  /** The callback secret; during a rotation several, the current one first. */
  callbackSecret?: string | readonly string[] | undefined;
  /** How long a whole call may take: waits, attempts and recovery. Default 90 000. */
  timeoutMs?: number | undefined;
  /** How long one attempt may take. Default 15 000. */
  attemptTimeoutMs?: number | undefined;
  /** How often an operation may be sent again. Default 3; 0 means one request. */
  maxRetries?: number | undefined;
  /** Requests per minute of this client, at most 200; 0: no limit of its own. Default 195. */
  rateLimit?: number | undefined;
  /** A limit that several processes share. */
  limiter?: Limiter | undefined;
  /** What follows the package's own `User-Agent`. */
  userAgentSuffix?: string | undefined;
  /** The largest answer that is read, in bytes. Default 16 MiB. */
  maxBodyBytes?: number | undefined;
  /** The transport: a standard `fetch`, or a `Fetch`. Default: node:http(s) in Node, the global `fetch` elsewhere. */
  fetch?: FetchFunction | Fetch | undefined;
  /** Node: an agent (a proxy) for the default transport, or a function that gives one and a new connection when told so. */
  agent?: NodeAgent | undefined;
  /** Clocks and timers, for tests. */
  time?: Time | undefined;
  /** Allows a secret in a page, where every visitor can read it. */
  dangerouslyAllowBrowser?: boolean | undefined;
}

/** What can be set for one call; what is not set is the client's. */
export interface CallOptions {
  /** How long the whole call may take, in milliseconds. */
  timeoutMs?: number | undefined;
  /** How long one attempt may take, in milliseconds. */
  attemptTimeoutMs?: number | undefined;
  /** How often the operation may be sent again. */
  maxRetries?: number | undefined;
  /** Ends the call at once. A write that may have left then ends as `OutcomeUnknownError`. */
  signal?: AbortSignal | undefined;
}

/** What can be set for a read. */
export interface ReadOptions extends CallOptions {
  /** Sent as `If-None-Match`; the answer may then have no object: use `.withResponse()`. */
  ifNoneMatch?: string | undefined;
  /** Sent as `If-Modified-Since`: the `lastModified` of an answer. */
  ifModifiedSince?: string | undefined;
}

/** What can be set for a write. */
export interface WriteOptions extends CallOptions {}

/** What can be set for a create. */
export interface CreateOptions extends WriteOptions {
  /**
   * Whether a `custom_id` is made where the parameters have none. Creates that move money need one of yours, or `true`
   * here; with `false` the others go without, and cannot be found again when their answer is lost.
   */
  generatedCustomId?: boolean | undefined;
}

/** The options of a create whose `custom_id` is made by the client, although it moves money. */
export interface GeneratedIdOptions extends CreateOptions {
  /** Read the id from the call's `customId`, and store it, before you wait for the answer. */
  generatedCustomId: true;
}

/** The same parameters without the need of a `custom_id`. */
export type WithoutId<Params> = Params extends unknown
  ? Omit<Params, "custom_id"> & {
      /** Yours, if you have one all the same. */
      custom_id?: string | undefined;
    }
  : never;

/** What can be set for a commit. */
export interface CommitOptions<Quote> extends WriteOptions {
  /** What the create answered: it tells when the quote lapses. */
  quote?: Quote | undefined;
}

export type AnyOptions = ReadOptions & CreateOptions & CommitOptions<object>;

/** When objects were received, for quotes. */
export const receivedMs = new WeakMap<object, number>();

// The settings and options that the core is told, by their names there. It says what is wrong with one.
const TOLD_SETTINGS = {
  environment: "environment",
  apiKey: "api_key",
  apiSecret: "api_secret",
  callbackSecret: "callback_secrets",
  timeoutMs: "deadline_ms",
  attemptTimeoutMs: "attempt_timeout_ms",
  maxRetries: "max_retries",
  rateLimit: "rate_limit",
  userAgentSuffix: "user_agent_suffix",
  maxBodyBytes: "max_body",
} as const satisfies Partial<Record<keyof CryptopayOptions, string>>;
const TOLD_OPTIONS = {
  timeoutMs: "deadline_ms",
  attemptTimeoutMs: "attempt_timeout_ms",
  maxRetries: "max_retries",
  ifNoneMatch: "if_none_match",
  ifModifiedSince: "if_modified_since",
} as const satisfies Partial<Record<keyof AnyOptions, string>>;

// The others, and what each must be.
const FETCH: Kind = [
  (value) => callable(value) || has(value, "fetch"),
  "is neither a function like the global fetch nor an object with a method fetch",
];
const AGENT: Kind = [
  (value) => callable(value) || has(value, "destroy"),
  "is neither an http.Agent of Node nor a function that gives one",
];
const OWN_SETTINGS: Readonly<Record<Exclude<keyof CryptopayOptions, keyof typeof TOLD_SETTINGS>, Kind>> = {
  limiter: maybe(A_FUNCTION),
  fetch: maybe(FETCH),
  agent: maybe(AGENT),
  time: maybe([(value) => has(value, "now", "entropy", "sleep"), "has not all of the methods now, entropy and sleep"]),
  dangerouslyAllowBrowser: maybe(TRUE_OR_FALSE),
};
const OWN_OPTIONS: Readonly<Record<Exclude<keyof AnyOptions, keyof typeof TOLD_OPTIONS>, Kind>> = {
  signal: maybe([(value) => has(value, "addEventListener", "removeEventListener"), "is no AbortSignal"]),
  quote: maybe([(value) => typeof value === "object", "is no object, pass what the create answered"]),
  generatedCustomId: maybe(TRUE_OR_FALSE),
};

const turned = (told: Readonly<Record<string, string>>) =>
  new Map(Object.entries(told).map(([name, core]) => [core, name]));
const SETTING_OF = turned(TOLD_SETTINGS);
const OPTION_OF = turned(TOLD_OPTIONS);
const here = (names: ReadonlyMap<string, string>, text: string) =>
  text.replace(/^\w+/, (core) => names.get(core) ?? core);

/** The error of what the core says of a setting: under the setting's name here. */
export const refusedSetting = (sentence: string): CryptopayError => configuration(here(SETTING_OF, sentence));

const refuseSetting: Refuse = (path, message) => configuration(`${path || "settings"}: ${message}`);

/** Refuses settings that are none; what is in most of them is checked by the core. */
export function checkSettings(options: Partial<CryptopayOptions>): void {
  if (typeof options !== "object" || options === null) throw configuration("pass the settings as an object");
  read("", refuseSetting, () => checkNames("setting", options, OWN_SETTINGS, refuseSetting, TOLD_SETTINGS));
}

/** The core's settings as JSON, and the callback secrets in them. */
export function settingsText(options: CryptopayOptions): { secrets: readonly string[]; config: string } {
  return read("", refuseSetting, () => {
    const secrets = options.callbackSecret === undefined ? [] : [options.callbackSecret].flat();
    const given = { ...options, callbackSecret: secrets };
    const config = { ...renamed(given, TOLD_SETTINGS), shared_limit: callable(options.limiter) };
    return { secrets, config: textOf(config, (path, message) => refuseSetting(here(SETTING_OF, path), message)) };
  });
}

/** Refuses options that are none; what is in them is checked by the core. */
export function checkOptions(operation: string, options: AnyOptions | undefined): void {
  if (options === undefined || options === null) return;
  const refuse: Refuse = (target, message) => invalidArgument(operation, target || "options", message);
  if (typeof options !== "object") throw refuse("options", "are no object");
  read("options", refuse, () => checkNames("option", options, OWN_OPTIONS, refuse, TOLD_OPTIONS));
}

/** The JSON of the call's options in the core's words. */
export function optionsText(operation: string, options: AnyOptions): string {
  const refuse: Refuse = (target, message) => invalidArgument(operation, here(OPTION_OF, target) || "options", message);
  return read("", refuse, () => textOf(coreOptions(options), refuse));
}

function coreOptions(options: AnyOptions): Record<string, unknown> {
  const { quote, generatedCustomId: generated } = options;
  return {
    ...renamed(options, TOLD_OPTIONS),
    custom_id: typeof generated === "boolean" ? { generated } : undefined,
    quote: quote ? { ...quote, received_ms: receivedMs.get(quote) } : undefined,
  };
}

function renamed<Given extends object>(given: Given, names: Partial<Record<keyof Given, string>>) {
  return Object.fromEntries(Object.entries<string>(names as never).map(([name, core]) => [core, given[name as never]]));
}

// How the core says in a sentence what `generatedCustomId` is.
const GENERATED = 'custom_id {"generated": true}';

/** The core's error in the words of this language: an option that it refuses under its name here. */
export function inOwnWords(error: ErrorWire): ErrorWire {
  if (error.code !== "invalid_argument") return error;
  const own = (text: string) => text.replace(GENERATED, "generatedCustomId: true");
  let text = own(error.text);
  const fields = error.fields?.map((field) => {
    const target = here(OPTION_OF, field.target);
    text = text.replace(`: ${field.target}: `, `: ${target}: `);
    return { ...field, target, message: own(field.message) };
  });
  return fields ? { ...error, text, fields } : error;
}
