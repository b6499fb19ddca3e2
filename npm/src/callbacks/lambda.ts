// Callbacks as events of AWS Lambda: function URLs and API Gateway, both versions of its format.

import { SIGNATURE_HEADER } from "../callbacks.js";
import { type ReceiveOptions, receiver } from "./receive.js";

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
  const receive = receiver(options);
  return async ({ headers, body, isBase64Encoded }) => {
    const signature = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === SIGNATURE_HEADER)?.[1];
    const text = body ?? "";
    const bytes = () => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const told = await receive(() => (isBase64Encoded ? bytes() : text), signature);
    return { statusCode: told.status, body: told.body };
  };
}
