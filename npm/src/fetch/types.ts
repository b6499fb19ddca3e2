// What a transport is: it sends exactly one request and tells what came. It never retries, redirects or signs, and it
// says precisely whether a request that failed can have left.

/** A request, signed and complete. The URL must not be normalised: it is what was signed. */
export interface WireRequest {
  /** The method. */
  readonly method: "GET" | "POST" | "PATCH";
  /** Where it goes, exactly as it was signed. */
  readonly url: string;
  /** Names and values in the order to send them. */
  readonly headers: readonly (readonly [string, string])[];
  /** The body as it was signed; null: none. */
  readonly body: string | null;
  /** How long the whole exchange may take; the caller ends the attempt by itself. */
  readonly timeout_ms: number;
  /** The largest body to collect, in bytes. */
  readonly max_body: number;
  /** Whether the request needs a connection of its own. */
  readonly fresh: boolean;
  /** What it is for: the operation itself, a look for what became of it, or what exists before the first send. */
  readonly purpose: "send" | "look" | "before";
}

/** A response as it came, body complete. */
export interface WireResponse {
  /** The status. */
  readonly status: number;
  /** The value of a header by its lower-case name. */
  header(name: string): string | null | undefined;
  /** The body, whole. */
  readonly body: Uint8Array;
}

/** Sends requests. Anything it throws that is no `FetchFailure` counts as a write that may have been sent. */
export interface Fetch {
  /**
   * Sends one request, once.
   * @throws FetchFailure when no complete response came
   */
  fetch(request: WireRequest, attempt: Attempt): Promise<WireResponse>;
  /** Lets go of idle connections, and of the others after their exchange. Calls that run may still send. */
  close?(): void;
}

/** Why no complete response came. */
export class FetchFailure extends Error {
  /** Always `FetchFailure`. */
  override readonly name = "FetchFailure";

  constructor(
    /** What failed. */
    readonly kind: "connect" | "timeout" | "broken" | "too_large",
    /** `no` only when no connection was had: then every operation may be repeated. */
    readonly sent: "no" | "maybe",
    detail: string,
    cause?: unknown,
  ) {
    super(detail, cause === undefined ? undefined : { cause });
  }
}

/** One attempt or one wait, which can be ended from outside. */
export class Attempt {
  /** Why it was ended; nothing while it runs. */
  ended: "timeout" | "cancelled" | undefined;
  #listeners: (() => void)[] = [];
  #controller: AbortController | undefined;

  /** Runs this when the attempt is ended; at once when it is already. */
  onEnd(listener: () => void): void {
    if (this.ended) listener();
    else this.#listeners.push(listener);
  }

  /** The same as a signal, made when it is asked for. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController();
      this.#controller = controller;
      this.onEnd(() => controller.abort());
    }
    return this.#controller.signal;
  }

  /** Ends it; only the first time counts. */
  end(why: "timeout" | "cancelled"): void {
    if (this.ended) return;
    this.ended = why;
    for (const listener of this.#listeners.splice(0)) listener();
  }
}

/** What an ended attempt is as a failure. */
export function endedFailure(attempt: Attempt, sent: "no" | "maybe"): FetchFailure {
  return attempt.ended === "cancelled"
    ? new FetchFailure("broken", sent, "the attempt was cancelled")
    : new FetchFailure("timeout", sent, "no complete answer within the attempt's time");
}
