// Callbacks over node:http, and in Express. Both bring the raw bytes, and say so when a body parser was first.

import { collected } from "../bytes.js";
import { type RawBody, SIGNATURE_HEADER } from "../callbacks.js";
import { MAX_BODY, type ReceiveOptions, receiver } from "./receive.js";

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
  const receive = receiver(options);
  return async (request, response) => {
    const told = await receive(() => rawBody(request), one(request.headers[SIGNATURE_HEADER]));
    response.statusCode = told.status;
    response.setHeader("Content-Type", "text/plain");
    response.end(told.body);
  };
}

async function rawBody(request: IncomingLike): Promise<RawBody | undefined> {
  for (const kept of [request.rawBody, request.body]) {
    if (kept instanceof Uint8Array || typeof kept === "string") return kept;
  }
  return request.readableEnded ? undefined : collected(request, MAX_BODY);
}

export const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;
