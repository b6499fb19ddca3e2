// The relay for node:http and Express: the same as `createRelay`, over their requests and responses.

import type { IncomingLike, OutgoingLike } from "../callbacks/node.js";
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

/** A listener for node:http, and a handler for Express. */
export function nodeRelay(options: RelayOptions): (request: RelayIncoming, response: RelayOutgoing) => Promise<void> {
  const relay = createRelay(options);
  return async (request, response) => {
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) {
      for (const one of [value ?? []].flat()) headers.append(name, one);
    }
    headers.set(ADDRESS_HEADER, request.socket?.remoteAddress ?? "");
    const gone = new AbortController();
    response.once?.("close", () => gone.abort());
    const method = request.method ?? "GET";
    const init: RequestInit = { method, headers, signal: gone.signal };
    if (method === "POST") init.body = (await body(request)) as BodyInit;
    const answer = await relay(new Request(`http://relay${request.url ?? "/"}`, init));
    response.statusCode = answer.status;
    for (const [name, value] of answer.headers) response.setHeader(name, value);
    response.end(await answer.text());
  };
}

/** The body, or as much of it as shows that it is too large. A parser that was first has left its object. */
async function body(request: RelayIncoming): Promise<Uint8Array | string> {
  const { body } = request;
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  if (body !== undefined && request.readableEnded) return JSON.stringify(body);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_BODY) break;
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
