// What can be set for a client and for one call. Names and units here, meanings and limits in the core.

import type { Fetch } from "./fetch/types.js";
import type { FetchFunction } from "./fetch/web.js";
import type { Time } from "./time.js";

/**
 * A limit that several processes share: at most 195 places in any 61 s for one API key, over all of them. Reserve `cost`
 * places and answer in how many ms they are free (0: now). While `frozenMs` is above 0, nobody may send for that long. When it
 * throws, answers no number, or has not answered within five seconds (`signal` tells it), the client's own limit
 * decides: for N processes set `rateLimit` to 195/N as well.
 */
export type SharedLimit = (
  ask: {
    /** How many places to reserve: two for a quote that is to be committed, else one. */
    cost: number;
    /** `urgent`, `write`, `read` or `page`: who goes first. */
    priority: string;
    /** How long nobody may send, learnt from a 429; else 0. */
    frozenMs: number;
  },
  signal: AbortSignal,
) => Promise<{
  /** How long until the places are free, in ms; 0: now. */
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
  callbackSecrets?: string | readonly string[] | undefined;
  /** How long a whole call may take: waits, attempts and recovery. Default 90 000. */
  timeoutMs?: number | undefined;
  /** How long one attempt may take. Default 15 000. */
  attemptTimeoutMs?: number | undefined;
  /** How often an operation may be sent again. Default 3; 0 means one request. */
  maxRetries?: number | undefined;
  /** Requests per minute of this client, 1 to 200; `null`: no limit of its own. Default 195. */
  rateLimit?: number | null | undefined;
  /** A limit that several processes share. */
  sharedLimit?: SharedLimit | undefined;
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
  /**
   * Sent as `If-None-Match`: the `etag` of an answer, from `.withResponse()`. What has not changed rejects with `NotModified`, and
   * has no object in `.withResponse()`.
   */
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
