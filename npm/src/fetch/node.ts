// The default transport of Node: node:http(s) with a keep-alive agent. It knows whether a connection was had, so what
// never left can be repeated. Node does not resend by itself.

import type * as http from "node:http";
import { createRequire } from "node:module";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { NodeAgent } from "../options.js";
import { type Attempt, endedFailure, type Fetch, FetchFailure, type WireRequest, type WireResponse } from "./types.js";

type Protocol = "http:" | "https:";

const loaded: Partial<Record<Protocol, typeof http>> = {};

/** Loaded with the first request: together they take longer than everything else that an import of this package does. */
function module(protocol: Protocol): typeof http {
  loaded[protocol] ??= createRequire(process.execPath)(`node:${protocol.slice(0, -1)}`) as typeof http;
  return loaded[protocol];
}

/** A transport over node:http and node:https. */
export function nodeFetch(agent?: NodeAgent): Fetch {
  const own = new Map<Protocol, http.Agent>();
  let closed = false;
  const choose = (protocol: Protocol, fresh: boolean) => {
    if (agent) return (typeof agent === "function" ? agent(fresh) : agent) as http.Agent;
    if (fresh || closed) return false;
    let kept = own.get(protocol);
    if (!kept) {
      kept = new (module(protocol).Agent)({ keepAlive: true, scheduling: "lifo" });
      own.set(protocol, kept);
    }
    return kept;
  };
  return {
    fetch: (request, attempt) => new Promise((resolve, reject) => exchange(request, attempt, choose, resolve, reject)),
    close() {
      closed = true;
      for (const kept of own.values()) {
        for (const idle of Object.values(kept.freeSockets).flat()) idle?.destroy();
        // One in use ends with its exchange: what it carries may be a payment.
        kept.keepSocketAlive = () => false;
      }
    },
  };
}

// Answers that come in one turn of the event loop are handed on at its end, some in one go: then their calls go through each
// stage together, its code still in the processor's cache. With 32 calls at once that halves what a call costs. Not all in
// one go, or the first would wait for the last; and an answer that is the only one to come waits for nobody.
const AT_ONCE = 16;
/** How many requests have no answer yet. */
let awaited = 0;
const came: (() => void)[] = [];

function together(tell: () => void): void {
  if (awaited === 0 && came.length === 0) tell();
  else if (came.push(tell) === 1) setImmediate(handOn);
}

function handOn(): void {
  const some = came.splice(0, AT_ONCE);
  if (came.length > 0) setImmediate(handOn);
  for (const tell of some) tell();
}

// The URL is taken apart and not parsed: a parser would normalise what was signed.
const PARTS = /^(https?:)\/\/(\[[^\]]+\]|[^/:]+)(?::(\d+))?(.*)$/;

function exchange(
  request: WireRequest,
  attempt: Attempt,
  choose: (protocol: Protocol, fresh: boolean) => http.Agent | false | undefined,
  resolve: (response: WireResponse) => void,
  reject: (failure: FetchFailure) => void,
): void {
  if (attempt.ended) {
    reject(endedFailure(attempt, "no"));
    return;
  }
  const [, protocol, host, port, path] = PARTS.exec(request.url) as unknown as [
    string,
    Protocol,
    string,
    string?,
    string?,
  ];
  const headers: Record<string, string | number> = {};
  for (const [name, value] of request.headers) headers[name] = value;
  if (request.body !== null) headers["Content-Length"] = Buffer.byteLength(request.body);
  // Until a connection is had nothing can have left; a reused one is had from the start.
  let connected = false;
  let over = false;
  const outgoing = module(protocol).request({
    protocol,
    host: host.startsWith("[") ? host.slice(1, -1) : host,
    port,
    path,
    method: request.method,
    headers,
    agent: choose(protocol, request.fresh),
  });
  awaited += 1;
  const ends = () => {
    if (over) return false;
    over = true;
    awaited -= 1;
    return true;
  };
  const fail = (failure: FetchFailure) => {
    if (!ends()) return;
    reject(failure);
    outgoing.destroy();
  };
  const sent = () => (connected ? "maybe" : "no");
  attempt.onEnd(() => fail(endedFailure(attempt, sent())));
  outgoing.once("socket", (socket: Socket) => {
    if (outgoing.reusedSocket || !socket.connecting) connected = true;
    // The socket says when it may be written to, not the URL: an agent can give a plain one where a sidecar makes the TLS.
    else socket.once((socket as Partial<TLSSocket>).encrypted ? "secureConnect" : "connect", () => (connected = true));
  });
  outgoing.on("error", (cause: NodeJS.ErrnoException) => {
    const kind = connected ? "broken" : "connect";
    fail(new FetchFailure(kind, sent(), wordsOf(cause), cause));
  });
  const whole = (answer: WireResponse) => {
    if (ends()) together(() => resolve(answer));
  };
  outgoing.once("response", (incoming) => collect(incoming, request.max_body, whole, fail));
  outgoing.end(request.body ?? undefined);
}

/** Reads an answer to its end, or to where it is larger than it may be. */
function collect(
  incoming: http.IncomingMessage,
  maxBody: number,
  whole: (answer: WireResponse) => void,
  fail: (failure: FetchFailure) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const tooLarge = () => fail(new FetchFailure("too_large", "maybe", `the answer is larger than ${maxBody} bytes`));
  if (Number(incoming.headers["content-length"]) > maxBody) {
    tooLarge();
    return;
  }
  incoming.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBody) tooLarge();
    else chunks.push(chunk);
  });
  incoming.once("end", () => {
    whole({
      status: incoming.statusCode ?? 0,
      header: (name) => incoming.headers[name] as string | undefined,
      body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size),
    });
  });
  const cut = (cause?: Error) =>
    fail(new FetchFailure("broken", "maybe", "the connection ended before the answer did", cause));
  incoming.once("error", cut);
  incoming.once("aborted", () => cut());
}

/** An error of Node in words, its code among them. Where several addresses were tried it says nothing itself. */
function wordsOf(cause: NodeJS.ErrnoException | AggregateError): string {
  if ("errors" in cause) return cause.errors.map(wordsOf).join(", ");
  const { code, message } = cause;
  return !code || message.includes(code) ? message : `${code}: ${message}`;
}
