// The page's side of the relay: no wasm, no secret. It asks once; a browser may send that twice by itself, and so each
// request has an id. It makes the `custom_id`, too, so that what became of a create whose answer is lost can be read by it.

import type { Cryptopay } from "../client.js";
import type { OperationName } from "../generated/operations.js";

/** An error of a call through the relay. */
export class RelayError extends Error {
  /** Always `RelayError`. */
  override readonly name = "RelayError";

  constructor(
    /** The code of the server's error; `connection` when no answer came. */
    readonly code: string,
    /** Whether the operation may have been applied all the same: read it by its `custom_id` before asking again. */
    readonly maybeSent: boolean,
    /** The `custom_id` of the create, to read it by. */
    readonly customId: string | undefined,
    /** The server's error as it came: `code`, and where the client's error has them `fields`, `existingId`, `retryAt`. */
    readonly detail: Record<string, unknown> = {},
  ) {
    super(`the relay answered ${code}${maybeSent ? "; it may have been applied: read it by its custom_id" : ""}`);
  }
}

type Method<Resource> = {
  [Name in keyof Resource]: Resource[Name] extends (...args: never[]) => PromiseLike<infer Value>
    ? (params?: object) => Promise<Value extends { data: infer Rows; more: boolean } ? Rows : Value>
    : never;
};

/** The client's resources, each method with one object of all parameters. */
export type RelayClient = {
  [Name in keyof Cryptopay as Cryptopay[Name] extends { constructor: unknown } ? Name : never]: Method<Cryptopay[Name]>;
} & {
  /** Any operation by its name. */
  call(operation: OperationName, params?: object): Promise<unknown>;
};

/** What a page says of its relay. */
export interface RelayClientOptions {
  /** Where the relay is: a path of this site, or a URL. */
  url: string;
  /** Sends the requests. Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
}

/**
 * A client for a page.
 * @throws TypeError that names the setting which cannot work
 */
export function createRelayClient({ url, fetch: given, ...others }: RelayClientOptions): RelayClient {
  const fetch = given ?? globalThis.fetch.bind(globalThis);
  if (!reaches(url))
    throw new TypeError('url: must be where the relay is, a path of this site such as "/pay" or a URL');
  for (const name in others)
    throw new TypeError(`${name}: there is no setting of this name, the known ones are url, fetch`);
  if (typeof fetch !== "function") throw new TypeError("fetch: is not a function");
  async function call(operation: string, given: object = {}): Promise<unknown> {
    const params: Record<string, unknown> = { ...given };
    const creates = /^(channels|invoices|coin_withdrawals|subscriptions|exchange_transfers)\.create$/.test(operation);
    const own = creates && params["custom_id"] === undefined;
    if (own) params["custom_id"] = crypto.randomUUID().replaceAll("-", "");
    const customId = params["custom_id"] as string | undefined;
    const writes = !/\.(list|retrieve|all)/.test(operation);
    let answer: { data?: unknown; error?: { code: string } };
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ operation, params, id: crypto.randomUUID() }),
      });
      answer = await response.json();
      // Gateways answer in JSON too, and that says nothing of the call.
      if (!/^[a-z_]+$/.test(answer.error?.code ?? "") && !(response.ok && "data" in answer)) throw answer;
    } catch {
      throw new RelayError("connection", writes, customId);
    }
    if (answer.error) {
      const { code } = answer.error;
      // Nobody else can have used an id that was made here: a duplicate is this very call.
      const maybe =
        writes &&
        (/^(outcome_unknown|parameter_mismatch|server_error)$/.test(code) ||
          (own && /^(conflict|duplicate_custom_id)$/.test(code)));
      throw new RelayError(code, maybe, customId, answer.error);
    }
    return answer.data;
  }
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const resource = (name: string) =>
    new Proxy({}, { get: (_, method) => (params?: object) => call(`${snake(name)}.${snake(String(method))}`, params) });
  return new Proxy({ call } as never, {
    get: (target, name) => (name === "call" ? call : name === "then" ? undefined : resource(String(name)) || target),
  });
}

/** Whether a URL, or what stands for one on this site, can be asked. */
function reaches(url: unknown): boolean {
  try {
    return typeof url === "string" && url !== "" && /^https?:$/.test(new URL(url, "http://site").protocol);
  } catch {
    return false;
  }
}
