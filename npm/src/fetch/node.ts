// The default transport of Node: node:http(s) with a keep-alive agent. It knows whether a connection was had, so what
// never left can be repeated. Node does not resend by itself.

import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import type { NodeAgent } from "../options.js";
import { type Attempt, endedFailure, type Fetch, FetchFailure, type WireRequest, type WireResponse } from "./types.js";

/** A transport over node:http and node:https. */
export function nodeFetch(agent?: NodeAgent): Fetch {
  const own = agent ? undefined : { "http:": keepAlive(http), "https:": keepAlive(https) };
  const choose = (protocol: "http:" | "https:", fresh: boolean) => {
    if (own) return fresh ? false : own[protocol];
    return (typeof agent === "function" ? agent(fresh) : agent) as http.Agent;
  };
  return {
    fetch: (request, attempt) => new Promise((resolve, reject) => exchange(request, attempt, choose, resolve, reject)),
    close() {
      own?.["http:"].destroy();
      own?.["https:"].destroy();
    },
  };
}

function keepAlive(of: typeof http | typeof https): http.Agent {
  return new of.Agent({ keepAlive: true, scheduling: "lifo" });
}

// The URL is taken apart and not parsed: a parser would normalise what was signed.
const PARTS = /^(https?:)\/\/(\[[^\]]+\]|[^/:]+)(?::(\d+))?(.*)$/;

function exchange(
  request: WireRequest,
  attempt: Attempt,
  choose: (protocol: "http:" | "https:", fresh: boolean) => http.Agent | false | undefined,
  resolve: (response: WireResponse) => void,
  reject: (failure: FetchFailure) => void,
): void {
  if (attempt.ended) {
    reject(endedFailure(attempt, "no"));
    return;
  }
  const [, protocol, host, port, path] = PARTS.exec(request.url) as unknown as [
    string,
    "http:" | "https:",
    string,
    string?,
    string?,
  ];
  const headers: Record<string, string | number> = {};
  for (const [name, value] of request.headers) headers[name] = value;
  if (request.body !== null) headers["Content-Length"] = Buffer.byteLength(request.body);
  const secure = protocol === "https:";
  // Until a connection is had nothing can have left; a reused one is had from the start.
  let connected = false;
  let over = false;
  const outgoing = (secure ? https : http).request({
    protocol,
    host: host.startsWith("[") ? host.slice(1, -1) : host,
    port,
    path,
    method: request.method,
    headers,
    agent: choose(protocol, request.fresh),
  });
  const fail = (failure: FetchFailure) => {
    if (over) return;
    over = true;
    reject(failure);
    outgoing.destroy();
  };
  const sent = () => (connected ? "maybe" : "no");
  attempt.onEnd(() => fail(endedFailure(attempt, sent())));
  outgoing.once("socket", (socket: Socket) => {
    if (outgoing.reusedSocket || !socket.connecting) connected = true;
    else socket.once(secure ? "secureConnect" : "connect", () => (connected = true));
  });
  outgoing.on("error", (cause: NodeJS.ErrnoException) => {
    const kind = connected ? "broken" : "connect";
    fail(new FetchFailure(kind, sent(), cause.code ? `${cause.code}: ${cause.message}` : cause.message, cause));
  });
  outgoing.once("response", (incoming) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > request.max_body) {
        fail(new FetchFailure("too_large", "maybe", `the answer is larger than ${request.max_body} bytes`));
      } else {
        chunks.push(chunk);
      }
    });
    incoming.once("end", () => {
      if (over) return;
      over = true;
      resolve({
        status: incoming.statusCode ?? 0,
        header: (name) => incoming.headers[name] as string | undefined,
        body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size),
      });
    });
    const cut = (cause?: Error) =>
      fail(new FetchFailure("broken", "maybe", "the connection ended before the answer did", cause));
    incoming.once("error", cut);
    incoming.once("aborted", () => cut());
  });
  outgoing.end(request.body ?? undefined);
}
