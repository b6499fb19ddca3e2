// Callbacks over node:http, and in Express. Both bring the raw bytes, and say so when a body parser was first.

import { MAX_BODY, type Received, type ReceiveOptions, receive } from "./receive.js";

/** What of node:http's (and Express's) request is used. */
export interface IncomingLike extends AsyncIterable<Uint8Array> {
  /** The headers, names in lower case. */
  readonly headers: Record<string, string | string[] | undefined>;
  /** What a body parser left: bytes or text are taken, an object comes too late. */
  readonly body?: unknown;
  /** What some platforms keep beside a parsed body. */
  readonly rawBody?: unknown;
  /** Whether somebody read the body already. */
  readonly readableEnded?: boolean;
}

/** What of node:http's response is used. */
export interface OutgoingLike {
  /** The status to answer with. */
  statusCode: number;
  /** Sets a header of the answer. */
  setHeader(name: string, value: string): unknown;
  /** Sends the answer. */
  end(text: string): unknown;
}

/** A listener for node:http, and a handler for Express. */
export function nodeHandler(options: ReceiveOptions): (request: IncomingLike, response: OutgoingLike) => Promise<void> {
  return async (request, response) => {
    const body = await rawBody(request);
    const told: Received =
      body === "too large"
        ? { status: 413, body }
        : await receive(options, body, one(request.headers["x-cryptopay-signature"]));
    response.statusCode = told.status;
    response.setHeader("Content-Type", "text/plain");
    response.end(told.body);
  };
}

async function rawBody(request: IncomingLike): Promise<Uint8Array | "too large" | undefined> {
  for (const kept of [request.rawBody, request.body]) {
    if (kept instanceof Uint8Array) return kept;
    if (typeof kept === "string") return new TextEncoder().encode(kept);
  }
  if (request.readableEnded) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY) return "too large";
    chunks.push(chunk);
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

export const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;
