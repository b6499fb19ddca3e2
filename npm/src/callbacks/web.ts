// Callbacks as a Web-standard handler: Next's App Router, Hono, workerd, Deno, Bun.

import { webBody } from "../bytes.js";
import { SIGNATURE_HEADER } from "../callbacks.js";
import { MAX_BODY, type ReceiveOptions, receiver } from "./receive.js";

/** A handler from `Request` to `Response`. */
export function webHandler(options: ReceiveOptions): (request: Request) => Promise<Response> {
  const receive = receiver(options);
  return async (request) => {
    const bring = () => (request.bodyUsed ? undefined : webBody(request, MAX_BODY));
    const { status, body } = await receive(bring, request.headers.get(SIGNATURE_HEADER));
    return new Response(body, { status });
  };
}
