// Callbacks as events of AWS Lambda: function URLs and API Gateway, both versions of its format.

import { type ReceiveOptions, receive } from "./receive.js";

/** What of the event is used. */
export interface LambdaEvent {
  readonly headers?: Record<string, string | undefined> | null;
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
}

/** A handler for Lambda. */
export function lambdaHandler(
  options: ReceiveOptions,
): (event: LambdaEvent) => Promise<{ statusCode: number; body: string }> {
  return async (event) => {
    const headers = Object.entries(event.headers ?? {});
    const signature = headers.find(([name]) => name.toLowerCase() === "x-cryptopay-signature")?.[1];
    const text = event.body ?? "";
    const body = event.isBase64Encoded ? Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)) : text;
    const told = await receive(options, body, signature);
    return { statusCode: told.status, body: told.body };
  };
}
