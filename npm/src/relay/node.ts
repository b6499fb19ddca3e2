// The relay for node:http and Express: the same as `createRelay`, over their requests and responses.

import { collected, TooLarge } from "../bytes.js";
import type { IncomingLike, OutgoingLike } from "../callbacks/node.js";
import { tellHook } from "../hook.js";
import { createRelay, MAX_BODY, type RelayOptions } from "./server.js";

/** What of node:http's request is used. */
export interface RelayIncoming extends IncomingLike {
  /** The method. */
  readonly method?: string | undefined;
  /** Path and query. */
  readonly url?: string | undefined;
  /** The connection, for the visitor's address. */
  readonly socket?:
    | {
        /** The address of the other side. */
        readonly remoteAddress?: string | undefined;
      }
    | undefined;
}

/** What of node:http's response is used. */
export interface RelayOutgoing extends OutgoingLike {
  /** Tells when the visitor is gone. */
  once?(name: "close", listener: () => void): unknown;
}

/** Where `visitor` finds the address of whoever asks; what a request brings under this name is not believed. */
export const ADDRESS_HEADER = "x-remote-address";

/**
 * A listener for node:http, and a handler for Express.
 * @throws ConfigurationError that names the setting which cannot work, and says what to do
 */
export function nodeRelay(options: RelayOptions): (request: RelayIncoming, response: RelayOutgoing) => Promise<void> {
  const relay = createRelay(options);
  return async (request, response) => {
    const gone = new AbortController();
    response.once?.("close", () => gone.abort());
    let answer: Response;
    try {
      answer = await relay(await standard(request, gone.signal));
    } catch (error) {
      // Nobody catches what a listener rejects with: Node would end the process.
      tellHook(options.onRefused, "onRefused failed, the answer stands", error, undefined);
      answer = Response.json({ error: { code: "invalid_argument" } }, { status: 400 });
    }
    response.statusCode = answer.status;
    for (const [name, value] of answer.headers) response.setHeader(name, value);
    response.end(await answer.text());
  };
}

/** The request in the Web's form; what has none there (a method of its own, a body that broke off) throws. */
async function standard(request: RelayIncoming, signal: AbortSignal): Promise<Request> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    // HTTP/2 brings the method and the path as headers.
    if (!name.startsWith(":")) for (const one of [value ?? []].flat()) headers.append(name, one);
  }
  headers.set(ADDRESS_HEADER, request.socket?.remoteAddress ?? "");
  const method = request.method ?? "GET";
  const init: RequestInit = { method, headers, signal };
  if (method === "POST") init.body = (await body(request)) as BodyInit;
  return new Request(`http://relay${request.url ?? "/"}`, init);
}

/** The body, or as much of it as shows that it is too large. A parser that was first has left its object. */
async function body(request: RelayIncoming): Promise<Uint8Array | string> {
  const { body } = request;
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  if (body !== undefined && request.readableEnded) return JSON.stringify(body);
  return collected(request, MAX_BODY).catch((error: unknown) => {
    if (error instanceof TooLarge) return new Uint8Array(MAX_BODY + 1);
    throw error;
  });
}
