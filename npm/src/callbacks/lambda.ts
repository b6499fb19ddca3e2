// Callbacks as events of AWS Lambda: function URLs and API Gateway, both versions of its format.

import { type ReceiveOptions, receive } from "./receive.js";

/** What of the event is used. */
export interface LambdaEvent {
  /** The headers, names in any case. */
  readonly headers?: Record<string, string | undefined> | null;
  /** The body, as text or in base64. */
  readonly body?: string | null;
  /** Whether it is in base64. */
  readonly isBase64Encoded?: boolean;
}

/** A handler for Lambda. */
export function lambdaHandler(options: ReceiveOptions): (event: LambdaEvent) => Promise<{
  /** The status to answer with. */
  statusCode: number;
  /** A few words. */
  body: string;
}> {
  return async (event) => {
    const headers = Object.entries(event.headers ?? {});
    const signature = headers.find(([name]) => name.toLowerCase() === "x-cryptopay-signature")?.[1];
    const text = event.body ?? "";
    const body = event.isBase64Encoded ? Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)) : text;
    const told = await receive(options, body, signature);
    return { statusCode: told.status, body: told.body };
  };
}
