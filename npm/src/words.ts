// Settings and options in the core's words, and the names of refused ones in the words of this language. What is no name of one
// is refused here; most of what is in them is checked by the core.

import { read, textOf } from "./arguments.js";
import { configuration, type ErrorWire, invalidArgument } from "./errors.js";
import { A_FUNCTION, callable, checkNames, has, type Kind, maybe, type Refuse, TRUE_OR_FALSE } from "./names.js";
import type { AnyOptions, CallOptions, CryptopayOptions } from "./options.js";

/** When objects were received, for quotes. */
export const receivedMs = new WeakMap<object, number>();

// The settings and options that the core is told, by their names there. It says what is wrong with one.
const TOLD_SETTINGS = {
  environment: "environment",
  apiKey: "api_key",
  apiSecret: "api_secret",
  callbackSecrets: "callback_secrets",
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
  sharedLimit: maybe(A_FUNCTION),
  fetch: maybe(FETCH),
  agent: maybe(AGENT),
  time: maybe([(value) => has(value, "now", "entropy", "sleep"), "needs the methods now, entropy and sleep"]),
  dangerouslyAllowBrowser: maybe(TRUE_OR_FALSE),
};
const OWN_OPTIONS: Readonly<Record<Exclude<keyof AnyOptions, keyof typeof TOLD_OPTIONS>, Kind>> = {
  signal: maybe([(value) => has(value, "addEventListener", "removeEventListener"), "is not an AbortSignal"]),
  quote: maybe([(value) => typeof value === "object", "is not an object, pass what the create returned"]),
  generatedCustomId: maybe(TRUE_OR_FALSE),
};

const turned = (told: Readonly<Record<string, string>>) =>
  new Map(Object.entries(told).map(([name, core]) => [core, name]));
const SETTING_OF = turned(TOLD_SETTINGS);
const OPTION_OF = turned(TOLD_OPTIONS);
const here = (names: ReadonlyMap<string, string>, text: string) =>
  text.replace(/^\w+/, (core) => names.get(core) ?? core);

const refuseSetting: Refuse = (path, message) => configuration(`${path || "settings"}: ${message}`);

/** Refuses settings that are none; what is in most of them is checked by the core. */
export function checkSettings(options: Partial<CryptopayOptions>): void {
  if (typeof options !== "object" || options === null) throw configuration("pass the settings as an object");
  read("", refuseSetting, () => checkNames("setting", options, OWN_SETTINGS, refuseSetting, TOLD_SETTINGS));
}

/** The core's settings as JSON, and the callback secrets in them. */
export function settingsText(options: CryptopayOptions): { secrets: readonly string[]; config: string } {
  return read("", refuseSetting, () => {
    const secrets = options.callbackSecrets === undefined ? [] : [options.callbackSecrets].flat();
    const given = { ...options, callbackSecrets: secrets };
    const config = { ...renamed(given, TOLD_SETTINGS), shared_limit: callable(options.sharedLimit) };
    return { secrets, config: textOf(config, (path, message) => refuseSetting(here(SETTING_OF, path), message)) };
  });
}

/** Refuses options that are none; what is in them is checked by the core. */
export function checkOptions(operation: string, options: AnyOptions | undefined): void {
  refuseOptions(operation, options, OWN_OPTIONS, TOLD_OPTIONS);
}

/** The same for finding out how a write ended, which takes what every call takes. */
export function checkResolving(options: CallOptions | undefined): void {
  const { signal } = OWN_OPTIONS;
  const { timeoutMs, attemptTimeoutMs, maxRetries } = TOLD_OPTIONS;
  refuseOptions("resolve", options, { signal }, { timeoutMs, attemptTimeoutMs, maxRetries });
}

function refuseOptions(
  operation: string,
  options: object | undefined,
  kinds: Readonly<Record<string, Kind>>,
  told: Readonly<Record<string, string>>,
): void {
  if (options === undefined || options === null) return;
  const refuse: Refuse = (target, message) => invalidArgument(operation, target || "options", message);
  if (typeof options !== "object") throw refuse("options", "are not an object");
  read("options", refuse, () => checkNames("option", options, kinds, refuse, told));
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

/** The core's error with the options that it refuses under their names here; its text says them in words. */
export function inOwnWords(error: ErrorWire): ErrorWire {
  if (error.code !== "invalid_argument" || !error.fields) return error;
  const fields = error.fields.map((field) => ({ ...field, target: here(OPTION_OF, field.target) }));
  return { ...error, fields };
}
