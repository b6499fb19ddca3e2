// Callbacks in Fastify: a plugin, because only inside its own scope may it replace the parser of bodies.

import { SIGNATURE_HEADER } from "../callbacks.js";
import { configuration } from "../errors.js";
import { one } from "./node.js";
import { MAX_BODY, type ReceiveOptions, receiver } from "./receive.js";

/** What of Fastify is used. */
export interface FastifyLike {
  /** Takes away what would parse the body. */
  removeAllContentTypeParsers(): void;
  /** Hands on the raw bytes instead. */
  addContentTypeParser(
    type: string,
    options: { parseAs: "buffer"; bodyLimit: number },
    parse: (request: unknown, body: unknown, done: (error: Error | null, body?: unknown) => void) => void,
  ): unknown;
  /** Adds the route. */
  post(
    path: string,
    handle: (
      request: { body?: unknown; headers: Record<string, string | string[] | undefined> },
      reply: { code(status: number): { send(text: string): unknown } },
    ) => Promise<unknown>,
  ): unknown;
}

/** A plugin that receives callbacks under a path: `app.register(fastifyCallbacks(options, "/callbacks"))`. */
export function fastifyCallbacks(options: ReceiveOptions, path: string): (app: FastifyLike) => Promise<void> {
  const receive = receiver(options);
  if (typeof path !== "string" || !path.startsWith("/"))
    throw configuration('path: must be a path such as "/callbacks"');
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: MAX_BODY }, (_, body, done) => done(null, body));
    app.post(path, async (request, reply) => {
      const body = request.body instanceof Uint8Array ? request.body : undefined;
      const told = await receive(() => body, one(request.headers[SIGNATURE_HEADER]));
      return reply.code(told.status).send(told.body);
    });
  };
}
