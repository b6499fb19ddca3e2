// Callbacks as a Web-standard handler: Next's App Router, Hono, workerd, Deno, Bun.

import { MAX_BODY, type ReceiveOptions, receive } from "./receive.js";

/** A handler from `Request` to `Response`. */
export function webHandler(options: ReceiveOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY)
      return new Response("too large", { status: 413 });
    const body = request.bodyUsed ? undefined : await request.arrayBuffer();
    const { status, body: text } = await receive(options, body, request.headers.get("x-cryptopay-signature"));
    return new Response(text, { status });
  };
}
