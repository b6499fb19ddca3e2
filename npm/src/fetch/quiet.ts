// Keeps a signature out of what a transport of the caller's says when it fails: messages go into logs, and a signed request
// can be sent again for minutes. The package's own transports never quote what they send.

import { type Fetch, FetchFailure, type WireRequest } from "./types.js";

/** The same transport; a failure whose text quotes the signature is told without it. */
export function quiet(inner: Fetch): Fetch {
  return {
    close: () => inner.close?.(),
    async fetch(request, attempt) {
      try {
        return await inner.fetch(request, attempt);
      } catch (cause) {
        throw withoutSignature(cause, request);
      }
    },
  };
}

function withoutSignature(cause: unknown, { headers }: WireRequest): unknown {
  const signature = headers
    .find(([name]) => name === "Authorization")?.[1]
    .split(":")
    .at(-1);
  const text = String((cause as Error | null)?.message ?? cause);
  if (!signature || !text.includes(signature)) return cause;
  const { kind, sent } = cause instanceof FetchFailure ? cause : ({ kind: "broken", sent: "maybe" } as const);
  return new FetchFailure(kind, sent, text.replaceAll(signature, "…"));
}
